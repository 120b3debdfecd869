"""The differences that a change makes to an item, and the events and the item that come of them."""

from typing import Final

from streamd.core.event import Event, ItemEventType
from streamd.core.item import Item, Seq
from streamd.core.item_type import COMMON_FIELDS
from streamd.core.values import Value, equal


class Differences:
    """Differences that a change makes to an item. Created for every change, hence a plain class with slots."""

    __slots__ = ("fields", "item", "parts")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.fields = dict(item.fields)
        self.parts: dict[ItemEventType, dict[str, Value | None]] = {}
        """New values by type of event."""

    @property
    def nothing(self) -> bool:
        """Whether the item stays unchanged."""
        return not self.parts

    def apply(self, name: str, value: Value | None) -> None:
        """Set a field, or remove it with None."""
        old = self.item.fields.get(name)
        if equal(old, value):
            return
        if value is None:
            del self.fields[name]
        else:
            self.fields[name] = value
        kind: ItemEventType = "item_updated" if name in COMMON_FIELDS else "field_changed"
        part = self.parts.get(kind)
        if part is None:
            part = self.parts[kind] = {}
        part[name] = value

    def events_and_item(self, seq: Seq) -> tuple[tuple[Event, ...], Item]:
        """Build the events, the first of them at `seq`, and the item after them."""
        item = self.item
        item_type = str(self.fields["type"])
        versions = dict(item.versions)
        before: dict[str, object] = {"id": item.id, **item.fields}
        events: list[Event] = []
        for kind in _EVENT_ORDER:
            part = self.parts.get(kind)
            if part is not None:
                if events:
                    before = {**before, **events[-1].data}
                    before = {name: value for name, value in before.items() if value is not None}
                versions.update(dict.fromkeys(part, Seq(seq + len(events))))
                events.append(Event(kind, item.id, part, item_type, before))
        return tuple(events), Item(item.id, self.fields, versions, Seq(seq + len(events) - 1), item.added)


_EVENT_ORDER: Final[tuple[ItemEventType, ...]] = ("item_updated", "field_changed")
