"""The writer's cache of the items it touched last, so that most decisions need no read."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from streamd.core.item import Item, ItemId, Known, Tombstone
from streamd.ports.store import ItemStore

ItemKey: TypeAlias = tuple[str, ItemId]
"""Workspace and id."""

_MAX_ITEMS: Final = 4_096

_READ_AT_ONCE: Final = 500
"""Items that the store reads at once: commits wait for it."""

LONG_BYTES: Final = 16_384
"""Items with a longer event are not cached: four thousand of them would take too much memory."""


_MARK: Final[ItemKey] = ("", ItemId(""))
"""Stands in the cache where `forget_unused` was called last; no item has this key."""


class ItemCache:
    """The newest committed state of the items touched last. Valid while only one writer commits; else `forget`."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self._items: OrderedDict[ItemKey, Known] = OrderedDict()

    async def read(self, keys: Iterable[ItemKey]) -> dict[ItemKey, Known]:
        """The item of each key, from memory or from the store."""
        items, found = self._items, dict[ItemKey, Known]()
        missing: dict[ItemKey, None] = {}
        for key in keys:
            if key in items:
                found[key] = items[key]
                items.move_to_end(key)
            else:
                missing[key] = None
        wanted = list(missing)
        for first in range(0, len(wanted), _READ_AT_ONCE):
            stored = await self._store.known(wanted[first : first + _READ_AT_ONCE])
            for key in wanted[first : first + _READ_AT_ONCE]:
                found[key] = stored.get(key)
        return found

    def learn(
        self, workspace: str, items: Mapping[ItemId, Item | Tombstone], long: Collection[ItemKey] = ()
    ) -> None:
        """Cache committed items, except the long ones; `read` has moved those that were there to the end."""
        for item_id, item in items.items():
            self._items[workspace, item_id] = item
        for key in long:
            self._items.pop(key, None)
        while len(self._items) > _MAX_ITEMS:
            self._items.popitem(last=False)

    def forget_unused(self) -> None:
        """Drop the items that were not touched since the last call."""
        if _MARK in self._items:
            while self._items.popitem(last=False)[0] != _MARK:
                pass
        self._items[_MARK] = None

    def forget(self) -> None:
        """Empty the cache."""
        self._items.clear()
