"""The part of the store that holds items as they are now, and what was done to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from streamd.core.decide import Known
from streamd.core.item import Item, ItemId, Seq
from streamd.core.run import RunRecord


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
        """The item events that this run (not one it resumes) caused and that are still kept, ascending.

        Of a run that has ended only what was told from its beginning to its end is looked at, a few seconds more on both
        sides.
        """

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        """One item event, or None when there is none at this position, or no more."""
