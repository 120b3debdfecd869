"""Background: what is known about a question before anybody thinks about it, as facts and as text for a language model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.agents.memory_filter import relevant_memories_of
from streamd.core.document_passage import Passage
from streamd.core.item import Item
from streamd.core.thread import State
from streamd.ports.agent import Run
from streamd.writing import split_sources, without_marks

_PASSAGES: Final = 6
_FACTS: Final = 10
"""Items that are told of, of those that the question names."""
_EXCHANGES: Final = 6
"""Messages of the conversation that are told, the newest."""


@attrs.frozen
class Background:
    """What is known about one question."""

    passages: Sequence[Passage] = ()
    """Best first."""
    memories: Sequence[str] = ()
    """Contributions of others first, then what was remembered, best first."""
    preferences: Sequence[str] = ()
    facts: tuple[str, ...] = ()
    """About items that the question names, each a full sentence."""
    earlier: Sequence[str] = ()
    """The end of the conversation, oldest first."""

    def told(self, question: str) -> str:
        """The question with all of it before, for a language model."""
        sections = (
            ("Documents", numbered(self.passages)),
            ("Items", self.facts),
            ("Known from before, or found by others", self.memories),
            ("What the user wants to hold", self.preferences),
            ("Earlier in this conversation", self.earlier),
        )
        known = [told_list(title, lines) for title, lines in sections if lines]
        return "\n\n".join([*known, f"Request: {question}"])


async def background_of(run: Run, question: str) -> Background:
    """Look up what bears on a question, in documents, memories, preferences and items."""
    context = run.request.context
    return Background(
        await run.look_up(question, _PASSAGES),
        (
            *(without_marks(split_sources(text)[0]) for text in contributions_in(context)),
            *(one.answer for one in await relevant_memories_of(run, question)),
        ),
        [memory.text for memory in await run.preferences()],
        facts_about(
            await run.items(), {*map(str, run.understanding.matched), str(context.get("product_id", ""))}
        ),
        conversation_in(run.state),
    )


def contributions_in(context: Mapping[str, object]) -> list[str]:
    """What agents before this one found, as the coordinator hands it on; documents are looked up anyway."""
    given = context.get("contributions")
    return [
        str(entry["text"])
        for entry in (given if isinstance(given, Sequence) else ())
        if isinstance(entry, Mapping) and entry.get("text") and entry.get("agent") != "rag"
    ]


def facts_about(items: Iterable[Item], wanted: set[str]) -> tuple[str, ...]:
    """A sentence each about the items with these ids."""
    named = [item for item in items if item.id in wanted][:_FACTS]
    return tuple(_sentence(item) for item in named)


def _sentence(item: Item) -> str:
    known = [
        f"{name.replace('_', ' ')} {value:g}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in item.fields.items()
        if name not in ("name", "type", "source_id") and isinstance(value, str | int | float)
    ]
    return f"{item.name} ({item.type}) has {', '.join(known) or 'no further fields'}."


def conversation_in(state: State) -> list[str]:
    """What was said last in the thread, `who: text`."""
    said = state.get("conversation")
    return [
        f"{entry.get('role', 'user')}: {entry['text']}"
        for entry in (said[-_EXCHANGES:] if isinstance(said, list) else ())
        if isinstance(entry, Mapping) and entry.get("text")
    ]


def numbered(passages: Sequence[Passage]) -> list[str]:
    """Passages as they are cited: `[1] source: text`."""
    return [f"[{number}] {passage.source}: {passage.text}" for number, passage in enumerate(passages, 1)]


def told_list(title: str, lines: Iterable[str]) -> str:
    """Lines under a title, for a language model."""
    return f"{title}:\n" + "\n".join(f"- {line}" for line in lines)
