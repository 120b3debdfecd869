"""The journal's queue: writes are taken in groups by two lanes, in the order of each flow, and in turns where many wait.

The long lane has the writes that take long to decide, and what is taken with them of the same workspace; the rest of that
workspace waits until they are committed, and the writes of all others pass in the short lane meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from streamd.core.principal import Flow
from streamd.engine.journal._fair_order import FairOrder, FlowPath, is_long
from streamd.engine.journal.writes import ItemWrite, Write

_QUEUED_BYTES_MAX: Final = 16 * 1024 * 1024
_LAST_TIMES: Final = 4
"""At so many times the bounds everybody waits, also those who have nothing in the queue."""
_GROUP_BYTES_MAX: Final = 2 * 1024 * 1024
"""Size of the writes that are committed together; the last of them may be larger."""
_LONG_GROUP_WEIGHT: Final = 1024 * 1024
"""Of those that the long lane commits together: others have to wait while SQLite writes them."""


class WriteQueue:
    """Writes that wait to be decided and committed."""

    def __init__(self, *, batch_max: int, queue_max: int) -> None:
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._arrived: deque[Write] = deque()
        """Those that nobody has sorted yet: where all fit into one group, nobody has to."""
        self._has_long = False
        """Whether one of them is for the long lane."""
        self._order = FairOrder(batch_max)
        self._long: deque[list[Write]] = deque()
        """Those of the long lane that nobody has taken yet; of a workspace at most one list."""
        self._count = 0
        self._bytes = 0
        self._filled = asyncio.Event()
        self._long_filled = asyncio.Event()
        self._rooms: dict[tuple[str, Flow], asyncio.Event] = {}
        """What those wait for that want to add more, by workspace and flow."""
        self.sealed = False
        """Whether nothing more comes."""

    def __len__(self) -> int:
        return self._count

    # ── the bounds ───────────────────────────────────────────────────────────────────────────────────────────────────

    def is_full(self, workspace: str, flow: Flow) -> bool:
        """Whether a flow should wait for `room`: the queue is full, and the flow has its share in it."""
        return (self._count >= self._queue_max or self._bytes >= _QUEUED_BYTES_MAX) and self._exceeds(
            workspace, flow, 1
        )

    def is_overfull(self, workspace: str, flow: Flow) -> bool:
        """Whether a flow is refused even if it cannot wait."""
        return self._count >= self._queue_max * 2 and self._exceeds(workspace, flow, 2)

    def _exceeds(self, workspace: str, flow: Flow, times: int) -> bool:
        count, size = self._queue_max * times, _QUEUED_BYTES_MAX * times
        if self._count >= count * _LAST_TIMES or self._bytes >= size * _LAST_TIMES:
            return True
        self._sort()
        return self._order.exceeds(workspace, flow, count, size)

    async def room(self, workspace: str, flow: Flow) -> None:
        """Wait until the queue is no longer full for a flow."""
        while self.is_full(workspace, flow) and not self.sealed:
            key = workspace, flow
            if key not in self._rooms:
                self._rooms[key] = asyncio.Event()
            await self._rooms[key].wait()  # all who wait for it wake at once, and the first may fill it again

    def _give_room(self) -> None:
        for key in [key for key in self._rooms if not self.is_full(*key)]:
            self._rooms.pop(key).set()

    # ── the lanes ────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, write: Write) -> None:
        """Append a write."""
        self._arrived.append(write)
        self._count += 1
        self._bytes += write.size
        if is_long(write):
            self._has_long = True
        self._filled.set()

    def seal(self) -> None:
        """Have the lanes end when they have taken all that is there."""
        self.sealed = True
        self._filled.set()
        self._long_filled.set()
        for room in self._rooms.values():
            room.set()

    @property
    def _is_done(self) -> bool:
        """Whether nothing waits, and nothing will."""
        return self.sealed and not (self._arrived or self._order)

    async def next_group(self) -> Sequence[Write]:
        """Take what the short lane commits next, when that of before is committed; nothing once all is taken."""
        while True:
            if writes := self._take_short():
                return writes
            if self._is_done:
                self._long_filled.set()
                return ()
            self._filled.clear()
            await self._filled.wait()

    def _take_short(self) -> Sequence[Write]:
        """Take writes: as many as one transaction, and the memory that it takes, should have."""
        if (
            not self._order
            and not self._has_long
            and self._count <= self._batch_max
            and self._bytes < _GROUP_BYTES_MAX
        ):
            writes, size = list(self._arrived), self._bytes
            self._arrived.clear()
        else:
            writes, size = self._take_in_turns()
        self._taken(len(writes), size)
        return writes

    def _take_in_turns(self) -> tuple[list[Write], int]:
        self._sort()
        order, writes, size = self._order, list[Write](), 0
        begun: set[str] = set()
        aside: list[FlowPath] = []
        while size < _GROUP_BYTES_MAX and (turn := order.next) is not None:
            waiting = turn[-1].waiting[0]
            if writes and len(writes) + len(waiting.writes) > self._batch_max:
                break
            if not waiting.is_long:
                order.take(turn)
                begun.add(waiting.workspace)
                size += waiting.size
                writes += waiting.writes
            elif waiting.workspace in begun:
                order.set_aside(turn)  # what was before it in its workspace is committed first
                aside.append(turn)
            else:
                self._long.append(order.take_held(turn, most=self._batch_max, weight=_LONG_GROUP_WEIGHT))
                self._long_filled.set()
        for turn in aside:
            order.put_back(turn)
        writes += order.passed_barriers()
        return writes, size

    def _sort(self) -> None:
        self._order.add(self._arrived)
        self._arrived.clear()
        self._has_long = False

    async def next_long_group(self) -> Sequence[Write]:
        """Take what the long lane commits next, when that of before is released; nothing once all is taken."""
        while not self._long:
            if self._is_done:
                return ()
            self._long_filled.clear()
            await self._long_filled.wait()
        writes: list[Write] = []
        weight = 0
        while self._long and len(writes) < self._batch_max and weight < _LONG_GROUP_WEIGHT:
            more = self._long.popleft()
            weight += sum(write.weight if isinstance(write, ItemWrite) else write.size for write in more)
            writes += more
        self._taken(len(writes), sum(write.size for write in writes))
        return writes

    def release(self, writes: Sequence[Write]) -> None:
        """Go on with the workspaces of these writes of the long lane: they are committed, or refused."""
        for workspace in {write.workspace for write in writes}:
            self._order.release(workspace)
        self._filled.set()

    def _taken(self, count: int, size: int) -> None:
        self._count -= count
        self._bytes -= size
        if self._rooms:
            self._give_room()
