"""The offline model as the engine sees it: a stream of pieces that ends in a turn."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import attrs

from streamd.core.prompt import Prompt, Text
from streamd.models.offline.jobs import text_for, work_chars
from streamd.models.offline.operating import tool_uses
from streamd.ports.model import Piece, Said, ToolBegun, Turn
from streamd.writing import chunks_of, unstreamed_rest

NAME: Final = "offline"
_INLINE_CHARS: Final = 6_000
"""Measured: the slowest job takes about 10 ms for so much text. More is done in a thread, and the loop stays free."""


@attrs.frozen
class OfflineModel:
    """See `streamd.ports.model.Model`. The same prompt always gets the same answer; nothing is used and nothing can fail.

    A prompt with a task is answered by that task's rules; one without, by what its messages hold about its last question.
    """

    @property
    def is_offline(self) -> bool:
        """It goes by rules."""
        return True

    def name(self, agent: str) -> str:  # noqa: ARG002 - the same for every agent
        """`offline`, whoever asks."""
        return NAME

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer a few words at a time, then the tools that are to be used; last the turn as a whole."""
        if work_chars(prompt) > _INLINE_CHARS:
            text = await asyncio.to_thread(text_for, prompt)
        else:
            text = text_for(prompt)
        rest = unstreamed_rest(text, prompt.shown)
        for piece in chunks_of(rest):
            yield Said(piece)
        said = (Text(rest),) if rest else ()
        uses = tool_uses(prompt)
        for use in uses:
            yield ToolBegun(use.name)
        yield Turn((*said, *uses), "tool_use" if uses else "end_turn", NAME)
