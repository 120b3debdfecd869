"""Undo: compensating changes for past ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.event import ITEM_EVENT_TYPES, fold
from streamd.core.item import START, Item, ItemId, Known, Seq, item_of
from streamd.core.values import Value, equal
from streamd.errors import DamagedError

REASON = "undo"


@attrs.frozen
class PastChange:
    """One accepted change of an item, from the journal."""

    seq: Seq
    event_type: str
    item_id: ItemId
    data: Mapping[str, object]
    """Data of the event."""
    before: Mapping[str, object] | None
    """Previous values of the fields (null: none), or the whole flat item that was removed."""
    place: Seq | None = None
    """Of a removed item: its `added`; None where an older streamd did not record it."""
    first: Seq = START
    """Position of the first event of the same change."""


@attrs.frozen
class Compensation:
    """A change that takes past ones back."""

    change: Change
    undoes: tuple[Seq, ...]
    """Positions of the events that it takes back."""


def compensation(past: Sequence[PastChange]) -> list[Compensation]:
    """Build the changes that undo past ones (ascending by position), one per item. Custom events are ignored.

    Removed items are restored first, in the order in which they were listed; then come the others, the last change first.
    The base of each is the last of its item's past changes: a later edit of the same field, or any later edit of an item
    that would be removed, is a conflict. Raises DamagedError where an item could not be read any more when it was removed.
    """
    by_item: dict[ItemId, list[PastChange]] = {}
    for change in past:
        if change.event_type in ITEM_EVENT_TYPES:
            by_item.setdefault(change.item_id, []).append(change)
    last_first = sorted(by_item.items(), key=lambda pair: pair[1][-1].seq, reverse=True)
    found = [
        Compensation(compensating, tuple(one.seq for one in changes))
        for item_id, changes in last_first
        if (compensating := _of_item(item_id, changes)) is not None
    ]
    return sorted(found, key=_listed_place)


def _listed_place(compensating: Compensation) -> tuple[bool, Seq]:
    change = compensating.change
    return (False, change.place or START) if isinstance(change, AddItem) else (True, START)


def rebased(
    changes: Sequence[Compensation], past: Sequence[PastChange], known: Mapping[ItemId, Known]
) -> list[Compensation]:
    """Rebase changes on the current items where these have the values that `past` had left.

    A later edit that was itself undone, so that the values are equal again, does not conflict with an undo. An item that
    was removed and added again under the same id is another one, whatever its values.
    """
    left = _left_by(past)
    return [attrs.evolve(one, change=_rebased(one.change, left, known)) for one in changes]


def _rebased(
    change: Change,
    left: Mapping[str, Mapping[str, object]],
    known: Mapping[ItemId, Known],
) -> Change:
    if not isinstance(change, ChangeItem | RemoveItem):
        return change
    item, expected = known.get(change.item_id), left.get(change.item_id, {})
    if not isinstance(item, Item) or change.base is None or item.born > change.base:
        return change
    current = item.flat()
    names = expected.keys() if isinstance(change, ChangeItem) else expected.keys() | current.keys()
    is_equal = all(equal(expected.get(name), current.get(name)) for name in names)
    return attrs.evolve(change, base=item.version) if is_equal else change


def _left_by(past: Sequence[PastChange]) -> Mapping[str, Mapping[str, object]]:
    """Items after these changes; of an item that existed before, only the changed fields."""
    left: dict[str, dict[str, object]] = {}
    for event in past:
        fold(left, event.event_type, event.item_id, event.data)
        if event.event_type in ("item_updated", "field_changed"):
            left.setdefault(event.item_id, {}).update(event.data)
    return left


def _of_item(item_id: ItemId, changes: Sequence[PastChange]) -> Change | None:
    existed = changes[0].event_type != "item_added"
    exists = changes[-1].event_type != "item_removed"
    if not existed:
        return RemoveItem(item_id, REASON, base=changes[-1].seq) if exists else None
    if not exists:
        removed = next(change for change in changes if change.event_type == "item_removed")
        return AddItem(item_id, _fields_before(changes), restores=True, place=removed.place)
    earlier = _values_before(changes)
    if any(
        change.event_type == "item_removed" for change in changes
    ):  # another one took its place and its id
        replaced = dict.fromkeys(name for name in _left_by(changes)[item_id] if name != "id")
        earlier = {**replaced, **_fields_before(changes)}
    return ChangeItem(
        item_id, set=cast("Mapping[str, Value | None]", earlier), base=changes[-1].seq, on_conflict="reject"
    )


def _fields_before(changes: Sequence[PastChange]) -> dict[str, Value | None]:
    """Fields of an item that existed before and was removed in the end."""
    removed = next(change for change in changes if change.event_type == "item_removed")
    before_it = changes[: changes.index(removed)]
    if removed.before is None:
        raise DamagedError(
            f"item {removed.item_id} cannot be restored: its row in the store was damaged before it was removed at "
            f"{removed.seq}; add it again with the values that its history has, or restore a backup",
            item_id=removed.item_id,
            seq=removed.seq,
        )
    fields = {**removed.before, **_values_before(before_it)}
    return {name: cast("Value | None", value) for name, value in fields.items() if name != "id"}


def _values_before(changes: Sequence[PastChange]) -> dict[str, object]:
    """Values of the changed fields before their first change; None: no value."""
    values: dict[str, object] = {}
    for change in changes:
        if change.event_type in ("item_updated", "field_changed"):
            for name in change.data:
                values.setdefault(name, (change.before or {}).get(name))
    return values


def items_before(
    items: Iterable[Item], past: Sequence[PastChange], places: Mapping[ItemId, Seq]
) -> list[Item]:
    """Revert past changes (ascending by position) in a list of items, where nobody else changed the same fields.

    `places` has the `added` positions of removed items where an older streamd did not record them.
    """
    by_id = {item.id: item for item in items}
    for change in reversed(past):
        item = by_id.get(change.item_id)
        match change.event_type:
            case "item_added":
                by_id.pop(change.item_id, None)
            case "item_removed" if change.before is not None:
                removed = item_of(cast("Mapping[str, Value]", change.before))
                by_id[change.item_id] = attrs.evolve(
                    removed, added=change.place or places.get(removed.id, change.seq)
                )
            case "item_updated" | "field_changed" if item is not None:
                fields = dict(item.fields)
                for name in change.data:
                    value = (change.before or {}).get(name)
                    if value is None:
                        fields.pop(name, None)
                    else:
                        fields[name] = cast("Value", value)
                by_id[change.item_id] = attrs.evolve(item, fields=fields)
            case _:
                pass
    return sorted(by_id.values(), key=lambda item: item.added)
