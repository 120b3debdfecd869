"""Brackets: start and end of each step, message, reasoning and tool call, as entries on the run's stream.

They serve dialects of other clients, and are not sent in the native protocol. Every bracket is self-contained, and every
chunk of text names its message, so a dialect can encode from any position: it opens what started before by itself.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from streamd.facts import frozen

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
"""Key of the id in a bracket's body, by kind."""

TEXT_TYPES: Final[frozenset[str]] = frozenset(
    {"content", "agent_chunk", "headline", "subheadline", "body", "cta"}
)
"""Types of responses that carry a chunk of a message's text."""


@frozen
class TextPiece:
    """A chunk of a message's text in a response."""

    message_id: str
    text: str
    """Empty in a chunk of reasoning only."""
    reasoning: str
    """Text of the model's thinking; never part of `text`."""


def text_piece(response_type: object, keys: Mapping[str, object], step: str) -> TextPiece | None:
    """The chunk of text in a response; None when it has none.

    Args:
        response_type: its `type`.
        keys: its top-level keys.
        step: the step that emitted it; the id of the message where the response names none.

    """
    if response_type not in TEXT_TYPES:
        return None
    text, reasoning = text_and_reasoning(keys)
    return TextPiece(str(keys.get("message_id") or step), str(text), str(reasoning))


def text_and_reasoning(keys: Mapping[str, object]) -> tuple[object, object]:
    """(text, reasoning) of a text response, in the format of any agent."""
    reasoning = keys.get("reasoning")
    if reasoning is None and isinstance(metadata := keys.get("metadata"), Mapping):
        reasoning = metadata.get("reasoning")
    return keys.get("content") or keys.get("chunk") or "", reasoning or ""
