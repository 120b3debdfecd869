"""Acting: a model at work with tools, turn by turn, until it has nothing more to do."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing

import attrs
import structlog

from streamd.core.prompt import Message, Prompt, ToolResult, ToolUse
from streamd.core.run import Response
from streamd.engine.live.live_run import LiveRun
from streamd.engine.steps.model_stream import ModelStream
from streamd.errors import ModelError, RefusedError, TooLargeError
from streamd.ports.generation import ChunkFormat

log = structlog.get_logger(__name__)

UseTool = Callable[[str, Mapping[str, object]], Awaitable[str]]
"""From a tool's name and input to what came of it. Raises RefusedError with words for the model."""


@attrs.define(eq=False)
class ToolLoop:
    """One piece of work of a model (`streamd.ports.agent.Speech`)."""

    run: LiveRun
    prompt: Prompt
    next_key: Callable[[], str]
    """Names the next turn."""
    void_steps: tuple[str, ...]
    chunk_format: ChunkFormat
    use: UseTool
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
            results = tuple([await self._result(use, key, number) for number, use in enumerate(uses)])
            self.run.control.check_stop()
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

    async def _result(self, use: ToolUse, message_id: str, number: int) -> ToolResult:
        """Use a tool, between its brackets: they are told at once, as either side may take long."""
        output, key = self.run.output, f"{message_id}:u{number}"
        output.brackets.start_tool_call(use, key, message_id, self.prompt.agent)
        output.flush()
        try:
            result = await self.use(use.name, use.input)
            output.brackets.end_tool_call(key, result)
            output.flush()
            return ToolResult(use.tool_use_id, result)
        except RefusedError as refusal:
            output.brackets.end_tool_call(key, refusal.message, "refused")
            output.flush()
            if self.run.model.is_offline or isinstance(refusal, TooLargeError):
                raise  # nobody is there to do it in another way
            log.info("tool_refused", run=self.run.record.run_id, tool=use.name, code=refusal.code)
            return ToolResult(use.tool_use_id, refusal.message, is_error=True)
