"""Shared items: the items of a workspace, read once for all runs that start at the same position."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from weakref import WeakValueDictionary

import attrs

from streamd.core.declared.relations import with_names
from streamd.core.declared.removals import Referring, references_against_removal
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import workspace_stream
from streamd.ports.store import Store


@attrs.define(eq=False)
class Reading:
    """All items of a workspace. Cached only while some run uses it."""

    top: Seq
    """A position whose event is included; it was read first, so later events may be included, too."""
    items: Sequence[Item]
    """With names in their references, where these are clear: agents and people speak of items by name."""
    names: Mapping[ItemId, str]
    stored: Sequence[Item] = ()
    """The same with ids in their references."""
    referring: Referring = attrs.field(factory=Referring)
    """The references that stand against the removal of items."""

    @cached_property
    def places(self) -> Mapping[ItemId, Seq]:
        """The place of each item in the order of all: the position of the event that added it."""
        return {item.id: item.added for item in self.items}


class SharedItems:
    """Reads the store when something changed, and returns the last reading when nothing did."""

    def __init__(self, store: Store, types: ItemTypes) -> None:
        self._store = store
        self._types = types
        self._newest: WeakValueDictionary[str, Reading] = WeakValueDictionary()
        self._pending: dict[tuple[str, Seq], asyncio.Future[Reading]] = {}

    async def read(self, workspace: str) -> Reading:
        """Read the current items, in the order they were added."""
        top = (await self._store.span(workspace_stream(workspace))).top
        while True:
            newest = self._newest.get(workspace)
            if newest is not None and newest.top == top:
                return newest
            pending = self._pending.get((workspace, top))
            if pending is None:
                return await self._read(workspace, top)
            await asyncio.wait([pending])
            if not pending.cancelled():
                return pending.result()
            # The reader was cancelled: another caller has to read.

    async def _read(self, workspace: str, top: Seq) -> Reading:
        pending: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._pending[workspace, top] = pending
        try:
            stored = await self._store.items(workspace)
            items = with_names(stored, self._types, stored)
            reading = Reading(
                top,
                items,
                {item.id: item.name for item in items},
                stored,
                references_against_removal(stored, self._types),
            )
            self._newest[workspace] = reading
            pending.set_result(reading)
            return reading
        finally:
            del self._pending[workspace, top]
            pending.cancel()
