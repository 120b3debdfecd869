"""Brackets: where each step, message, piece of reasoning and tool call of a run begins and ends, on the run's stream.

They are made for the dialects that other clients speak, and silent in the protocol of our own. Every bracket says all
there is to say about what it opens or closes, and every piece of text says which message it belongs to, so a dialect can
be made from any position: what it did not see begin it can open by itself.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

import attrs

BracketKind = Literal["step", "message", "reasoning", "tool_call"]
BracketType = Literal[
    "step_start", "step_end", "message_start", "message_end",
    "reasoning_start", "reasoning_end", "tool_call_start", "tool_call_end",
]  # fmt: skip
BRACKET_TYPES: Final[frozenset[str]] = frozenset(get_args(BracketType))

STARTS: Final[Mapping[BracketKind, BracketType]] = {
    "step": "step_start",
    "message": "message_start",
    "reasoning": "reasoning_start",
    "tool_call": "tool_call_start",
}
ENDS: Final[Mapping[BracketKind, BracketType]] = {
    "step": "step_end",
    "message": "message_end",
    "reasoning": "reasoning_end",
    "tool_call": "tool_call_end",
}
ID_KEYS: Final[Mapping[BracketKind, str]] = {
    "step": "step",
    "message": "message_id",
    "reasoning": "message_id",
    "tool_call": "tool_call_id",
}
"""Under which key of a bracket's body the id of what it opens or closes stands."""

TEXT_TYPES: Final[frozenset[str]] = frozenset(
    {"content", "agent_chunk", "headline", "subheadline", "body", "cta"}
)
"""Responses that carry a piece of a message's text."""


@attrs.frozen
class TextPiece:
    """A piece of a message, as a response carries it."""

    message_id: str
    text: str
    """Empty where it is only reasoning."""
    reasoning: str
    """What the model thinks; never part of the text."""


def text_piece(response_type: object, keys: Mapping[str, object], step: str) -> TextPiece | None:
    """The piece of text that a response carries; None when it carries none.

    Args:
        response_type: its `type`.
        keys: what stands at its top level.
        step: the step that told it: the message's name where the response gives none.

    """
    if response_type not in TEXT_TYPES:
        return None
    text, reasoning = text_and_reasoning(keys)
    return TextPiece(str(keys.get("message_id") or step), str(text), str(reasoning))


def text_and_reasoning(keys: Mapping[str, object]) -> tuple[object, object]:
    """What of a text response is text and what is reasoning, whichever agent formatted it."""
    reasoning = keys.get("reasoning")
    if reasoning is None and isinstance(metadata := keys.get("metadata"), Mapping):
        reasoning = metadata.get("reasoning")
    return keys.get("content") or keys.get("chunk") or "", reasoning or ""
