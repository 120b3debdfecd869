"""The tool loop: a model works with tools, turn by turn, until it asks for no more."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Literal

import attrs
import structlog

from streamd.core.prompt import Message, Prompt, ToolResult, ToolUse
from streamd.core.run import Response
from streamd.engine.live import LiveRun
from streamd.engine.steps._prompt_window import fitted
from streamd.engine.steps._toolset import Toolset
from streamd.engine.steps.model_stream import ModelStream
from streamd.errors import ModelError, RefusedError, TooLargeError
from streamd.ports.generation import ChunkFormat

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ToolLoop:
    """One task of a model, over several turns (`streamd.ports.generation.Generation`)."""

    run: LiveRun
    prompt: Prompt
    next_key: Callable[[], str]
    """Creates the key of the next turn."""
    void_steps: tuple[str, ...]
    chunk_format: ChunkFormat
    tools: Toolset
    text: str = ""
    """The text of its last turn with any."""
    reasoning: str = ""
    confidence: float = 0.0
    data: Mapping[str, object] = attrs.field(factory=dict)

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """Yield the responses of all turns."""
        return self._responses()

    async def _responses(self) -> AsyncGenerator[Response, None]:
        prompt = self.prompt
        for _ in range(self.run.services.options.max_model_turns):
            key = self.next_key()
            prompt = fitted(prompt, self.run.services.windows.of(self.run.model.name(prompt.agent)))
            stream = ModelStream(self.run, prompt, key, self.void_steps, self.chunk_format)
            try:
                async with aclosing(aiter(stream)) as responses:
                    async for response in responses:
                        yield response
            finally:
                self.text = stream.text or self.text
                self.reasoning += stream.reasoning
                self.confidence = stream.confidence
            turn = stream.turn
            uses = [] if turn is None else [block for block in turn.blocks if isinstance(block, ToolUse)]
            if turn is None or not uses:
                self._set_last_message()
                return
            self.run.control.check_stop()
            results = await self._results(key, uses)
            prompt = attrs.evolve(
                prompt,
                messages=(*prompt.messages, Message("assistant", turn.blocks), Message("user", results)),
            )
        raise ModelError(
            f"the model did not come to an end in {self.run.services.options.max_model_turns} turns; "
            "what was done stays done, ask for less at once",
            kind="bad_answer", retryable=False,
        )  # fmt: skip

    def _set_last_message(self) -> None:
        """Take a language model's last text as the run's answer, unless its agent concludes; rules have emitted it before."""
        is_consulted = any("/" in step for step in self.void_steps)
        if self.text and not is_consulted and not self.run.model.is_offline:
            self.run.state.last_message = self.text

    async def _results(self, turn: str, uses: Sequence[ToolUse]) -> tuple[ToolResult, ...]:
        """Return a turn's results in the order of its calls: executable ones run first, then pending ones wait."""
        keys = [f"{turn}:c{number}" for number in range(len(uses))]
        done = [await self._result(key, turn, use) for key, use in zip(keys, uses, strict=True)]
        self.run.control.check_stop()
        pending = {key: use for key, use, result in zip(keys, uses, done, strict=True) if result is None}
        answered = await self.tools.results(turn, pending) if pending else {}
        results: list[ToolResult] = []
        for key, result in zip(keys, done, strict=True):
            if result is None:
                result = answered[key]  # noqa: PLW2901 - the result that was pending
                self._end_call(key, result.content, "refused" if result.is_error else "completed")
            results.append(result)
        return tuple(results)

    async def _result(self, key: str, turn: str, use: ToolUse) -> ToolResult | None:
        """Return the result of one call, between its brackets; None when it is left pending.

        Each bracket is committed at once, as the call may take long.
        """
        self.run.output.brackets.start_tool_call(use, key, turn, self.prompt.agent)
        self.run.output.flush()
        try:
            content = await self.tools.call(turn, key, use)
            if content is not None:
                self._end_call(key, content, "completed")
        except RefusedError as refusal:
            self._end_call(key, refusal.message, "refused")
            if self.run.model.is_offline or isinstance(refusal, TooLargeError):
                raise  # no model can choose another way
            log.info("tool_refused", run=self.run.record.run_id, tool=use.name, code=refusal.code)
            return ToolResult(use.tool_use_id, refusal.message, is_error=True)
        return None if content is None else ToolResult(use.tool_use_id, content)

    def _end_call(self, key: str, result: str, status: Literal["completed", "refused"]) -> None:
        self.run.output.brackets.end_tool_call(key, result, status)
        self.run.output.flush()
