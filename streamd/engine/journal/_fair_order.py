"""Fair order: writes that cannot all be taken at once, in turns by workspace, and by flow within each.

The next is always of whoever has used least so far (start-time fair queueing, as in `streamd/fair_turns.py`): what a flow
hands in when it had nothing waiting is among the first, whatever others have waiting. The order within a flow stays.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final, Generic, TypeVar

import attrs

from streamd.engine.journal.writes import Barrier, ItemWrite, Write

_WRITE_BYTES: Final = 1024
"""What any write costs, as if it were so many bytes."""


@attrs.define(eq=False)
class _Share:
    """One of those that take turns."""

    used: float = 0.0
    """Cost of what was taken of it, in bytes; an idle one saves nothing up."""


S = TypeVar("S", bound=_Share)


@attrs.define(eq=False)
class _ByUse(Generic[S]):
    """Those that have something to give, the one that has used least first."""

    ready: list[tuple[float, int, S]] = attrs.field(factory=list)
    floor: float = 0.0
    """What the one had used whose turn it was last."""
    serial: Iterator[int] = attrs.field(factory=count)

    @property
    def first(self) -> S:
        """The next one."""
        return self.ready[0][2]

    def enter(self, share: S) -> None:
        """Have one take turns that did not."""
        share.used = max(share.used, self.floor)
        heappush(self.ready, (share.used, next(self.serial), share))

    def leave(self) -> S:
        """Have the first one take turns no more; what it has used counts when it enters again."""
        self.floor, _, share = heappop(self.ready)
        return share


@attrs.define(eq=False)
class _Flow(_Share):
    waiting: deque[tuple[int, int, Write]] = attrs.field(factory=deque)
    """Number, size and write."""
    size: int = 0


@attrs.define(eq=False)
class Workspace(_Share):
    """What waits of one workspace."""

    name: str = ""
    flows: dict[Hashable, _Flow] = attrs.field(factory=dict)
    barriers: deque[tuple[int, Barrier]] = attrs.field(factory=deque)
    """Those that come after all flows, with their numbers."""
    held_from: int | None = None
    """The least number of its writes in the long lane; None: it has none there."""
    _turns: _ByUse[_Flow] = attrs.field(factory=_ByUse)

    @property
    def next(self) -> Write:
        """The write whose turn it is."""
        return self._turns.first.waiting[0][2]

    @property
    def least(self) -> float:
        """The least number of its writes that are not committed or about to be."""
        numbers = [flow.waiting[0][0] for flow in self.flows.values()]
        return min(numbers if self.held_from is None else [*numbers, self.held_from], default=float("inf"))

    def add(self, number: int, write: Write) -> bool:
        """Add a write at the end of its flow; tells whether that is a new one."""
        flow, size = self.flows.get(write.flow), write.size
        is_new = flow is None
        if flow is None:
            flow = self.flows[write.flow] = _Flow()
            self._turns.enter(flow)
        flow.waiting.append((number, size, write))
        flow.size += size
        return is_new

    def take(self) -> tuple[int, int, Write]:
        """Take the write whose turn it is, with its number and size."""
        flow = self._turns.leave()
        number, size, write = flow.waiting.popleft()
        cost = _WRITE_BYTES + max(size, write.weight if isinstance(write, ItemWrite) else 0)
        flow.used += cost
        flow.size -= size
        self.used += cost
        if flow.waiting:
            self._turns.enter(flow)
        else:
            del self.flows[write.flow]
        return number, size, write


class FairOrder:
    """Writes that wait, of all workspaces."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._turns: _ByUse[Workspace] = _ByUse()
        self._barriers: deque[tuple[int, Barrier]] = deque()
        """Those that come after all writes."""
        self._numbers = count()
        self.flows = 0
        """How many flows have something waiting."""

    def __bool__(self) -> bool:
        """Whether anything waits here, or in the long lane."""
        return bool(self._workspaces or self._barriers)

    @property
    def has_next(self) -> bool:
        """Whether a workspace may have its turn."""
        return bool(self._turns.ready)

    @property
    def next(self) -> Workspace:
        """The workspace whose turn it is."""
        return self._turns.first

    def waiting(self, workspace: str, flow: Hashable) -> tuple[int, int]:
        """How many writes of a flow wait, and how many bytes."""
        found = self._workspaces.get(workspace)
        one = None if found is None else found.flows.get(flow)
        return (0, 0) if one is None else (len(one.waiting), one.size)

    def add(self, write: Write) -> None:
        """Add the write that came last."""
        number = next(self._numbers)
        if isinstance(write, Barrier) and not write.workspace:
            self._barriers.append((number, write))
            return
        workspace = self._workspaces.get(write.workspace)
        if workspace is None:
            workspace = self._workspaces[write.workspace] = Workspace(name=write.workspace)
        if isinstance(write, Barrier) and write.flow is None:
            workspace.barriers.append((number, write))
            return
        had_some = bool(workspace.flows)
        self.flows += workspace.add(number, write)
        if not had_some and workspace.held_from is None:
            self._turns.enter(workspace)

    def take(self) -> tuple[int, Write]:
        """Take the write whose turn it is, with its size."""
        workspace = self._turns.leave()
        _, size, write = self._take_of(workspace)
        if workspace.flows:
            self._turns.enter(workspace)
        else:
            self._forget_empty(workspace)
        return size, write

    def take_held(self, *, most: int, weight: int) -> list[Write]:
        """Take writes of the next workspace up to so many and so much; nothing else of it is taken until its release."""
        workspace = self._turns.leave()
        writes: list[Write] = []
        numbers: list[int] = []
        ends = workspace.used + weight
        while workspace.flows and len(writes) < most and workspace.used < ends:
            number, _, write = self._take_of(workspace)
            numbers.append(number)
            writes.append(write)
        workspace.held_from = min(numbers)
        return writes

    def _take_of(self, workspace: Workspace) -> tuple[int, int, Write]:
        before = len(workspace.flows)
        taken = workspace.take()
        self.flows -= before - len(workspace.flows)
        return taken

    def set_aside(self) -> Workspace:
        """Pass over the next workspace until it is put back."""
        return self._turns.leave()

    def put_back(self, workspace: Workspace) -> None:
        """Have a workspace take its turns again."""
        self._turns.enter(workspace)

    def release(self, name: str) -> None:
        """Go on with a workspace: what was taken of it to be held is committed, or refused."""
        workspace = self._workspaces[name]
        workspace.held_from = None
        if workspace.flows:
            self._turns.enter(workspace)
        else:
            self._forget_empty(workspace)

    def passed_barriers(self) -> Iterator[Barrier]:
        """Take the barriers before which nothing waits any more."""
        for workspace in [one for one in self._workspaces.values() if one.barriers]:
            least = workspace.least
            while workspace.barriers and workspace.barriers[0][0] < least:
                yield workspace.barriers.popleft()[1]
            self._forget_empty(workspace)
        if self._barriers:
            least = min((one.least for one in self._workspaces.values()), default=float("inf"))
            while self._barriers and self._barriers[0][0] < least:
                yield self._barriers.popleft()[1]

    def _forget_empty(self, workspace: Workspace) -> None:
        if not workspace.flows and not workspace.barriers and workspace.held_from is None:
            self._workspaces.pop(workspace.name, None)
