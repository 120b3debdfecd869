"""The journal's queue: writes in the order of submission, taken in groups by two lanes.

The long lane has the writes that take long to decide, and whatever comes after them in the same workspace, so that the
order within a workspace is that of submission; the writes of all others pass in the short lane meanwhile.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from streamd.engine.journal.writes import Barrier, ItemWrite, Write

_QUEUED_BYTES_MAX: Final = 16 * 1024 * 1024
_GROUP_BYTES_MAX: Final = 2 * 1024 * 1024
"""Size of the writes that are committed together; the last of them may be larger."""
_LONG_WEIGHT: Final = 65_536
"""Writes that weigh more take so many milliseconds to decide and to commit that others notice."""
_LONG_GROUP_WEIGHT: Final = 1024 * 1024
"""Of those that the long lane commits together: others have to wait while SQLite writes them."""


class WriteQueue:
    """Writes that wait to be decided and committed."""

    def __init__(self, *, batch_max: int, queue_max: int) -> None:
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: deque[Write] = deque()
        self._long: deque[Write] = deque()
        """Those of the long lane that nobody has taken yet."""
        self._held: Counter[str] = Counter()
        """By workspace, its writes in the long lane that are not committed yet."""
        self._bytes = 0
        self._filled = asyncio.Event()
        self._long_filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.sealed = False
        """Whether nothing more comes."""

    @property
    def full(self) -> bool:
        """Whether callers that can wait should wait for `room`."""
        return len(self) >= self._queue_max or self._bytes >= _QUEUED_BYTES_MAX

    @property
    def overfull(self) -> bool:
        """Whether even callers that cannot wait are refused."""
        return len(self) >= self._queue_max * 2

    def __len__(self) -> int:
        return len(self._queue) + len(self._long)

    async def room(self) -> None:
        """Wait until the queue is no longer full."""
        while self.full and not self.sealed:
            await self._room.wait()  # all waiters wake at once, and the first may fill the queue again

    def add(self, write: Write) -> None:
        """Append a write."""
        self._queue.append(write)
        self._bytes += write.size
        self._filled.set()
        if self.full:
            self._room.clear()

    def seal(self) -> None:
        """Have the lanes end when they have taken all that is there."""
        self.sealed = True
        self._filled.set()
        self._long_filled.set()
        self._room.set()

    async def next_group(self) -> Sequence[Write]:
        """Take what the short lane commits next, when that of before is committed; nothing once all is taken."""
        while True:
            while not self._queue:
                if self.sealed:
                    self._long_filled.set()
                    return ()
                self._filled.clear()
                await self._filled.wait()
            if not self.full:
                self._room.set()
            if writes := self._take_short():
                return writes

    def _take_short(self) -> Sequence[Write]:
        """Take writes: as many as one transaction, and the memory that it takes, should have."""
        queue, held = self._queue, self._held
        writes: list[Write] = []
        size = 0
        while queue and len(writes) < self._batch_max and size < _GROUP_BYTES_MAX:
            write = queue[0]
            if _is_long(write) or (held and _waits_for(write, held)):
                if writes:
                    break  # what was before it, perhaps in the same workspace, is committed first
                held[write.workspace] += 1
                self._long.append(queue.popleft())
                self._long_filled.set()
                continue
            size += write.size
            writes.append(queue.popleft())
        self._bytes -= size
        return writes

    async def next_long_group(self) -> Sequence[Write]:
        """Take what the long lane commits next, when that of before is released; nothing once all is taken."""
        while not self._long:
            if self.sealed and not self._queue:
                return ()
            self._long_filled.clear()
            await self._long_filled.wait()
        writes: list[Write] = []
        weight = 0
        while self._long and len(writes) < self._batch_max and weight < _LONG_GROUP_WEIGHT:
            write = self._long.popleft()
            weight += write.weight if isinstance(write, ItemWrite) else write.size
            writes.append(write)
        self._bytes -= sum(write.size for write in writes)
        if not self.full:
            self._room.set()
        return writes

    def release(self, writes: Sequence[Write]) -> None:
        """Let what comes after these writes of the long lane go its own way: they are committed, or refused."""
        for write in writes:
            self._held[write.workspace] -= 1
            if not self._held[write.workspace]:
                del self._held[write.workspace]


def _is_long(write: Write) -> bool:
    """Whether others would have to wait for its decision."""
    return isinstance(write, ItemWrite) and write.weight > _LONG_WEIGHT


def _waits_for(write: Write, held: Counter[str]) -> bool:
    """Whether a write comes after one of the long lane. A barrier without a workspace comes after all."""
    return write.workspace in held or (not write.workspace and isinstance(write, Barrier))
