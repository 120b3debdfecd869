"""Undo: the changes that take back what events did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.fold import fold
from streamd.core.item import Item, ItemId, Seq, Tombstone, item_of
from streamd.core.values import Value

REASON = "undo"


@attrs.frozen
class PastChange:
    """One accepted change of an item, as it stands in the journal."""

    seq: Seq
    event_type: str
    item_id: ItemId
    data: Mapping[str, object]
    """What the event told."""
    before: Mapping[str, object] | None
    """Values that the fields had (null: none), or the whole flat item that was removed."""


def compensation(past: Sequence[PastChange]) -> list[Change]:
    """The changes that take these back, one an item, in the opposite order. Ascending by position; others are passed over.

    Each rests on the last of the given changes of its item: a later edit of the same field, or any later edit of an item
    that would have to go, is a conflict.
    """
    by_item: dict[ItemId, list[PastChange]] = {}
    for change in past:
        if change.event_type in ITEM_EVENT_TYPES:
            by_item.setdefault(change.item_id, []).append(change)
    last_first = sorted(by_item.items(), key=lambda pair: pair[1][-1].seq, reverse=True)
    found = [_of_item(item_id, changes) for item_id, changes in last_first]
    return [change for change in found if change is not None]


def rebased(
    changes: Sequence[Change], past: Sequence[PastChange], known: Mapping[ItemId, Item | Tombstone | None]
) -> list[Change]:
    """The same changes, resting on the items as they are now where these stand as `past` had left them.

    An edit that came later and was taken back, so that the values are there again, is not in the way of an undo.
    """
    left = _left_by(past)
    return [_rebased(change, left, known) for change in changes]


def _rebased(
    change: Change,
    left: Mapping[str, Mapping[str, object]],
    known: Mapping[ItemId, Item | Tombstone | None],
) -> Change:
    if not isinstance(change, ChangeItem | RemoveItem):
        return change
    item, then = known.get(change.item_id), left.get(change.item_id, {})
    if not isinstance(item, Item):
        return change
    now = item.flat()
    names = then.keys() if isinstance(change, ChangeItem) else then.keys() | now.keys()
    stands = all(then.get(name) == now.get(name) for name in names)
    return attrs.evolve(change, base=item.version) if stands else change


def _left_by(past: Sequence[PastChange]) -> Mapping[str, Mapping[str, object]]:
    """Items as these changes left them; of one that was there before, the fields that they touched."""
    left: dict[str, dict[str, object]] = {}
    for event in past:
        fold(left, event.event_type, event.item_id, event.data)
        if event.event_type in ("item_updated", "field_changed"):
            left.setdefault(event.item_id, {}).update(event.data)
    return left


def _of_item(item_id: ItemId, changes: Sequence[PastChange]) -> Change | None:
    was_there = changes[0].event_type != "item_added"
    is_there = changes[-1].event_type != "item_removed"
    if not was_there:
        return RemoveItem(item_id, REASON, base=changes[-1].seq) if is_there else None
    if not is_there:
        return AddItem(item_id, _fields_before(changes))
    earlier = _values_before(changes)
    return ChangeItem(
        item_id, set=cast("Mapping[str, Value | None]", earlier), base=changes[-1].seq, on_conflict="reject"
    )


def _fields_before(changes: Sequence[PastChange]) -> dict[str, Value | None]:
    """The fields of an item that was there and was removed in the end."""
    removed = next(change for change in changes if change.event_type == "item_removed")
    before_it = changes[: changes.index(removed)]
    fields = {**(removed.before or {}), **_values_before(before_it)}
    return {name: cast("Value | None", value) for name, value in fields.items() if name != "id"}


def _values_before(changes: Sequence[PastChange]) -> dict[str, object]:
    """What the touched fields held before the first change of each; None: nothing."""
    values: dict[str, object] = {}
    for change in changes:
        if change.event_type in ("item_updated", "field_changed"):
            for name in change.data:
                values.setdefault(name, (change.before or {}).get(name))
    return values


def items_before(
    items: Iterable[Item], past: Sequence[PastChange], places: Mapping[ItemId, Seq]
) -> list[Item]:
    """The items as they were before these changes (ascending), as far as nobody else changed the same.

    `places` tells where those that the changes removed had stood in the order of all; the journal does not.
    """
    there = {item.id: item for item in items}
    for change in reversed(past):
        item = there.get(change.item_id)
        match change.event_type:
            case "item_added":
                there.pop(change.item_id, None)
            case "item_removed" if change.before is not None:
                was = item_of(cast("Mapping[str, Value]", change.before))
                there[change.item_id] = attrs.evolve(was, added=places.get(was.id, change.seq))
            case "item_updated" | "field_changed" if item is not None:
                fields = dict(item.fields)
                for name in change.data:
                    value = (change.before or {}).get(name)
                    if value is None:
                        fields.pop(name, None)
                    else:
                        fields[name] = cast("Value", value)
                there[change.item_id] = attrs.evolve(item, fields=fields)
            case _:
                pass
    return sorted(there.values(), key=lambda item: item.added)
