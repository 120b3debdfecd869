"""Language: what people's words mean, and the words in which the engine answers.

Above: the engine, which asks what each request means, and agents, which ask what a text is about. Below: the rules of one
language, such as those of English in `streamd.language`. A daemon has one language; a second one is a second class like it.

What a language promises: it is pure, so the same arguments always give the same answer, also in a run that is resumed; it
never raises on any text; it may be called from several threads at once, since a request about many items takes some
milliseconds and is understood beside the event loop.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Preference, PrimaryIntent, Topic, Understanding
from streamd.ports.wording import Wording

NO_PHRASES: Final[Mapping[PrimaryIntent, Sequence[str]]] = {}


class Language(Protocol):
    """The language that people write to the daemon in."""

    @property
    def wording(self) -> Wording:
        """What the engine says to people."""

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        items: Sequence[Item],
        types: ItemTypes,
        phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
    ) -> Understanding:
        """What a request asks for: tool calls and a reply, or a refusal that says why nothing is done.

        `context` wins over the text where it says something about items; what else it holds is not looked at.

        `phrases` are what agents declare that people say to mean them, by the intent of each. A request that says one of
        them and nothing else has that intent, whatever else its words could mean. One that says more has it only where
        nothing in it is an operation on items or is answered from them: no phrase swallows a part of a request.
        """

    def is_structured(self, context: Mapping[str, object]) -> bool:
        """Whether the context alone says what to do, so that nobody needs to read the words."""

    def is_question(self, text: str) -> bool:
        """Whether a text begins as a question does, so that documents may hold its answer."""

    def topics_of(self, text: str) -> frozenset[Topic]:
        """What a text is about, as far as agents answer differently for it."""

    def preference_for(self, key: str, names: Sequence[str]) -> Preference | None:
        """The preference for these suppliers or places; None for a key that is about neither."""

    def nothing_to_forget(self, understanding: Understanding) -> Understanding:
        """The understanding of a withdrawn preference when nothing of the kind was known: its reply says so instead."""
