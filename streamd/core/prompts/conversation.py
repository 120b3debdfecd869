"""The conversation of a thread: what was asked, said and done in its earlier runs, and how each of them ended.

It is kept in the thread's state: `conversation`, a list of {role, text}, oldest first. An entry of the assistant may have
`ended` (how its run ended, if not well), `why`, and `done`: {"added": {"count": 2, "items": [{"id", "name"}]}, …}.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

import attrs
import orjson

from streamd.core.item import ItemId
from streamd.core.prompt import Message, Text
from streamd.core.prompts.abridging import abridged
from streamd.core.prompts.token_estimate import tokens_in
from streamd.core.thread import State
from streamd.facts import frozen

KEY: Final = "conversation"
"""Its key in the state."""
MOST_ENTRY_CHARACTERS: Final = 24_000
"""Characters of one text; of a longer one the middle is left out, and the gap is marked."""
ABOUT: Final = "last_items"
"""Its key for the ids of the items that the last run was about, which `them` means in the next request."""
MOST_ABOUT: Final = 100
"""Items beyond which nothing is kept of them: they are named anew."""
SUMMARY: Final = "conversation_summary"
"""Its key for a summary of what was said before, a text."""
_MOST_SUMMARY: Final = 8_000
_MOST_DIGEST: Final = 240
_MOST_LAST: Final = 2_000
_MOST_WHY: Final = 500
_MOST_NAMED: Final = 20
"""Items of each kind of change that are named; their count says of how many."""

Ended = Literal["completed", "cancelled", "failed", "timed_out", "rejected", "expired", "withdrawn"]
_ENDINGS: Final[Mapping[str, str]] = {
    "cancelled": "It was cut off: somebody cancelled it.",
    "failed": "It was cut off by an error.",
    "timed_out": "It was cut off: it took too long.",
    "rejected": "It ended with a question to a person, who rejected what was proposed: that was not done.",
    "expired": "It ended with a question to a person, who did not answer in time: what was proposed was not done.",
    "withdrawn": "It ended with a question to a person, who asked for something else: what was proposed was not done.",
}
assert {*_ENDINGS, "completed"} == set(get_args(Ended))


@frozen
class Exchange:
    """One run as the conversation remembers it."""

    asked: str
    said: str
    """The answer, or the part of it that was said before the run ended."""
    ended: Ended = "completed"
    why: str = ""
    """Message of the run's end, where it did not end well."""
    done: Mapping[str, Sequence[tuple[str, str]]] = attrs.field(factory=dict)
    """(id, name) of the items that it changed, by kind: `added`, `removed`, `changed`."""
    about: Sequence[ItemId] = ()
    """The items that its answer or its changes were about; empty where that cannot be said of each of its words."""


@frozen
class ConversationEntry:
    """One entry of the conversation, as it is read from a state that people may have edited."""

    role: Literal["user", "assistant"]
    text: str
    note: str = ""
    """What happened beside the words."""


@frozen
class Overflow:
    """The beginning of a conversation that has become too long, and the state without it."""

    summary: str
    """Of what was left out before."""
    older: tuple[ConversationEntry, ...]
    state: State


def overflow_of(state: State, most_tokens: int) -> Overflow | None:
    """Part a conversation of more than so many tokens: the newest exchanges with half of them stay; None where all may stay."""
    stored = list(_stored(state))
    sizes = [tokens_in(orjson.dumps(entry).decode()) for entry in stored]
    if sum(sizes) <= most_tokens:
        return None
    first, kept = len(stored), 0
    for at in range(len(stored) - 1, -1, -1):
        kept += sizes[at]
        if kept > most_tokens // 2:
            break
        if not _is_answer(stored[at]):
            first = at
    older = tuple(entries_of({KEY: stored[:first]}))
    return Overflow(str(state.get(SUMMARY) or ""), older, {**state, KEY: stored[first:]})


def with_summary(state: State, summary: str) -> dict[str, object]:
    """Return the state with a summary of what its conversation does not hold any more."""
    return {**state, SUMMARY: abridged(summary.strip(), _MOST_SUMMARY)}


