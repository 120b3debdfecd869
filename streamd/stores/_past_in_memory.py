"""Finds item events of the past among entries in memory; each function is the store's method of its name or does its work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import orjson

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import START, Item, ItemId, Seq
from streamd.core.run import RunId
from streamd.core.undo import items_before
from streamd.facts import frozen
from streamd.ports.store import NewEntry, PastEvent, VisitEvents, past_change, whole_change
from streamd.stores._items_in_memory import Stored, items

Entries: TypeAlias = Mapping[Seq, NewEntry]
"""The entries of a workspace's stream, ascending."""


def visit_events_of_run(entries: Entries, run_id: RunId, visit: VisitEvents) -> None:
    """Find the events of a run, for `events_of_run`."""
    for one in _from(entries):
        if orjson.loads(one.body).get("run_id") == run_id:
            visit([one])


def event(entries: Entries, seq: Seq) -> PastEvent | None:
    """Find the event at a position."""
    entry = entries.get(seq)
    return None if entry is None or entry.event_type not in ITEM_EVENT_TYPES else _past_event(entry)


def events_of_change(entries: Entries, seq: Seq) -> list[PastEvent]:
    """Find all events of the change that has one at this position."""
    found = event(entries, seq)
    if found is None:
        return []
    first = past_change(found).first
    return whole_change([one for one in _from(entries, first) if past_change(one).first == first])


def history(entries: Entries, item_id: ItemId, before: Seq | None, limit: int) -> Sequence[PastEvent]:
    """Find the newest events of an item."""
    found = [one for one in _from(entries) if one.item_id == item_id and (before is None or one.seq < before)]
    return found[::-1][:limit]


@frozen
class ItemsInMemory:
    """Implements `ItemsThen`."""

    items: Sequence[Item]

    def blocks(self, after: Seq = START) -> Iterator[Sequence[Item]]:
        """Read the items, in one block."""
        yield [item for item in self.items if item.added > after]


def items_at(stored: Stored, entries: Entries, workspace: str, seq: Seq) -> ItemsInMemory:
    """Take the changes after a position back."""
    later = [past_change(one) for one in _from(entries, Seq(seq + 1))]
    return ItemsInMemory(items_before(items(stored, workspace), later, {}))


def _from(entries: Entries, first: Seq = START) -> list[PastEvent]:
    return [
        _past_event(entry)
        for entry in entries.values()
        if entry.seq >= first and entry.event_type in ITEM_EVENT_TYPES
    ]


def _past_event(entry: NewEntry) -> PastEvent:
    item_id = ItemId(orjson.loads(entry.body)["item_id"])
    return PastEvent(entry.seq, entry.event_type, item_id, entry.body, entry.before)
