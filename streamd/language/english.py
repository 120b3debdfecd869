"""English as the engine is handed it (`streamd.ports.language.Language`)."""

import re
from collections.abc import Mapping, Sequence

import attrs

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Preference, PrimaryIntent, Topic, Understanding
from streamd.core.values import nfc
from streamd.language._confidence_signs import CONFIDENCE_SIGNS
from streamd.language.english_wording import EnglishWording
from streamd.language.preference_targets import preference_of_names
from streamd.language.structured import is_structured
from streamd.language.topics import is_question, topics_of
from streamd.language.understanding import understand, with_nothing_forgotten
from streamd.ports.language import NO_PHRASES


@attrs.frozen
class English:
    """The rules of this room behind one object, without state: everybody may share it."""

    wording: EnglishWording = attrs.field(factory=EnglishWording)
    """The sentences of the engine for people."""
    confidence_signs: Sequence[tuple[re.Pattern[str], float]] = CONFIDENCE_SIGNS
    """Words and marks that make a text sound sure or unsure."""

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        items: Sequence[Item],
        types: ItemTypes,
        phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
    ) -> Understanding:
        """Parse a request into tool calls and an answer, or into a refusal with its reason."""
        return understand(nfc(text), context, items, types, phrases)

    def is_structured(self, context: Mapping[str, object]) -> bool:
        """Whether the context alone defines the operations."""
        return is_structured(context)

    def is_question(self, text: str) -> bool:
        """Whether a text begins as a question does."""
        return is_question(text)

    def topics_of(self, text: str) -> frozenset[Topic]:
        """Find the topics of a text."""
        return topics_of(text)

    def preference_for(self, key: str, names: Sequence[str]) -> Preference | None:
        """Form the preference for these suppliers or places."""
        return preference_of_names(key, names)

    def nothing_to_forget(self, understanding: Understanding) -> Understanding:
        """Answer a withdrawal of a preference that was not known."""
        return with_nothing_forgotten(understanding)
