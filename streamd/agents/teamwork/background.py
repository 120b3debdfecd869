"""Background: known facts about a question before any agent answers it, as data and as text for a language model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamd.agents.memory_filter import relevant_memories_of
from streamd.agents.quoted_data import numbered, with_data
from streamd.core.document_passage import Passage
from streamd.core.item import Item
from streamd.core.prompts.conversation import entries_of
from streamd.core.thread import State
from streamd.facts import frozen
from streamd.ports.agent import Run

if TYPE_CHECKING:
    from streamd.ports.wording import Wording

_PASSAGES: Final = 6
_FACTS: Final = 10
"""The largest number of facts about items that the question names."""
_EXCHANGES: Final = 6
"""Newest messages of the conversation in the background."""


@frozen
class Background:
    """The known facts about one question."""

    passages: Sequence[Passage] = ()
    """Best first."""
    memories: Sequence[str] = ()
    """Contributions of others first, then memories, best first."""
    preferences: Sequence[str] = ()
    facts: tuple[str, ...] = ()
    """Facts about items that the question names, each a full sentence."""
    earlier: Sequence[str] = ()
    """The end of the conversation, oldest first."""

    def prompt(self, question: str) -> str:
        """The question with all of it before, for a language model."""
        sections = (
            ("Documents", numbered(self.passages)),
            ("Items", self.facts),
            ("Known from before, or found by others", self.memories),
            ("What the user wants to hold", self.preferences),
            ("Earlier in this conversation", self.earlier),
        )
        return with_data(question, sections)


async def background_of(run: Run, question: str) -> Background:
    """Look up documents, memories, preferences and items that bear on a question."""
    context = run.request.context
    return Background(
        await run.look_up(question, _PASSAGES),
        (
            *(run.language.without_sources(text) for text in contributions_in(context)),
            *(one.answer for one in await relevant_memories_of(run, question)),
        ),
        [memory.text for memory in await run.preferences()],
        facts_about(
            await run.items(),
            {*map(str, run.understanding.matched), str(context.get("product_id", ""))},
            run.language.wording,
        ),
        conversation_in(run.state),
    )


def contributions_in(context: Mapping[str, object]) -> list[str]:
    """Read earlier agents' findings, as the coordinator hands them on; documents are looked up anyway."""
    contributions = context.get("contributions")
    return [
        str(entry["text"])
        for entry in (contributions if isinstance(contributions, Sequence) else ())
        if isinstance(entry, Mapping) and entry.get("text") and entry.get("agent") != "rag"
    ]


def facts_about(items: Iterable[Item], wanted: set[str], wording: Wording) -> tuple[str, ...]:
    """Describe each of the items with these ids in a sentence."""
    named = [item for item in items if item.id in wanted][:_FACTS]
    return tuple(wording.item_facts(item.name, item.type, _facts(item)) for item in named)


def _facts(item: Item) -> dict[str, object]:
    return {
        name: value
        for name, value in item.fields.items()
        if name not in ("name", "type", "source_id") and isinstance(value, str | int | float)
    }


def conversation_in(state: State) -> list[str]:
    """Return the last messages of the thread, `who: text`, and what happened beside the words."""
    entries = list(entries_of(state))[-_EXCHANGES:]
    return [": ".join(filter(None, (entry.role, f"{entry.text} {entry.note}".strip()))) for entry in entries]
