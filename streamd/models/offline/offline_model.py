"""The offline model behind the port: streams text that rules compute."""

from collections.abc import AsyncGenerator
from typing import Final

from streamd.core.prompt import Prompt, Text
from streamd.facts import frozen
from streamd.long_work import ITEMS
from streamd.models.offline._task_answers import text_for, work_chars
from streamd.models.offline._tool_tasks import tool_uses
from streamd.ports.language import Language
from streamd.ports.model import ModelStreamEvent, TextDelta, ToolUseStarted, Turn
from streamd.text.chunks import chunks_of, unstreamed_rest

NAME: Final = "offline"
_INLINE_CHARS: Final = 6_000
"""Measured: the slowest task takes about 10 ms for this much text. Larger tasks run in a thread."""


@frozen
class OfflineModel:
    """Implements `streamd.ports.model.Model` deterministically: no cost and no failures.

    A prompt with a task is answered by the rules of that task, one without from what its messages say about its last question.
    The language composes the texts.
    """

    _language: Language

    @property
    def is_offline(self) -> bool:
        """True: it reads tasks instead of prompts."""
        return True

    def name(self, agent: str) -> str:  # noqa: ARG002 - the same for every agent
        """`offline`, for every agent."""
        return NAME

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        """Stream the answer a few words at a time, then the tool calls, last the whole turn."""
        if work_chars(prompt) > _INLINE_CHARS:
            text = await ITEMS.run(text_for, prompt, self._language)
        else:
            text = text_for(prompt, self._language)
        rest = unstreamed_rest(text, prompt.shown)
        for chunk in chunks_of(rest):
            yield TextDelta(chunk)
        blocks = (Text(rest),) if rest else ()
        uses = tool_uses(prompt)
        for use in uses:
            yield ToolUseStarted(use.name)
        yield Turn((*blocks, *uses), "tool_use" if uses else "end_turn", NAME)
