"""English as the engine and the offline model are handed it (`streamd.ports.language.Language`)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.supplier_preferences import SupplierPreferences
from streamd.core.tasks import WritingTask
from streamd.core.tool_calls import Preference, PrimaryIntent, RequestSetting, Topic, Understanding
from streamd.core.values import nfc
from streamd.facts import define, frozen
from streamd.language._agent_phrases import phrase_key
from streamd.language._confidence_signs import CONFIDENCE_SIGNS
from streamd.language._decisions import decision_in, is_retry
from streamd.language._doubtful_words import doubtful_words
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._stock_questions import days_ahead, named_in
from streamd.language._supplier_choice import supplier_preferences_in
from streamd.language.english_wording import EnglishWording
from streamd.language.preference_targets import preference_of_names
from streamd.language.structured import is_structured
from streamd.language.topics import is_question, topics_of
from streamd.language.understanding import understand, with_nothing_forgotten
from streamd.ports.language import NO_PHRASES, NO_SETTING
from streamd.text.text_quality import Quality
from streamd.writing import (
    compose,
    destination_of,
    is_report,
    quality_of,
    without_echoes,
    without_sources,
)


@define(slots=False)
class EnglishVocabulary(ItemVocabulary):
    """The items of a workspace as English requests name them."""

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
        setting: RequestSetting = NO_SETTING,
    ) -> Understanding:
        """Parse a request into tool calls and an answer, or into a refusal with its reason."""
        return understand(nfc(text), context, self, self.types, phrases, setting)


@frozen
class English:
    """The rules of this room behind one object, without state: everybody may share it."""

    wording: EnglishWording = attrs.field(factory=EnglishWording)
    """All sentences for people."""
    confidence_signs: Sequence[tuple[re.Pattern[str], float]] = CONFIDENCE_SIGNS
    """Words and marks that make a text sound sure or unsure."""

    def vocabulary(self, types: ItemTypes) -> "EnglishVocabulary":
        """Return an empty vocabulary of items of these types."""
        return EnglishVocabulary(types)

    def doubtful_words(self, types: ItemTypes) -> Sequence[tuple[str, str]]:
        """Find the types and criteria whose words mean something else, or another type in the plural."""
        return tuple(doubtful_words(types))

    def phrase_key(self, phrase: str) -> str:
        """Join the stems of an agent's phrase without polite words."""
        return phrase_key(phrase)

    def is_structured(self, context: Mapping[str, object]) -> bool:
        """Whether the context alone defines the operations."""
        return is_structured(context)

    def decision_in(self, text: str) -> Literal["approve", "reject"] | None:
        """Read a text that consists of yes or of no alone."""
        return decision_in(text)

    def is_retry(self, text: str) -> bool:
        """Whether a text says nothing but to try once more, or to go on."""
        return is_retry(text)

    def is_question(self, text: str) -> bool:
        """Whether a text begins as a question does."""
        return is_question(text)

    def topics_of(self, text: str) -> frozenset[Topic]:
        """Find the topics of a text."""
        return topics_of(text)

    def days_ahead(self, question: str) -> int | None:
        """Find how many days a question looks ahead."""
        return days_ahead(question)

    def named_items(self, question: str, items: Sequence[Item]) -> Sequence[ItemId]:
        """Find the items that a question names, in the singular or plural."""
        return named_in(question, items)

    def supplier_preferences(
        self, texts: Iterable[str], suppliers: Iterable[str], places: Iterable[str]
    ) -> SupplierPreferences:
        """Extract preferences for suppliers and places from sentences."""
        return supplier_preferences_in(texts, suppliers, places)

    def destination_of(self, topic: str, brief: Mapping[str, object]) -> str:
        """Find the destination of a trip."""
        return destination_of(topic, brief)

    def preference_for(self, key: str, names: Sequence[str]) -> Preference | None:
        """Form the preference for these suppliers or places."""
        return preference_of_names(key, names)

    def nothing_to_forget(self, understanding: Understanding) -> Understanding:
        """Answer a withdrawal of a preference that was not known."""
        return with_nothing_forgotten(understanding)

    def without_sources(self, text: str) -> str:
        """Remove the citations and the list of sources."""
        return without_sources(text)

    def without_echoes(self, answer: str) -> str:
        """Remove what an answer took from memory."""
        return without_echoes(answer)

    def is_report(self, answer: str) -> bool:
        """Whether an answer is only a report, by its first words."""
        return is_report(answer)

    def quality_of(self, section: str, text: str, brief: Mapping[str, object]) -> Quality:
        """Measure a section of a web page."""
        return quality_of(section, text, brief)

    def compose(self, task: WritingTask) -> str:
        """Compose the answer to a task."""
        return compose(task)
