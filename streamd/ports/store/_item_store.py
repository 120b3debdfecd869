"""The part of the store that holds items as they are now, and what was done to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import attrs
import orjson

from streamd.core.decide import Known
from streamd.core.item import Item, ItemId, Seq, item_of
from streamd.core.run import RunRecord
from streamd.core.undo import PastChange


@attrs.frozen
class PastEvent:
    """An item event as undoing needs it."""

    seq: Seq
    event_type: str
    item_id: ItemId
    body: bytes
    """JSON object without its position."""
    before: bytes | None
    """JSON object of the values before; None where nothing is known of them."""


def past_change(event: PastEvent) -> PastChange:
    """Decode an item event for undo."""
    body = orjson.loads(event.body)
    before, place = None if event.before is None else orjson.loads(event.before), None
    if event.event_type == "item_removed" and before is not None and "id" not in before:
        # streamd 0.1 recorded the flat item alone, which always has its id.
        before, place = before["item"], before["added"]
    first = Seq(body.get("change", event.seq))
    return PastChange(event.seq, event.event_type, event.item_id, body["data"], before, place, first)


@attrs.frozen
class PastItem:
    """An item as it was."""

    added: Seq
    """Its place in the order of items."""
    body: bytes
    """Flat item as a JSON object."""

    @classmethod
    def of(cls, item: Item) -> "PastItem":
        """Encode an item."""
        return cls(item.added, orjson.dumps(item.flat()))

    def item(self) -> Item:
        """Decode the item. Its versions are not known."""
        return item_of(orjson.loads(self.body), version=self.added)


@attrs.frozen
class Snapshot:
    """All items of a workspace at one instant."""

    seq: Seq
    """The last position whose event is contained."""
    items: Sequence[bytes]
    """Flat items as JSON objects, in the order they were added."""


class ItemStore(Protocol):
    """Items, and the events about them that are still kept. Reads leave out items whose rows are damaged."""

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        """What stands under each (workspace, id). Ids that were never there may be left out."""

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None = None) -> Snapshot:
        """All items (of these types) and the position they stand at."""

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        """All items (of these types), in the order they were added."""

    def unreadable(self, workspace: str, item_types: frozenset[str] | None = None) -> int:
        """How many items (of these types) reads have left out until now, because their rows are damaged."""

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        """Up to `limit` items (of a type) whose `added` is above `after`, in that order."""

    async def events_of_run(self, run: RunRecord) -> Sequence[PastEvent]:
        """The item events that this run (not one it resumes) caused and that are still kept, ascending."""

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        """One item event, or None when there is none at this position, or no more."""

    async def events_of_change(self, workspace: str, seq: Seq) -> Sequence[PastEvent]:
        """All events of the change that has an item event at this position, ascending; none where that is not kept."""

    async def history(
        self, workspace: str, item_id: ItemId, before: Seq | None, limit: int
    ) -> Sequence[PastEvent]:
        """The newest events of an item that are still kept (below position `before`), newest first."""

    async def items_at(self, workspace: str, seq: Seq) -> Sequence[PastItem] | None:
        """All items as they were after the event at `seq`, in the order they were added; None where later events are not kept.

        Takes long where there are many items or many later events.
        """
