"""The event queue: committed batches between the journal's writer and the broadcaster."""

import asyncio
from collections import deque
from collections.abc import Sequence

from streamd.engine.journal.writes import CommittedBatch


class EventQueue:
    """A bounded FIFO queue: when it is full the writer waits, and with it all later writes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._batches: deque[CommittedBatch] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    async def put(self, batch: CommittedBatch) -> None:
        """Append a batch, after waiting while the queue is full."""
        await self._room.wait()
        self._batches.append(batch)
        self._bytes += batch.size
        self._filled.set()
        if self._bytes >= self._max_bytes:
            self._room.clear()

    async def take(self) -> Sequence[CommittedBatch]:
        """Take all queued batches, at least one; an empty sequence once the queue is closed and empty."""
        while not self._batches:
            if self._closed:
                return ()
            self._filled.clear()
            await self._filled.wait()
        taken, self._batches = self._batches, deque()
        self._bytes = 0
        self._room.set()
        return taken

    def close(self) -> None:
        """Close the queue. Queued batches can still be taken."""
        self._closed = True
        self._filled.set()
