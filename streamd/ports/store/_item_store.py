"""The part of the store that holds the current items, and the events about them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import orjson

from streamd.core.item import START, Item, ItemId, Known, Seq
from streamd.core.lists.list_splice import values_before
from streamd.core.run import RunRecord
from streamd.core.undo import PastChange
from streamd.errors import DamagedError
from streamd.facts import frozen

MOST_PAGE_BYTES: Final = 2 * 1024 * 1024
"""Bytes of items, as they are stored, after which a page ends: several times as much as a message may have."""


@frozen
class PastEvent:
    """An item event with the data that undo needs."""

    seq: Seq
    event_type: str
    item_id: ItemId
    body: bytes
    """JSON object without its position."""
    before: bytes | None
    """JSON object as in `NewEntry`; None where it was not recorded."""


@frozen
class DamagedEvent:
    """An item event that cannot be read: its row in the store is damaged."""

    seq: Seq

    def refusal(self) -> DamagedError:
        """The answer to whoever wants it undone."""
        return DamagedError(
            f"event {self.seq} cannot be read, nor undone: its row in the store is damaged; edit its item by hand, "
            "or restore a backup",
            seq=self.seq,
        )


def page_length(events: Sequence[PastEvent | DamagedEvent], limit: int) -> int:
    """Count the events that make a page: up to the one that reaches `MOST_PAGE_BYTES`."""
    size = 0
    for number, one in enumerate(events[:limit], 1):
        size += 0 if isinstance(one, DamagedEvent) else len(one.body) + len(one.before or b"")
        if size >= MOST_PAGE_BYTES:
            return number
    return min(len(events), limit)


def past_change(event: PastEvent) -> PastChange:
    """Decode an item event for undo."""
    body = orjson.loads(event.body)
    before, place = None if event.before is None else orjson.loads(event.before), None
    if event.event_type == "item_removed" and before is not None and "id" not in before:
        # streamd 0.1 recorded the flat item alone, which always has its id.
        before, place = before["item"], before["added"]
    elif event.event_type in ("item_updated", "field_changed") and before is not None and "id" in before:
        before = {name: before.get(name) for name in body["data"]}
    elif before is not None:
        before = values_before(before, body["data"])
    first = Seq(body.get("change", event.seq))
    return PastChange(event.seq, event.event_type, event.item_id, body["data"], before, place, first)


def whole_change(events: list[PastEvent]) -> list[PastEvent]:
    """Return the events of a change if the first of them is among them; else part of it is forgotten, and none can be undone."""
    return events if events and past_change(events[0]).first == events[0].seq else []


class ItemsThen(Protocol):
    """The items as of an earlier position, kept where they take little memory; freed with the last reference to them."""

    def blocks(self, after: Seq = START) -> Iterator[Sequence[Item]]:
        """Read the items whose `added` is above `after`, in that order and in blocks. Their versions are not of that position.

        Called in any thread; it may take long.
        """


VisitBodies: TypeAlias = Callable[[Sequence[bytes]], object]
"""Takes a block of flat items as JSON objects."""

VisitItems: TypeAlias = Callable[[Sequence[Item]], bool]
"""Takes a block of items; returns whether it wants more."""

VisitEvents: TypeAlias = Callable[[Sequence[PastEvent]], None]
"""Takes a block of item events."""


class ItemStore(Protocol):
    """Items, and the events about them within retention. Reads leave out items whose rows are damaged."""

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        """Read the item or tombstone of each (workspace, id). Ids that never existed may be left out."""

    async def ids_beginning(self, workspace: str, prefix: str, limit: int) -> Sequence[ItemId]:
        """Read up to `limit` ids of present items that begin so (ASCII), in the order of their bytes."""

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        """Hand all items (of these types) to `visit`, in the order they were added and in blocks.

        All are as they stood at one instant, whose position is returned. `visit` is called in another thread.
        """

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        """Read all items (of these types), in the order they were added."""

    def unreadable(self, workspace: str, item_types: frozenset[str] | None = None) -> int:
        """Count the items (of these types) that reads have left out so far because their rows are damaged."""

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        """Read up to `limit` items (of a type) whose `added` is above `after`, in that order.

        Fewer where they are long: it may end with the item that reaches `MOST_PAGE_BYTES`, but not with the first one.
        """

    async def scan(
        self,
        workspace: str,
        item_type: str | None,
        visit: VisitItems,
        *,
        after: Seq = START,
        words: Sequence[str] | None = None,
    ) -> Seq:
        """Hand items (of a type) whose `added` is above `after` to `visit`, in that order and in blocks, until it returns False.

        With `words`, as `core.lists.item_words.search_words` makes them, only those that have all of them in their ids and texts
        (not in their numbers). All are as they stood at one instant, whose position is returned. `visit` is called in another thread.
        """

    async def events_of_run(self, run: RunRecord, visit: VisitEvents) -> None:
        """Hand the item events within retention that this run caused (not those of a run it resumes) to `visit`.

        They come ascending and in blocks, as they stood at one instant. `visit` is called in another thread.
        """

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        """Read one item event; None when there is none at this position, or when it was removed."""

    async def events_of_change(self, workspace: str, seq: Seq) -> Sequence[PastEvent]:
        """Read all events of the change with an item event at this position, ascending; empty where one was removed."""

    async def history(
        self, workspace: str, item_id: ItemId, before: Seq | None, limit: int
    ) -> Sequence[PastEvent | DamagedEvent]:
        """Read the newest events of an item within retention (below position `before`), newest first.

        Fewer where they are long, but more than make a page (`page_length`) where there are more. Damaged ones are among them where they
        name the item, or none that can be read.
        """

    async def items_at(self, workspace: str, seq: Seq) -> ItemsThen | None:
        """Put all items together as they were after the event at `seq`; None where later events were removed.

        Takes long where there are many items or many later events.
        """
