"""Fair order: writes that cannot all be taken at once, in turns by workspace, and by flow within each.

The next is always of whoever has used least so far (start-time fair queueing, as in `streamd/fair_turns.py`): what a flow
hands in when it had nothing waiting is among the first, whatever others have waiting. The order within a flow stays.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush, heapreplace
from itertools import count
from typing import Final, Generic, TypeAlias, TypeVar

import attrs

from streamd.engine.journal.writes import Barrier, ItemWrite, Write

LONG_WEIGHT: Final = 65_536
"""Writes that weigh more take so many milliseconds to decide and to commit that others notice."""
_WRITE_BYTES: Final = 1024
"""What any write costs, as if it were so many bytes."""


Waiting: TypeAlias = tuple[int, int, int, bool, Write]
"""A write that waits: its number in the order of all, its size and its cost in bytes, whether it is long, and itself."""


@attrs.define(eq=False)
class _TurnTaker:
    """One of those that take turns."""

    used: float = 0.0
    """Cost of what was taken of it, in bytes; an idle one saves nothing up."""


S = TypeVar("S", bound=_TurnTaker)


@attrs.define(eq=False)
class _ByUse(Generic[S]):
    """Those that have something to give, the one that has used least first."""

    ready: list[tuple[float, int, S]] = attrs.field(factory=list)
    floor: float = 0.0
    """What the one had used whose turn it was last."""
    serial: Iterator[int] = attrs.field(factory=count)

    def enter(self, share: S) -> None:
        """Have one take turns that did not."""
        share.used = max(share.used, self.floor)
        heappush(self.ready, (share.used, next(self.serial), share))

    def pay(self, cost: float, stays: object) -> None:
        """Count what the first one gave. It goes on taking turns if it has more to give."""
        ready = self.ready
        self.floor, _, share = ready[0]
        share.used = used = self.floor + cost
        if not stays:
            heappop(ready)
        elif len(ready) == 1:
            ready[0] = (used, 0, share)
        else:
            heapreplace(ready, (used, next(self.serial), share))

    def leave(self) -> S:
        """Have the first one take turns no more; what it has used counts when it enters again."""
        self.floor, _, share = heappop(self.ready)
        return share


@attrs.define(eq=False)
class _Flow(_TurnTaker):
    waiting: deque[Waiting] = attrs.field(factory=deque)
    size: int = 0


@attrs.define(eq=False)
class WaitingWorkspace(_TurnTaker):
    """Writes of one workspace that wait."""

    name: str = ""
    flows: dict[Hashable, _Flow] = attrs.field(factory=dict)
    barriers: deque[tuple[int, Barrier]] = attrs.field(factory=deque)
    """Those that come after all flows, with their numbers."""
    held_from: int | None = None
    """The least number of its writes in the long lane; None: it has none there."""
    _turns: _ByUse[_Flow] = attrs.field(factory=_ByUse)

    @property
    def first(self) -> Waiting:
        """The write whose turn it is."""
        return self._turns.ready[0][2].waiting[0]

    @property
    def least(self) -> float:
        """The least number of its writes that are not committed or about to be."""
        numbers = [flow.waiting[0][0] for flow in self.flows.values()]
        return min(numbers if self.held_from is None else [*numbers, self.held_from], default=float("inf"))

    def add(self, number: int, write: Write) -> int:
        """Add a write at the end of its flow; returns how many flows there are more."""
        size = cost = write.size
        is_long = False
        if isinstance(write, ItemWrite):
            weight = write.weight
            is_long = weight > LONG_WEIGHT
            cost = max(size, weight)
        flow = self.flows.get(write.flow)
        is_new = flow is None
        if flow is None:
            flow = self.flows[write.flow] = _Flow()
            self._turns.enter(flow)
        flow.waiting.append((number, size, _WRITE_BYTES + cost, is_long, write))
        flow.size += size
        return is_new

    def take(self) -> Waiting:
        """Take the write whose turn it is."""
        turns = self._turns
        flow = turns.ready[0][2]
        waiting = flow.waiting
        taken = waiting.popleft()
        flow.size -= taken[1]
        turns.pay(taken[2], waiting)
        if not waiting:
            del self.flows[taken[4].flow]
        return taken


class FairOrder:
    """Writes that wait, of all workspaces."""

    def __init__(self) -> None:
        self._workspaces: dict[str, WaitingWorkspace] = {}
        self._turns: _ByUse[WaitingWorkspace] = _ByUse()
        self._barriers: deque[tuple[int, Barrier]] = deque()
        """Those that come after all writes."""
        self._numbers = count()
        self.flows = 0
        """How many flows have something waiting."""

    def __bool__(self) -> bool:
        """Whether anything waits here, or in the long lane."""
        return bool(self._workspaces or self._barriers)

    @property
    def next(self) -> WaitingWorkspace | None:
        """The workspace whose turn it is; None while all that wait are held, or none do."""
        return self._turns.ready[0][2] if self._turns.ready else None

    def waiting(self, workspace: str, flow: Hashable) -> tuple[int, int]:
        """Number and bytes of the writes of a flow that wait."""
        found = self._workspaces.get(workspace)
        one = None if found is None else found.flows.get(flow)
        return (0, 0) if one is None else (len(one.waiting), one.size)

    def add(self, write: Write) -> None:
        """Add the write that came last."""
        number, name = next(self._numbers), write.workspace
        if isinstance(write, Barrier) and not name:
            self._barriers.append((number, write))
            return
        workspace = self._workspaces.get(name)
        if workspace is None:
            workspace = self._workspaces[name] = WaitingWorkspace(name=name)
        if isinstance(write, Barrier) and write.flow is None:
            workspace.barriers.append((number, write))
            return
        if not workspace.flows and workspace.held_from is None:
            self._turns.enter(workspace)
        self.flows += workspace.add(number, write)

    def take(self) -> Waiting:
        """Take the write whose turn it is."""
        workspace = self._turns.ready[0][2]
        flows = workspace.flows
        before = len(flows)
        taken = workspace.take()
        self.flows -= before - len(flows)
        self._turns.pay(taken[2], flows)
        if not flows:
            self._forget_empty(workspace)
        return taken

    def take_held(self, *, most: int, weight: int) -> list[Write]:
        """Take writes of the next workspace up to so many and so much; nothing else of it is taken until its release."""
        workspace = self._turns.leave()
        taken: list[Waiting] = []
        ends = workspace.used + weight
        flows = len(workspace.flows)
        while workspace.flows and len(taken) < most and workspace.used < ends:
            taken.append(one := workspace.take())
            workspace.used += one[2]
        self.flows -= flows - len(workspace.flows)
        workspace.held_from = min(one[0] for one in taken)
        return [one[4] for one in taken]

    def set_aside(self) -> WaitingWorkspace:
        """Pass over the next workspace until it is put back."""
        return self._turns.leave()

    def put_back(self, workspace: WaitingWorkspace) -> None:
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

    def _forget_empty(self, workspace: WaitingWorkspace) -> None:
        if not workspace.flows and not workspace.barriers and workspace.held_from is None:
            self._workspaces.pop(workspace.name, None)
