"""Decide: what becomes of a change, given the item as it is. The conflict rules stand here and nowhere else.

A field conflicts only if it moved after the base that the writer had seen: its version is the position of the event
that last changed it, and the base is the position the writer had read up to.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, assert_never

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, Publish, RemoveItem
from streamd.core.event import ITEM_EVENT_TYPES, Event
from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.values import (
    MAX_FIELDS,
    MAX_INTEGER,
    Value,
    check_field_name,
    check_fields,
    check_item_id,
    check_type_name,
    check_value,
)
from streamd.errors import ConflictError, ExistsError, GoneError, InvalidMessageError, NotFoundError

Known: TypeAlias = Item | Tombstone | None
"""What stands under an id: an item, the mark of a removed one, or nothing."""

NO_CONFLICTS: Mapping[str, Mapping[str, object]] = {}


@attrs.frozen
class Decision:
    """What an accepted change does."""

    events: tuple[Event, ...]
    """In order; the first takes the position the decision was made for, the next the one after. None: no difference."""
    after: Known
    """What stands under the id afterwards."""
    overwrote: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had moved since the base and were overwritten: `{field: {value, version}}`; value null: removed."""
    conflicts: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had moved since the base and were left as they are, in the same shape."""


def decide(change: Change, known: Known, types: ItemTypes, seq: Seq) -> Decision:
    """Accept or refuse one change.

    Args:
        change: the wish.
        known: what stands under its id now.
        types: the declared item types.
        seq: the position that its first event would take.

    Raises:
        RefusedError: `invalid_message`, `not_found`, `gone`, `exists` or `conflict`; nothing changes.

    """
    match change:
        case AddItem():
            return _add(change, known, types, seq)
        case ChangeItem():
            return _change(change, _present(change.item_id, known), types, seq)
        case RemoveItem():
            return _remove(change, _present(change.item_id, known), seq)
        case Publish():
            if change.event_type in ITEM_EVENT_TYPES:
                raise InvalidMessageError(
                    f"{change.event_type} is made by real changes only; choose another event_type",
                    path="event_type",
                )
            return Decision((Event(change.event_type, change.item_id, change.data),), known)
        case _:
            assert_never(change)


def _present(item_id: ItemId, known: Known) -> Item:
    match known:
        case Item():
            return known
        case Tombstone():
            raise GoneError(f"item {item_id} was removed", item_id=item_id, version=known.version)
        case None:
            raise NotFoundError(f"there is no item {item_id}", item_id=item_id)
        case _:
            assert_never(known)


def _add(change: AddItem, known: Known, types: ItemTypes, seq: Seq) -> Decision:
    if isinstance(known, Item):
        raise ExistsError(
            f"an item {change.item_id} is there already", item_id=change.item_id, version=known.version
        )
    check_item_id(change.item_id)
    check_fields(change.fields, "item")
    fields = {name: value for name, value in change.fields.items() if value is not None}
    item_type = fields.get("type")
    if not isinstance(item_type, str) or not item_type:
        raise InvalidMessageError("an item needs a type, for example inventory", path="item.type")
    check_type_name(item_type)
    types.get(item_type).check(fields)
    item = Item(change.item_id, fields, dict.fromkeys(fields, seq), seq, seq)
    return Decision((Event("item_added", item.id, item.flat(), item_type),), item)


def _remove(change: RemoveItem, item: Item, seq: Seq) -> Decision:
    if change.base is not None and item.version > change.base:
        raise ConflictError(
            f"item {item.id} changed since {change.base}; look at it again before removing it",
            item_id=item.id,
            version=item.version,
            item=item.flat(),
        )
    event = Event("item_removed", item.id, {"reason": change.reason}, item.type, before=item.flat())
    return Decision((event,), Tombstone(item.id, seq))


def _change(change: ChangeItem, item: Item, types: ItemTypes, seq: Seq) -> Decision:
    if change.on_conflict == "reject" and change.base is None and (change.set or change.unset):
        raise InvalidMessageError(
            "on_conflict `reject` needs a base: the last seq you have applied", path="base"
        )
    wanted: dict[str, Value | None] = {**change.set, **dict.fromkeys(change.unset)}
    moved = _moved(item, wanted, change.base)
    if moved and change.on_conflict == "reject":
        raise ConflictError(
            f"item {item.id} changed since {change.base}: {', '.join(moved)}",
            item_id=item.id,
            version=item.version,
            fields=moved,
        )
    if moved and change.on_conflict == "merge":
        wanted = {name: value for name, value in wanted.items() if name not in moved}
    _take_up(wanted, change.inc, (_increased(item, name, by) for name, by in change.inc.items()))
    _take_up(
        wanted, change.add_to_set, (_joined(item, name, more) for name, more in change.add_to_set.items())
    )
    differences = {
        name: value
        for name, value in wanted.items()
        if item.fields.get(name) != value or _kinds_differ(item.fields.get(name), value)
    }
    keep = moved if change.on_conflict == "merge" else NO_CONFLICTS
    lost = NO_CONFLICTS if change.on_conflict == "merge" else moved
    if not differences:
        return Decision((), item, lost, keep)
    fields = {**item.fields}
    for name, value in differences.items():
        check_field_name(name)
        if value is None:
            fields.pop(name, None)
        else:
            check_value(value, name)
            fields[name] = value
    _check(item, fields, differences, types)
    return _changed(item, fields, differences, seq, lost, keep)


def _changed(
    item: Item,
    fields: Mapping[str, Value],
    differences: Mapping[str, Value | None],
    seq: Seq,
    overwrote: Mapping[str, Mapping[str, object]],
    conflicts: Mapping[str, Mapping[str, object]],
) -> Decision:
    common = {name: value for name, value in differences.items() if name in COMMON_FIELDS}
    others = {name: value for name, value in differences.items() if name not in COMMON_FIELDS}
    item_type = str(fields["type"])
    versions = {**item.versions}
    events: list[Event] = []
    for event_type, data in (("item_updated", common), ("field_changed", others)):
        if data:
            version = Seq(seq + len(events))
            versions.update(dict.fromkeys(data, version))
            before = {name: item.fields.get(name) for name in data}
            events.append(Event(event_type, item.id, data, item_type, before))
    after = Item(item.id, fields, versions, Seq(seq + len(events) - 1), item.added)
    return Decision(tuple(events), after, overwrote, conflicts)


def _moved(item: Item, wanted: Iterable[str], base: Seq | None) -> dict[str, Mapping[str, object]]:
    if base is None or item.version <= base:
        return {}
    return {
        name: {"value": item.fields.get(name), "version": item.versions[name]}
        for name in wanted
        if item.versions.get(name, Seq(0)) > base
    }


def _take_up(wanted: dict[str, Value | None], names: Iterable[str], values: Iterable[Value]) -> None:
    for name, value in zip(names, values, strict=True):
        if name in wanted:
            raise InvalidMessageError(f"{name} is set and counted in one change; choose one", path=name)
        wanted[name] = value


def _increased(item: Item, name: str, by: float) -> Value:
    value = item.fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidMessageError(f"{name} is not a number and cannot be increased", path=name)
    total = value + by
    if abs(total) > MAX_INTEGER:
        raise InvalidMessageError(f"{name} would be beyond ±(2^53-1)", path=name)
    if isinstance(total, float):
        total = round(total, 9)  # 0.1 + 0.2 is 0.3 for people who count things
    return total


def _joined(item: Item, name: str, more: tuple[object, ...]) -> Value:
    value = item.fields.get(name, [])
    if not isinstance(value, list):
        raise InvalidMessageError(f"{name} is not a list and cannot be added to", path=name)
    joined = list(value)
    for member in more:
        if member not in joined or all(one != member or _kinds_differ(one, member) for one in joined):
            joined.append(member)
    return joined


def _kinds_differ(old: object, new: object) -> bool:
    """Of two values that Python calls equal, whether JSON does not: True and 1, also inside lists and objects."""
    match old, new:
        case list(), list():
            return any(map(_kinds_differ, old, new))
        case dict(), dict():
            return any(_kinds_differ(value, new[name]) for name, value in old.items())
        case _:
            return isinstance(old, bool) is not isinstance(new, bool)


def _check(
    item: Item, fields: Mapping[str, Value], differences: Mapping[str, Value | None], types: ItemTypes
) -> None:
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path="set")
    name_of_type = fields.get("type")
    if not isinstance(name_of_type, str) or not name_of_type:
        raise InvalidMessageError("an item keeps a type; it can be changed, not removed", path="type")
    item_type = types.get(name_of_type)
    if "type" in differences:
        check_type_name(name_of_type)
        item_type.check(fields)
        return
    for name, value in differences.items():
        if value is not None:
            item_type.check_field(name, value)
        elif name in item_type.required:
            raise InvalidMessageError(f"an item of type {item.type} needs a {name}", path=name)
