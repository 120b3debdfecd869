"""The event queue: committed entries between the journal's writer and the broadcaster."""

import asyncio
from collections import deque
from collections.abc import Iterable

from streamd.engine.writes import Committed


class EventQueue:
    """First in, first out, bounded: when it is full the writer waits, and with it everything that wants to write."""

    def __init__(self, max_entries: int) -> None:
        self._max = max_entries
        self._entries: deque[Committed] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    async def put(self, entries: Iterable[Committed]) -> None:
        """Append entries in order; waits first while the queue is full."""
        await self._room.wait()
        self._entries.extend(entries)
        if self._entries:
            self._filled.set()
        if len(self._entries) >= self._max:
            self._room.clear()

    async def take(self) -> Iterable[Committed]:
        """Everything that is there, at least one entry; nothing at all once the queue is closed and empty."""
        while not self._entries:
            if self._closed:
                return ()
            self._filled.clear()
            await self._filled.wait()
        taken, self._entries = self._entries, deque()
        self._room.set()
        return taken

    def close(self) -> None:
        """Nothing more comes. What is there can still be taken."""
        self._closed = True
        self._filled.set()
