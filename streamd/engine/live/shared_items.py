"""Shared items: the items of a workspace as runs read them, once for all runs that begin at the same position."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from weakref import WeakValueDictionary

import attrs

from streamd.core.item import Item, ItemId, Seq
from streamd.core.position import workspace_stream
from streamd.ports.store import Store


@attrs.define(eq=False)
class Reading:
    """All items of a workspace. Kept only for as long as some run uses it."""

    top: Seq
    """A position whose event is contained; the position was read first, so later ones may be contained, too."""
    items: Sequence[Item]
    names: Mapping[ItemId, str]

    @cached_property
    def places(self) -> Mapping[ItemId, Seq]:
        """Where each stands in the order of all: the position of the event that added it."""
        return {item.id: item.added for item in self.items}


class SharedItems:
    """Reads the store when something changed, and hands out the last reading when nothing did."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: WeakValueDictionary[str, Reading] = WeakValueDictionary()
        self._coming: dict[tuple[str, Seq], asyncio.Future[Reading]] = {}

    async def read(self, workspace: str) -> Reading:
        """The items as they are now, in the order they were added."""
        top = (await self._store.span(workspace_stream(workspace))).top
        while True:
            newest = self._newest.get(workspace)
            if newest is not None and newest.top == top:
                return newest
            coming = self._coming.get((workspace, top))
            if coming is None:
                return await self._read(workspace, top)
            await asyncio.wait([coming])
            if not coming.cancelled():
                return coming.result()
            # Whoever was reading went away; somebody else has to.

    async def _read(self, workspace: str, top: Seq) -> Reading:
        coming: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._coming[workspace, top] = coming
        try:
            items = await self._store.items(workspace)
            reading = Reading(top, items, {item.id: item.name for item in items})
            self._newest[workspace] = reading
            coming.set_result(reading)
            return reading
        finally:
            del self._coming[workspace, top]
            coming.cancel()
