"""Items as they were at earlier positions, reconstructed once for all pages of a list."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from streamd.core.item import Seq
from streamd.fair_turns import FairTurns
from streamd.ports.store import ItemsThen, ItemStore, current_flow

_MAX_HELD: Final = 2
"""Each may be a large file, and is seldom asked for: whoever asks for a third waits."""

PastKey: TypeAlias = tuple[str, Seq]
"""Workspace and position: what was there never changes."""


class PastItems:
    """Holds the items of a few workspaces at a few positions."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self._held: dict[PastKey, ItemsThen] = {}
        self._in_use: Counter[PastKey] = Counter()
        """How many look at them now."""
        self._used: set[PastKey] = set()
        self._reading = FairTurns(1)
        """One at a time: each reads all items, and all that was done to them since."""
        self._given_back = asyncio.Event()

    @asynccontextmanager
    async def at(self, workspace: str, seq: Seq) -> AsyncIterator[ItemsThen | None]:
        """All items after the event at `seq`, as the store's `items_at`; they are held as long as the block runs."""
        key = (workspace, seq)
        if key not in self._held:
            flow = current_flow()
            async with self._reading.turn(None, *flow.keys):
                if key not in self._held:
                    await self._room()
                    found = await self._store.items_at(workspace, seq)
                    if found is not None:
                        self._held[key] = found
        if key not in self._held:
            yield None
            return
        self._used.add(key)
        self._in_use[key] += 1
        try:
            yield self._held[key]
        finally:
            self._in_use[key] -= 1
            if not self._in_use[key]:
                del self._in_use[key]
                self._given_back.set()

    async def _room(self) -> None:
        """Drop what nobody looks at, or wait until somebody has looked at enough."""
        while len(self._held) >= _MAX_HELD:
            unused = next((key for key in self._held if key not in self._in_use), None)
            if unused is None:
                self._given_back.clear()
                await self._given_back.wait()
            else:
                del self._held[unused]

    def forget_unused(self) -> None:
        """Drop what was not used since the last call."""
        self._held = {
            key: held for key, held in self._held.items() if key in self._used or key in self._in_use
        }
        self._used.clear()
