"""The prompts of a model's further turns: what it said, what came of its calls, and what it is to do now."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.prompt import Block, Message, Prompt, Text, ToolResult
from streamd.core.prompts.abridging import abridged

_MOST_RESULT: Final = 100_000
"""Characters of one result that a model is told; of a longer one the middle is left out, and the gap is marked."""

SAY: Final = (
    "[The system: your answer has no words. Say in a few what was done or found, or why nothing was.]"
)
CLOSE: Final = (
    "[The system: you have used all your turns, and no tool can be called any more. "
    "Say what was done, what was found, and what is left to do.]"
)
_CUT: Final = (
    "[The system: your answer was cut at its limit, within a call of {tool}: nothing of that call was done. "
    "Whole calls before it were done. Make it again in smaller calls, one in each answer, and go on until all is done.]"
)


def with_words(prompt: Prompt, words: str) -> Prompt:
    """Return the prompt with words of the system at its end."""
    return attrs.evolve(prompt, messages=(*prompt.messages, Message("user", (Text(words),))))


def with_turn(
    prompt: Prompt, blocks: tuple[Block, ...], results: Sequence[ToolResult], cut_call: str
) -> Prompt:
    """Return the prompt with a turn of the model and the results of its calls; `cut_call` names a tool whose call was cut."""
    told: list[Block] = [attrs.evolve(one, content=abridged(one.content, _MOST_RESULT)) for one in results]
    if cut_call:
        told.append(Text(_CUT.format(tool=cut_call)))
    return attrs.evolve(
        prompt, messages=(*prompt.messages, Message("assistant", blocks), Message("user", tuple(told)))
    )
