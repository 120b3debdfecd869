"""Language: reads what people and models wrote, composes the offline model's answers, and provides all wordings.

Above: the engine, which parses each request, agents, which ask what a text is about, and the offline model. Below: the rules
of one language, such as those of English in `streamd.language`. A daemon has one language; a second one is a second class
like it. Nothing above looks for words of a language in a text.

What a language promises: it is pure, so the same arguments always give the same answer, also in a run that is resumed; it
never raises on any text; it may be called from several threads at once, since a request about many items takes some
milliseconds and is parsed outside the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.supplier_preferences import SupplierPreferences
from streamd.core.tasks import WritingTask
from streamd.core.tool_calls import Preference, PrimaryIntent, RequestSetting, Topic, Understanding
from streamd.text.text_quality import Quality

if TYPE_CHECKING:
    from streamd.ports.wording import Wording

NO_PHRASES: Final[Mapping[PrimaryIntent, Sequence[str]]] = {}
NO_SETTING: Final = RequestSetting()


class Vocabulary(Protocol):
    """The items of a workspace as requests name them.

    It is kept up with their changes, so that a request costs what it names and not what there is. The same items in the same
    order are understood alike, however they came there. While a request is understood, in whatever thread, nothing else
    may use it.
    """

    def __len__(self) -> int: ...

    def put(self, item: Item) -> None:
        """Add an item, or replace what it was; the references of items are ids."""

    def remove(self, item_id: ItemId) -> None:
        """Remove an item; a no-op where it is not there."""

    def name_of(self, item_id: ItemId) -> str:
        """Return the name of an item; empty where it is not there."""

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
        setting: RequestSetting = NO_SETTING,
    ) -> Understanding:
        """Parse a request into tool calls and a reply, or a refusal with a reason.

        `setting` has the day of the request and what it may refer back to; a language has no clock and no memory.

        `context` overrides the text where it concerns items; its other keys are ignored.

        `phrases` are people's phrases for an agent, as agents declare them, by intent. A request that consists of one of
        them alone has that intent, whatever else its words could mean. A longer one has it only where no part
        of it is an operation on items or is answered from them: no phrase swallows a part of a request.
        """


class Language(Protocol):
    """The language that people write to the daemon in."""

    @property
    def wording(self) -> Wording:
        """All texts for people."""

    @property
    def confidence_signs(self) -> Sequence[tuple[re.Pattern[str], float]]:
        """Signs by which a text sounds sure or unsure, and by how much. A sign is at most 32 characters long and counts once."""

    def vocabulary(self, types: ItemTypes) -> Vocabulary:
        """Return an empty vocabulary of items of these types."""

    def doubtful_words(self, types: ItemTypes) -> Sequence[tuple[str, str]]:
        """Return the types and criteria that requests cannot name by a declared word: a path such as `part.criteria.low`, and why."""

    def phrase_key(self, phrase: str) -> str:
        """Return the key of an agent's phrase: two phrases with the same key match the same requests."""

    def is_structured(self, context: Mapping[str, object]) -> bool:
        """Check whether the context alone determines the request, so that the text need not be parsed."""

    def decision_in(self, text: str) -> Literal["approve", "reject"] | None:
        """Read a text that consists of yes or of no alone, as an answer to a question; None for every other one."""

    def is_retry(self, text: str) -> bool:
        """Whether a text says nothing but to try once more, or to go on."""

    def is_question(self, text: str) -> bool:
        """Check whether a text starts like a question, which documents may answer."""

    def topics_of(self, text: str) -> frozenset[Topic]:
        """Return a text's topics, as far as agents answer differently for them."""

    def days_ahead(self, question: str) -> int | None:
        """Return how many days a question about stock looks ahead; None where it names no time."""

    def named_items(self, question: str, items: Sequence[Item]) -> Sequence[ItemId]:
        """Return the items that a question names, in the order of the items."""

    def supplier_preferences(
        self, texts: Iterable[str], suppliers: Iterable[str], places: Iterable[str]
    ) -> SupplierPreferences:
        """Return the preferences among these suppliers and places that sentences state; the first of two contradictory counts."""

    def destination_of(self, topic: str, brief: Mapping[str, object]) -> str:
        """Return the destination of a trip; empty when it names none."""

    def preference_for(self, key: str, names: Sequence[str]) -> Preference | None:
        """Build the preference for these suppliers or places; None for a key that is about neither."""

    def nothing_to_forget(self, understanding: Understanding) -> Understanding:
        """Return the understanding of a withdrawal that matched no preference, with a reply to that effect."""

    # ── texts that were written before ───────────────────────────────────────────────────────────────────────────────

    def without_sources(self, text: str) -> str:
        """Return a text without its citations and its list of sources."""

    def without_echoes(self, answer: str) -> str:
        """Return an answer without the lines that came from memory, or say that nothing is known."""

    def is_report(self, answer: str) -> bool:
        """Check whether an answer only reports what was done. For memories that older versions did not mark."""

    def quality_of(self, section: str, text: str, brief: Mapping[str, object]) -> Quality:
        """Measure the quality of a section of a web page. The explanations are for people."""

    # ── texts of the offline model ───────────────────────────────────────────────────────────────────────────────────

    def compose(self, task: WritingTask) -> str:
        """Compose the whole text that answers a task, from nothing but what stands in the task; JSON for `Queries`."""
