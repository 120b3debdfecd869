"""Items as they were at earlier positions, reconstructed once for all pages of a list."""

import asyncio
from collections.abc import Sequence
from typing import Final

from streamd.core.item import Seq
from streamd.ports.store import ItemStore, PastItem

_MAX_CACHED: Final = 2
"""They may be long, and are seldom asked for."""


class PastItems:
    """Caches the items of a few workspaces at a few positions."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self._cached: dict[tuple[str, Seq], Sequence[PastItem]] = {}
        """By workspace and position: what was there never changes."""
        self._used: set[tuple[str, Seq]] = set()
        self._reading = asyncio.Lock()
        """One at a time: each reads all items, and all that was done to them since."""

    async def at(self, workspace: str, seq: Seq) -> Sequence[PastItem] | None:
        """All items after the event at `seq`, as the store's `items_at`."""
        key = (workspace, seq)
        if key not in self._cached:
            async with self._reading:
                if key not in self._cached:
                    found = await self._store.items_at(workspace, seq)
                    if found is None:
                        return None
                    if len(self._cached) >= _MAX_CACHED:
                        self._cached.pop(next(iter(self._cached)))
                    self._cached[key] = found
        self._used.add(key)
        return self._cached[key]

    def forget_unused(self) -> None:
        """Drop what was not used since the last call."""
        self._cached = {key: cached for key, cached in self._cached.items() if key in self._used}
        self._used.clear()
