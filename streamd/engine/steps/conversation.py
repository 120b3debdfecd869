"""The conversation of a thread: messages of its earlier runs, stored in its state."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from streamd.core.prompt import Message, Text
from streamd.core.thread import State

KEY: Final = "conversation"
"""Its key in the state: [{role, text}, …], oldest first."""
_MOST_MESSAGES: Final = 20
"""Messages in the state; older ones are dropped."""
_MOST_CHARACTERS: Final = 4000
"""Characters of each message."""


def conversation_of(state: State) -> tuple[Message, ...]:
    """Return the conversation as messages for a model, from a person's message on."""
    messages: list[Message] = []
    stored = state.get(KEY)
    for entry in stored if isinstance(stored, Sequence) else ():
        if not isinstance(entry, Mapping) or not entry.get("text"):
            continue
        role: Literal["user", "assistant"] = "assistant" if entry.get("role") == "assistant" else "user"
        if messages or role == "user":
            messages.append(Message(role, (Text(str(entry["text"])),)))
    return tuple(messages)


def only_conversation(state: State) -> dict[str, object]:
    """Return the state without anything but the conversation."""
    return {KEY: state[KEY]} if KEY in state else {}


def with_exchange(state: State, question: str, answer: str) -> dict[str, object]:
    """Return the state with one more question and its answer."""
    stored = state.get(KEY)
    before = list(stored) if isinstance(stored, Sequence) else []
    exchange = [("user", question), ("assistant", answer)]
    added = [{"role": role, "text": text[:_MOST_CHARACTERS]} for role, text in exchange if text]
    return {**state, KEY: [*before, *added][-_MOST_MESSAGES:]}