def digest(overflow: Overflow) -> str:
    """Sum up without a model: the first words of each text."""
    lines = [
        f"{entry.role}: {abridged(' '.join(entry.text.split()), _MOST_DIGEST)} {entry.note}"
        for entry in overflow.older
    ]
    return "\n".join(filter(None, (overflow.summary, *lines)))


def last_exchange(state: State) -> tuple[Message, ...]:
    """Return the newest exchange as messages for a model, cut short."""
    stored = _stored(state)
    first = next((at for at in range(len(stored) - 1, -1, -1) if not _is_answer(stored[at])), len(stored))
    return tuple(
        Message(message.role, (Text(abridged(block.text, _MOST_LAST)),))
        for message in conversation_of({KEY: stored[first:]})
        for block in message.blocks
        if isinstance(block, Text)
    )


def _is_answer(entry: object) -> bool:
    return isinstance(entry, Mapping) and entry.get("role") == "assistant"


def with_exchange(state: State, exchange: Exchange) -> dict[str, object]:
    """Return the state with one more exchange."""
    done = {
        kind: {"count": len(items), "items": [{"id": one, "name": name} for one, name in items[:_MOST_NAMED]]}
        for kind, items in exchange.done.items()
        if items
    }
    answer: dict[str, object] = {"role": "assistant", "text": abridged(exchange.said, MOST_ENTRY_CHARACTERS)}
    if exchange.ended != "completed":
        answer |= {"ended": exchange.ended, "why": abridged(exchange.why, _MOST_WHY)}
    if done:
        answer["done"] = done
    question = {"role": "user", "text": abridged(exchange.asked, MOST_ENTRY_CHARACTERS)}
    added = [entry for entry in (question, answer) if entry["text"] or len(entry) > len(question)]
    about = {ABOUT: list(exchange.about)} if 0 < len(exchange.about) <= MOST_ABOUT else {}
    kept = {key: value for key, value in state.items() if key != ABOUT}
    return {**kept, KEY: [*_stored(state), *added], **about}


def last_items(state: State) -> tuple[ItemId, ...]:
    """Return the ids of the items that the last run of a thread was about."""
    kept = state.get(ABOUT)
    return tuple(ItemId(one) for one in kept if isinstance(one, str)) if isinstance(kept, list) else ()


def entries_of(state: State) -> Iterator[ConversationEntry]:
    """Yield the entries of the conversation, from a person's on."""
    is_begun = False
    for entry in _stored(state):
        if not isinstance(entry, Mapping):
            continue
        text, note = str(entry.get("text") or ""), _note(entry)
        if entry.get("role") != "assistant":
            is_begun = True
            yield ConversationEntry("user", text)
        elif is_begun and (text or note):
            yield ConversationEntry("assistant", text, note)


def conversation_of(state: State) -> tuple[Message, ...]:
    """Return the conversation as messages for a model; what happened beside the words is told it as the user's."""
    messages: list[Message] = []
    if summary := state.get(SUMMARY):
        told = orjson.dumps(str(summary)).decode()
        messages.append(
            Message(
                "user", (Text(f"[The system: this conversation is older, and summed up it was: {told}]"),)
            )
        )
    for entry in entries_of(state):
        if entry.text:
            messages.append(Message(entry.role, (Text(entry.text),)))
        if entry.note:
            messages.append(Message("user", (Text(f"[The system about the answer above. {entry.note}]"),)))
    return tuple(messages)


def only_conversation(state: State) -> dict[str, object]:
    """Return the state without anything but the conversation."""
    return {key: state[key] for key in (KEY, SUMMARY) if key in state}


def _stored(state: State) -> Sequence[object]:
    stored = state.get(KEY)
    return stored if isinstance(stored, list | tuple) else ()


def _note(entry: Mapping[str, object]) -> str:
    ended, why, done = _ENDINGS.get(str(entry.get("ended")), ""), entry.get("why"), entry.get("done")
    parts = [ended]
    if ended and why:
        parts.append(f"The message was {orjson.dumps(str(why)).decode()}.")
    if done:
        parts.append(f"Changed by it, as data: {orjson.dumps(done).decode()}.")
    elif ended:
        parts.append("It changed nothing.")
    return " ".join(filter(None, parts))
