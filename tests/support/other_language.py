"""A tiny language that is not English: its requests are a verb and a name, and each of its texts is its own name in brackets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, cast

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.supplier_preferences import NO_PREFERENCES, SupplierPreferences
from streamd.core.tasks import Queries, WritingTask
from streamd.core.tool_calls import (
    Action,
    AddItems,
    Intent,
    Preference,
    PrimaryIntent,
    RemoveItems,
    RequestSetting,
    Topic,
    Understanding,
)
from streamd.ports.language import NO_PHRASES, NO_SETTING
from streamd.ports.wording import Wording
from streamd.text.text_quality import Component, Quality

WORDINGS: Final = frozenset(name for name in dir(Wording) if not name.startswith("_"))
"""All texts of the catalogue."""
_ANALYSES: Final[Mapping[str, tuple[PrimaryIntent, Action]]] = {
    "specta": ("inventory_management", "analyze"),
    "praedic": ("forecasting", "forecast"),
    "eme": ("supplier_management", "recommend"),
}


class BracketWording:
    """Every text is `⟦its name⟧`, whatever its values; the texts that were asked for are counted."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., str | list[str]]:
        if name not in WORDINGS:
            raise AttributeError(name)
        self.used.add(name)
        text = f"⟦{name}⟧"
        is_text = getattr(Wording, name).__annotations__["return"] in (str, "str")
        return lambda *_given, **_named: text if is_text else [text]


@attrs.define
class OtherVocabulary:
    """All items, by id."""

    items: dict[ItemId, Item] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.items)

    def put(self, item: Item) -> None:
        self.items[item.id] = item

    def remove(self, item_id: ItemId) -> None:
        self.items.pop(item_id, None)

    def name_of(self, item_id: ItemId) -> str:
        return self.items[item_id].name if item_id in self.items else ""

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
        setting: RequestSetting = NO_SETTING,
    ) -> Understanding:
        verb, _, name = text.partition(" ")
        if verb == "adde":
            return Understanding(
                Intent("general", 0.9, ("add",)), (AddItems(({"type": "note", "name": name},)),)
            )
        if verb == "dele":
            named = tuple(item.id for item in self.items.values() if item.name == name)
            return Understanding(Intent("general", 0.9, ("remove",)), (RemoveItems(named, "iussu"),))
        if verb in _ANALYSES:
            intent, action = _ANALYSES[verb]
            return Understanding(Intent(intent, 0.9, (action,)), plan=(intent,))
        return Understanding(Intent("general", 0.5, ("ask",)), plan=("general",))


@attrs.frozen
class Other:
    """`adde <name>` adds a note, `dele <name>` removes it; `specta`, `praedic` and `eme` ask for an analysis; all else asks."""

    brackets: BracketWording = attrs.field(factory=BracketWording)
    confidence_signs: tuple[()] = ()

    @property
    def wording(self) -> Wording:
        return cast("Wording", self.brackets)

    def vocabulary(self, types: ItemTypes) -> "OtherVocabulary":
        return OtherVocabulary()

    def doubtful_words(self, types: ItemTypes) -> Sequence[tuple[str, str]]:
        return ()

    def phrase_key(self, phrase: str) -> str:
        return phrase

    def is_structured(self, context: Mapping[str, object]) -> bool:
        return False

    def decision_in(self, text: str) -> Literal["approve", "reject"] | None:
        return "approve" if text == "sic" else "reject" if text == "non" else None

    def is_retry(self, text: str) -> bool:
        return text == "iterum"

    def is_question(self, text: str) -> bool:
        return False

    def topics_of(self, text: str) -> frozenset[Topic]:
        return frozenset()

    def days_ahead(self, question: str) -> int | None:
        return None

    def named_items(self, question: str, items: Sequence[Item]) -> Sequence[ItemId]:
        return ()

    def supplier_preferences(
        self, texts: Iterable[str], suppliers: Iterable[str], places: Iterable[str]
    ) -> SupplierPreferences:
        return NO_PREFERENCES

    def destination_of(self, topic: str, brief: Mapping[str, object]) -> str:
        return ""

    def preference_for(self, key: str, names: Sequence[str]) -> Preference | None:
        return None

    def nothing_to_forget(self, understanding: Understanding) -> Understanding:
        return understanding

    def without_sources(self, text: str) -> str:
        return text

    def without_echoes(self, answer: str) -> str:
        return answer

    def is_report(self, answer: str) -> bool:
        return False

    def quality_of(self, section: str, text: str, brief: Mapping[str, object]) -> Quality:
        return Quality(50.0, (Component("⟦length⟧", 50.0, 1.0, "⟦explanation⟧"),))

    def compose(self, task: WritingTask) -> str:
        return '{"queries": ["⟦query⟧"]}' if isinstance(task, Queries) else f"⟦{type(task).__name__}⟧"
