"""Undo: compensating changes for past ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import cast

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.event import ITEM_EVENT_TYPES, fold
from streamd.core.item import START, Item, ItemId, Known, Seq, item_of
from streamd.core.values import Value, equal
from streamd.errors import DamagedError
from streamd.facts import define, frozen

REASON = "undo"


@frozen
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


@frozen
class Compensation:
    """A change that takes past ones back."""

    change: Change
    undoes: tuple[Seq, ...]
    """Positions of the events that it takes back."""


@define
class _PastOfItem:
    """The past changes of one item, as far as undo needs them: not what they set, only what was before."""

    item_id: ItemId
    existed: bool
    """Whether there was one with this id before them."""
    seqs: list[Seq] = attrs.field(factory=list)
    exists: bool = False
    """Whether there was one after them."""
    earlier: dict[str, object] = attrs.field(factory=dict)
    """Values of changed fields before their first change, of the item that was there before; None: no value."""
    removed: PastChange | None = None
    """The removal of the item that was there before."""
    replaced: dict[str, None] = attrs.field(factory=dict)
    """Names of the fields of another one that took its place and its id."""

    def add(self, change: PastChange) -> None:
        """Add the next change."""
        self.seqs.append(change.seq)
        self.exists = change.event_type != "item_removed"
        if not self.existed:
            return
        match change.event_type:
            case "item_removed":
                self.replaced.clear()
                self.removed = self.removed or change
            case "item_added":
                self.replaced = dict.fromkeys(change.data)
            case _ if self.removed is not None:
                self.replaced |= dict.fromkeys(change.data)
            case _:
                for name in change.data:
                    self.earlier.setdefault(name, (change.before or {}).get(name))

    def shortened(self) -> Iterator[PastChange]:
        """Give changes, ascending, that come to the same as these, taken back."""
        first, last = self.seqs[0], self.seqs[-1]
        if self.earlier:
            yield PastChange(first, "item_updated", self.item_id, dict.fromkeys(self.earlier), self.earlier)
        if self.removed is not None:
            yield self.removed
        if self.exists and (self.removed is not None or not self.existed):
            yield PastChange(last, "item_added", self.item_id, {}, None)


class Past:
    """Past changes in what undo needs of them. However many there are, it has a position of each and little of each item."""

    def __init__(self, changes: Iterable[PastChange] = ()) -> None:
        self._items: dict[ItemId, _PastOfItem] = {}
        self.add(changes)

    def add(self, changes: Iterable[PastChange]) -> None:
        """Add the next changes, ascending by position. Custom events are ignored."""
        for change in changes:
            if change.event_type in ITEM_EVENT_TYPES:
                past = self._items.get(change.item_id)
                if past is None:
                    existed = change.event_type != "item_added"
                    past = self._items[change.item_id] = _PastOfItem(change.item_id, existed)
                past.add(change)

    @property
    def seqs(self) -> Iterator[Seq]:
        """The positions of all of them."""
        for past in self._items.values():
            yield from past.seqs

    @property
    def items(self) -> Sequence[_PastOfItem]:
        """The items that they changed, the one that was changed last first."""
        return sorted(self._items.values(), key=lambda past: past.seqs[-1], reverse=True)

    def shortened(self) -> list[PastChange]:
        """Build fewer changes that come to the same, for `items_before`."""
        return [change for past in self._items.values() for change in past.shortened()]


def compensation(past: Past) -> list[Compensation]:
    """Build the changes that undo past ones, one per item.

    Removed items are restored first, in the order in which they were listed; then come the others, the last change first.
    The base of each is the last of its item's past changes: a later edit of the same field, or any later edit of an item
    that would be removed, is a conflict. Raises DamagedError where an item could not be read any more when it was removed.
    """
    found = [
        Compensation(change, tuple(one.seqs))
        for one in past.items
        if (change := _compensating(one)) is not None
    ]
    return sorted(found, key=_listed_place)


def _listed_place(compensating: Compensation) -> tuple[bool, Seq]:
    change = compensating.change
    return (False, change.place or START) if isinstance(change, AddItem) else (True, START)


class Left:
    """The values that past changes left in some items; of one that existed before, only those of the changed fields."""

    def __init__(self, ids: AbstractSet[ItemId]) -> None:
        self._ids = ids
        self.values: dict[str, dict[str, object]] = {}

    def add(self, changes: Iterable[PastChange]) -> None:
        """Add the next changes, ascending by position."""
        for change in changes:
            if change.item_id in self._ids:
                fold(self.values, change.event_type, change.item_id, change.data)
                if change.event_type in ("item_updated", "field_changed"):
                    self.values.setdefault(change.item_id, {}).update(change.data)


def rebased(changes: Sequence[Compensation], left: Left, known: Mapping[ItemId, Known]) -> list[Compensation]:
    """Rebase changes on the current items where these have the values that the past changes had left.

    A later edit that was itself undone, so that the values are equal again, does not conflict with an undo. An item that
    was removed and added again under the same id is another one, whatever its values.
    """
    return [attrs.evolve(one, change=_rebased(one.change, left.values, known)) for one in changes]


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


def _compensating(past: _PastOfItem) -> Change | None:
    item_id, base, removed = past.item_id, past.seqs[-1], past.removed
    if not past.existed:
        return RemoveItem(item_id, REASON, base=base) if past.exists else None
    earlier = past.earlier
    if removed is not None:
        earlier = {**_removed_fields(removed), **earlier}
        if not past.exists:
            fields = cast("Mapping[str, Value | None]", earlier)
            return AddItem(item_id, fields, restores=True, place=removed.place)
        # Another one took its place and its id.
        earlier = {**{name: None for name in past.replaced if name != "id"}, **earlier}
    return ChangeItem(
        item_id, set=cast("Mapping[str, Value | None]", earlier), base=base, on_conflict="reject"
    )


def _removed_fields(removed: PastChange) -> dict[str, object]:
    if removed.before is None:
        raise DamagedError(
            f"item {removed.item_id} cannot be restored: its row in the store was damaged before it was removed at "
            f"{removed.seq}; add it again with the values that its history has, or restore a backup",
            item_id=removed.item_id,
            seq=removed.seq,
        )
    return {name: value for name, value in removed.before.items() if name != "id"}


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
