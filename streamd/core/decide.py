"""Decides changes against the current item. The only place of the conflict rules.

A field conflicts only if it changed after the writer's base: its version is the position of the event that last changed
it, and the base is the position up to which the writer had read.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias, assert_never

import attrs

from streamd.core.change import (
    AddItem,
    Change,
    ChangeItem,
    Publish,
    RemoveItem,
    fields_in_nfc,
    increased,
    joined,
    names_in_nfc,
)
from streamd.core.event import ITEM_EVENT_TYPES, Event, ItemEventType
from streamd.core.item import START, DamagedItem, Item, ItemId, Seq, Tombstone
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.values import (
    MAX_FIELDS,
    Value,
    check_field_name,
    check_fields,
    check_item_id,
    check_type_name,
    check_value,
    equal,
)
from streamd.errors import (
    ConflictError,
    ExistsError,
    GoneError,
    InvalidMessageError,
    NotFoundError,
)

Known: TypeAlias = Item | DamagedItem | Tombstone | None
"""Stored state of an id: an item, the tombstone of a removed one, or nothing."""

NO_CONFLICTS: Mapping[str, Mapping[str, object]] = {}


@attrs.frozen
class Decision:
    """Effects of an accepted change."""

    events: tuple[Event, ...]
    """In order; the first takes the position that the decision was made for. Empty: the change makes no difference."""
    after: Known
    """Stored state of the id afterwards."""
    overwrote: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had changed after the base and were overwritten: `{field: {value, version}}`; value null: removed."""
    conflicts: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had changed after the base and were not written, in the same shape."""


def decide(change: Change, known: Known, types: ItemTypes, seq: Seq) -> Decision:
    """Accept or refuse one change.

    Args:
        change: the requested change.
        known: current state of its id.
        types: the declared item types.
        seq: position of its first event.

    Raises:
        RefusedError: `invalid_message`, `not_found`, `gone`, `exists` or `conflict`; nothing changes.

    """
    if isinstance(change, ChangeItem | RemoveItem) and change.base is not None and change.base >= seq:
        raise InvalidMessageError(
            f"base {change.base} is above {seq - 1}, the last position there is; give the last seq you have applied",
            path="base",
        )
    match change:
        case AddItem():
            return _add(change, known, types, seq)
        case ChangeItem():
            return _change(change, _present(change.item_id, known), types, seq)
        case RemoveItem() if isinstance(known, DamagedItem):
            event = Event("item_removed", known.id, {"reason": change.reason}, known.type)
            return Decision((event,), Tombstone(known.id, seq))
        case RemoveItem():
            return _remove(change, _present(change.item_id, known), seq)
        case Publish():
            if change.event_type in ITEM_EVENT_TYPES:
                raise InvalidMessageError(
                    f"{change.event_type} is made by real changes only; choose another event_type",
                    path="event_type",
                )
            if isinstance(known, Item | DamagedItem):
                about = Event(change.event_type, change.item_id, change.data, known.type, known.flat())
            else:
                about = Event(change.event_type, change.item_id, change.data)
            return Decision((about,), known)
        case _:
            assert_never(change)


def _present(item_id: ItemId, known: Known) -> Item:
    match known:
        case Item():
            return known
        case DamagedItem():
            raise known.refusal()
        case Tombstone():
            raise GoneError(f"item {item_id} was removed", item_id=item_id, version=known.version)
        case None:
            raise NotFoundError(f"there is no item {item_id}", item_id=item_id)
        case _:
            assert_never(known)


def _add(change: AddItem, known: Known, types: ItemTypes, seq: Seq) -> Decision:
    if isinstance(known, DamagedItem):
        raise known.refusal()
    if isinstance(known, Item):
        raise ExistsError(
            f"an item {change.item_id} is there already", item_id=change.item_id, version=known.version
        )
    check_item_id(change.item_id)
    check_fields(change.fields, "item")
    fields = fields_in_nfc({name: value for name, value in change.fields.items() if value is not None})
    item_type = fields.get("type")
    if not isinstance(item_type, str) or not item_type:
        raise InvalidMessageError("an item needs a type, for example inventory", path="item.type")
    check_type_name(item_type)
    types.get(item_type).check(fields)
    versions = dict.fromkeys(fields, seq)
    born = change.place if change.restores else seq
    if isinstance(known, Tombstone) and born is not None:
        versions["id"] = born  # a base below it is about another item
    item = Item(change.item_id, fields, versions, seq, change.place or seq)
    return Decision((Event("item_added", item.id, item.flat(), item_type),), item)


def _remove(change: RemoveItem, item: Item, seq: Seq) -> Decision:
    if change.base is not None and item.version > change.base:
        raise ConflictError(
            f"item {item.id} changed since {change.base}; look at it again before removing it",
            item_id=item.id,
            version=item.version,
            item=item.flat(),
        )
    event = Event(
        "item_removed", item.id, {"reason": change.reason}, item.type, before=item.flat(), place=item.added
    )
    return Decision((event,), Tombstone(item.id, seq))


def _change(change: ChangeItem, item: Item, types: ItemTypes, seq: Seq) -> Decision:
    if change.on_conflict == "reject" and change.base is None and (change.set or change.unset):
        raise InvalidMessageError(
            "on_conflict `reject` needs a base: the last seq you have applied", path="base"
        )
    if change.base is not None and change.base < item.born:
        raise ConflictError(
            f"item {item.id} was removed and added again since {change.base}: this is another item; read it first",
            item_id=item.id,
            version=item.version,
            item=item.flat(),
        )
    change = names_in_nfc(change, item.fields)
    new_values = _new_values(change, item)
    conflicting = _conflicting_fields(item, new_values, change)
    overwrote, conflicts = conflicting, NO_CONFLICTS
    if conflicting and change.on_conflict == "reject":
        raise ConflictError(
            f"item {item.id} changed since {change.base}: {', '.join(conflicting)}",
            item_id=item.id,
            version=item.version,
            fields=conflicting,
        )
    if conflicting and change.on_conflict == "merge":
        new_values = {name: value for name, value in new_values.items() if name not in conflicting}
        overwrote, conflicts = NO_CONFLICTS, conflicting
    differences = _Differences(item)
    for name, value in new_values.items():
        differences.apply(name, value)
    if differences.nothing:
        return Decision((), item, overwrote, conflicts)
    _check(item, differences, types)
    return Decision(*differences.events_and_item(seq), overwrote, conflicts)


def _new_values(change: ChangeItem, item: Item) -> Mapping[str, Value | None]:
    """New value of every field in the change; None removes the field."""
    if not (change.unset or change.inc or change.add_to_set):
        return change.set
    new_values: dict[str, Value | None] = {**change.set, **dict.fromkeys(change.unset)}
    counted: list[tuple[str, Value]] = [
        *((name, increased(item.fields.get(name, 0), name, by)) for name, by in change.inc.items()),
        *((name, joined(item.fields.get(name, []), name, more)) for name, more in change.add_to_set.items()),
    ]
    for name, value in counted:
        if name in new_values:
            raise InvalidMessageError(f"{name} is set and counted in one change; choose one", path=name)
        new_values[name] = value
    return new_values


class _Differences:
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

    @property
    def values(self) -> Iterator[tuple[str, Value | None]]:
        """Fields that differ, with their new values."""
        return (pair for part in self.parts.values() for pair in part.items())

    def apply(self, name: str, value: Value | None) -> None:
        """Set a field, or remove it with None."""
        old = self.item.fields.get(name)
        if equal(old, value):
            return
        if old is None:
            check_field_name(name)
        if value is None:
            del self.fields[name]
        else:
            check_value(value, name)
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
        before = item.flat()
        events: list[Event] = []
        for kind in _EVENT_ORDER:
            part = self.parts.get(kind)
            if part is not None:
                versions.update(dict.fromkeys(part, Seq(seq + len(events))))
                events.append(Event(kind, item.id, part, item_type, before))
                before = {key: value for key, value in {**before, **part}.items() if value is not None}
        return tuple(events), Item(item.id, self.fields, versions, Seq(seq + len(events) - 1), item.added)


_EVENT_ORDER: Final[tuple[ItemEventType, ...]] = ("item_updated", "field_changed")


def _conflicting_fields(
    item: Item, names: Iterable[str], change: ChangeItem
) -> Mapping[str, Mapping[str, object]]:
    """Fields that changed after the base. `inc` and `add_to_set` never conflict."""
    base = change.base
    if base is None or item.version <= base:
        return NO_CONFLICTS
    return {
        name: {"value": item.fields.get(name), "version": item.versions[name]}
        for name in names
        if name not in change.inc and name not in change.add_to_set and item.versions.get(name, START) > base
    }


def _check(item: Item, differences: _Differences, types: ItemTypes) -> None:
    fields = differences.fields
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path="set")
    type_name = fields.get("type")
    if not isinstance(type_name, str) or not type_name:
        raise InvalidMessageError("an item keeps a type; it can be changed, not removed", path="type")
    item_type = types.get(type_name)
    if type_name != item.type:
        check_type_name(type_name)
        item_type.check(fields)
        return
    for name, value in differences.values:
        if value is not None:
            item_type.check_field(name, value)
        elif name in item_type.required:
            raise InvalidMessageError(f"an item of type {item.type} needs a {name}", path=name)
