"""The writer's indexes of related items, one for each workspace that has been written to, read when they are first needed."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from streamd.core.declared.relations import ItemIndex
from streamd.core.item_type import ItemTypes
from streamd.ports.store import ItemStore

_MAX_ITEMS: Final = 500_000
"""Items in all indexes together; then those of the workspaces that were used longest ago go."""

_ITEMS_AT_ONCE: Final = 1_000
"""Items that are indexed before the event loop gets a turn."""


class ItemIndexes:
    """Indexes of committed state. Valid while only one writer commits; else `forget`."""

    def __init__(self, store: ItemStore, types: ItemTypes) -> None:
        self._store = store
        self._types = types
        self._indexes: OrderedDict[str, ItemIndex] = OrderedDict()

    async def read(self, workspaces: Iterable[str]) -> Mapping[str, ItemIndex]:
        """The index of each workspace; of none where no declared type relates items."""
        if not self._types.related:
            return {}
        found: dict[str, ItemIndex] = {}
        for workspace in workspaces:
            index = self._indexes.get(workspace)
            if index is None:
                index = self._indexes[workspace] = await self._read(workspace)
            self._indexes.move_to_end(workspace)
            found[workspace] = index
        while sum(map(len, self._indexes.values())) > _MAX_ITEMS and len(self._indexes) > len(found):
            self._indexes.popitem(last=False)
        return found

    async def _read(self, workspace: str) -> ItemIndex:
        index = ItemIndex(self._types)
        for number, item in enumerate(await self._store.items(workspace, self._types.related), 1):
            index.replace(None, item)
            if number % _ITEMS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return index

    def forget(self) -> None:
        """Empty the indexes: they are read again when they are needed."""
        self._indexes.clear()
