"""The conversation of a thread: what was said in its earlier runs, kept in its state."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from streamd.core.prompt import Message, Text
from streamd.core.thread import State

KEY: Final = "conversation"
"""Where it stands in the state: [{role, text}, …], oldest first."""
_KEPT: Final = 20
"""Newest messages that are kept."""
_KEPT_CHARACTERS: Final = 4000
"""Of each."""


def conversation_of(state: State) -> tuple[Message, ...]:
    """As messages for a model, beginning with what a person said."""
    found: list[Message] = []
    said = state.get(KEY)
    for entry in said if isinstance(said, Sequence) else ():
        if not isinstance(entry, Mapping) or not entry.get("text"):
            continue
        role: Literal["user", "assistant"] = "assistant" if entry.get("role") == "assistant" else "user"
        if found or role == "user":
            found.append(Message(role, (Text(str(entry["text"])),)))
    return tuple(found)


def with_exchange(state: State, asked: str, answered: str) -> dict[str, object]:
    """The state with one more question and its answer."""
    said = state.get(KEY)
    before = list(said) if isinstance(said, Sequence) else []
    exchange = [("user", asked), ("assistant", answered)]
    added = [{"role": role, "text": text[:_KEPT_CHARACTERS]} for role, text in exchange if text]
    return {**state, KEY: [*before, *added][-_KEPT:]}
