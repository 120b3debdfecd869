"""Acting: a model at work with tools, turn by turn, until it has nothing more to do."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

import attrs
import structlog

from streamd.core.prompt import Message, Prompt, ToolResult, ToolUse
from streamd.core.run import Response
from streamd.engine.live.live_run import LiveRun
from streamd.engine.steps.model_stream import ModelStream
from streamd.engine.steps.toolset import Toolset
from streamd.errors import ModelError, RefusedError, TooLargeError
from streamd.ports.generation import ChunkFormat

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ToolLoop:
    """One piece of work of a model (`streamd.ports.generation.Generation`)."""

    run: LiveRun
    prompt: Prompt
    next_key: Callable[[], str]
    """Names the next turn."""
    void_steps: tuple[str, ...]
    chunk_format: ChunkFormat
    tools: Toolset
    text: str = ""
    """What it said last."""
    reasoning: str = ""
    confidence: float = 0.0
    data: Mapping[str, object] = attrs.field(factory=dict)

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """What to tell while it works."""
        return self._told()

    async def _told(self) -> AsyncGenerator[Response, None]:
        prompt = self.prompt
        for _ in range(self.run.services.limits.max_model_turns):
            key = self.next_key()
            speech = ModelStream(self.run, prompt, key, self.void_steps, self.chunk_format)
            try:
                async with aclosing(aiter(speech)) as told:
                    async for response in told:
                        yield response
            finally:
                self.text = speech.text or self.text
                self.reasoning += speech.reasoning
                self.confidence = speech.confidence
            turn = speech.turn
            uses = [] if turn is None else [block for block in turn.blocks if isinstance(block, ToolUse)]
            if turn is None or not uses:
                self._answered()
                return
            self.run.control.check_stop()
            results = await self._results(key, uses)
            prompt = attrs.evolve(
                prompt,
                messages=(*prompt.messages, Message("assistant", turn.blocks), Message("user", results)),
            )
        raise ModelError(
            f"the model did not come to an end in {self.run.services.limits.max_model_turns} turns; "
            "what was done stays done, ask for less at once",
            kind="bad_answer", retryable=False,
        )  # fmt: skip

    def _answered(self) -> None:
        """What a language model says last is the run's answer, unless its agent says more; rules have said it before."""
        is_consulted = any("/" in step for step in self.void_steps)
        if self.text and not is_consulted and not self.run.model.is_offline:
            self.run.state.last_message = self.text

    async def _results(self, turn: str, uses: Sequence[ToolUse]) -> tuple[ToolResult, ...]:
        """What came of a turn's calls, in the order of the calls: of those that can be done first, then of pending ones."""
        done = [await self._result(f"{turn}:c{number}", use) for number, use in enumerate(uses)]
        self.run.control.check_stop()
        pending = [use for use, result in zip(uses, done, strict=True) if result is None]
        answered = await self.tools.results(f"{turn}:pending", pending) if pending else {}
        return tuple(
            answered[use.tool_use_id] if result is None else result
            for use, result in zip(uses, done, strict=True)
        )

    async def _result(self, key: str, use: ToolUse) -> ToolResult | None:
        """What came of one call; None when it is left pending."""
        try:
            content = await self.tools.call(key, use)
        except RefusedError as refusal:
            if self.run.model.is_offline or isinstance(refusal, TooLargeError):
                raise  # nobody is there to do it in another way
            log.info("tool_refused", run=self.run.record.run_id, tool=use.name, code=refusal.code)
            return ToolResult(use.tool_use_id, refusal.message, is_error=True)
        return None if content is None else ToolResult(use.tool_use_id, content)
