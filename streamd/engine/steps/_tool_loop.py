"""The tool loop: a model works with tools, turn by turn, until it asks for no more."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final

import attrs

from streamd.core.prompt import Prompt, ToolUse
from streamd.core.run import Response
from streamd.engine.live import LiveRun
from streamd.engine.steps._next_prompt import CLOSE, SAY, with_turn, with_words
from streamd.engine.steps._prompt_window import within_window
from streamd.engine.steps.model_stream import ModelStream, cut_off
from streamd.engine.tools import Toolset, TurnCalls
from streamd.errors import ModelError
from streamd.facts import define
from streamd.ports.generation import ChunkFormat

_CUT_IN_A_ROW: Final = 3
"""Answers that consist of nothing but half a call before the task is given up."""


@define(eq=False)
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
        prompt, most = self.prompt, self.run.services.options.max_model_turns
        cut, is_asked_again = 0, False
        for number in range(most + 1):
            if number == most:
                prompt = attrs.evolve(with_words(prompt, CLOSE), may_call=False)
            prompt = within_window(self.run, prompt)
            key = self.next_key()
            stream = ModelStream(self.run, prompt, key, self.void_steps, self.chunk_format)
            try:
                async with aclosing(aiter(stream)) as responses:
                    async for response in responses:
                        yield response
            finally:
                self.text = stream.text if stream.text.strip() else self.text or stream.text
                self.reasoning += stream.reasoning
                self.confidence = stream.confidence
            turn = stream.turn
            uses = [] if turn is None else [block for block in turn.blocks if isinstance(block, ToolUse)]
            if turn is not None and prompt.may_call and (uses or turn.cut_call):
                cut = 0 if uses else cut + 1
                if cut >= _CUT_IN_A_ROW:
                    raise cut_off()
                self.run.control.check_stop()
                turn_calls = TurnCalls(self.tools, key, self.prompt.agent)
                results = await turn_calls.results(uses) if uses else ()
                prompt = with_turn(prompt, turn.blocks, results, turn.cut_call)
            elif stream.text.strip() or self.run.model.is_offline or turn is None:
                break
            elif is_asked_again or not prompt.may_call:
                self._check_silence()
                break
            else:
                is_asked_again = True
                prompt = with_words(prompt, SAY)
        self._set_last_message()

    def _check_silence(self) -> None:
        """Raise ModelError where a model has said nothing, though it was asked twice, and nothing was done that can be told."""
        outcome = self.run.state.changes.outcome
        if not (self.text.strip() or outcome.added or outcome.changed or outcome.removed):
            raise ModelError(
                "the language model gave no answer, though it was asked twice; ask again",
                kind="bad_answer", retryable=True,
            )  # fmt: skip

    def _set_last_message(self) -> None:
        """Take a language model's last text as the run's answer, unless its agent concludes; rules have emitted it before."""
        is_consulted = any("/" in step for step in self.void_steps)
        if self.text.strip() and not is_consulted and not self.run.model.is_offline:
            self.run.state.last_message = self.text
