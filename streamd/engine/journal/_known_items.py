"""What the writer knows of items: the ones it touched lately, so that most decisions need no read."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from streamd.core.decide import Known
from streamd.core.item import Item, ItemId, Tombstone
from streamd.ports.store import ItemStore

ItemKey: TypeAlias = tuple[str, ItemId]
"""Workspace and id."""

_MAX_ITEMS: Final = 4_096

LONG_BYTES: Final = 16_384
"""Items of which an event is longer than this are read when they are wanted: four thousand of them would be too much."""


class ItemCache:
    """The newest committed state of the items touched last. Right because only one writer commits; else `forget`."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self._items: OrderedDict[ItemKey, Known] = OrderedDict()

    async def read(self, keys: Iterable[ItemKey]) -> dict[ItemKey, Known]:
        """What stands under each key, from memory or from the store."""
        found: dict[ItemKey, Known] = {}
        missing: dict[ItemKey, None] = {}
        for key in keys:
            if key in self._items:
                found[key] = self._items[key]
                self._items.move_to_end(key)
            else:
                missing[key] = None
        if missing:
            stored = await self._store.known(missing)
            for key in missing:
                found[key] = stored.get(key)
        return found

    def learn(
        self, workspace: str, items: Mapping[ItemId, Item | Tombstone], long: Collection[ItemKey] = ()
    ) -> None:
        """Take over what was committed, but for the long ones."""
        for item_id, item in items.items():
            key = (workspace, item_id)
            self._items[key] = item
            self._items.move_to_end(key)
        for key in long:
            self._items.pop(key, None)
        while len(self._items) > _MAX_ITEMS:
            self._items.popitem(last=False)

    def forget(self) -> None:
        """Read everything afresh from now on."""
        self._items.clear()
