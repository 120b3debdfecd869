"""Fair order: writes that cannot all be taken at once, in turns by workspace, within each by asker, and by flow of each.

What a flow hands in when it had nothing waiting is among the first, whatever others have waiting. The order within a flow
stays. What an asker's runs write and what it writes itself are two shares: no person's edit waits for all of its runs.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Final, TypeAlias

import attrs

from streamd.core.principal import Flow
from streamd.engine.journal.writes import Barrier, ItemWrite, Write
from streamd.facts import define
from streamd.fair_shares import FairShares, Path

LONG_WEIGHT: Final = 65_536
"""Writes that weigh more take so many milliseconds to decide and to commit that others notice."""
_WRITE_BYTES: Final = 1024
"""What any write costs, as if it were so many bytes."""
_SHARED_TIMES: Final = 3
"""At so many times its share of a bound, all flows of an asker or of a workspace wait, also those that have nothing waiting."""


_MOST_TOGETHER: Final = 32
"""Writes that a flow hands in one right after the other and that take one turn: a turn costs as much as a tenth of a change."""


@define(eq=False)
class Waiting:
    """Writes of one flow that wait, and are taken in one turn."""

    number: int
    """In the order in which they came."""
    cost: int
    size: int
    is_long: bool
    """Whether it is a single write that takes long."""
    writes: Sequence[Write]

    @property
    def workspace(self) -> str:
        """The workspace of all of them."""
        return self.writes[0].workspace


FlowPath: TypeAlias = Path[Waiting]
"""A flow, as a part of its workspace, that has something waiting."""


@define(eq=False)
class _Workspace:
    """Writes of one workspace that wait."""

    flows: dict[Flow, FlowPath] = attrs.field(factory=dict)
    barriers: deque[tuple[int, Barrier]] = attrs.field(factory=deque)
    """Those that come after all flows, with their numbers."""
    held_from: int | None = None
    """The least number of its writes in the long lane; None: it has none there."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it waits, here or in the long lane."""
        return not self.flows and not self.barriers and self.held_from is None

    @property
    def least(self) -> float:
        """The least number of its writes that are not committed or about to be."""
        numbers = [turn[-1].waiting[0].number for turn in self.flows.values()]
        return min(numbers if self.held_from is None else [*numbers, self.held_from], default=float("inf"))


class FairOrder:
    """Writes that wait, of all workspaces."""

    def __init__(self, most: int) -> None:
        """`most`: writes that may be taken in one turn."""
        self._most_together = min(most, _MOST_TOGETHER)
        self._workspaces: dict[str, _Workspace] = {}
        self._shares: FairShares[Waiting] = FairShares()
        self._barriers: deque[tuple[int, Barrier]] = deque()
        """Those that come after all writes."""
        self._numbers = count()

    def __bool__(self) -> bool:
        """Whether anything waits here, or in the long lane."""
        return bool(self._workspaces or self._barriers)

    @property
    def next(self) -> FlowPath | None:
        """The flow whose turn it is; None while all that wait are held, or none do."""
        return self._shares.first()

    def exceeds(self, workspace: str, flow: Flow, count: int, size: int) -> bool:
        """Whether a flow has its share of so many writes, or of so many bytes, waiting."""
        node = self._shares.all
        for key in (workspace, _sharing(flow), flow.part):
            part = node.parts.get(key)
            if part is None or not part.backlog:
                return False
            count, size, node = count // node.active, size // node.active, part
            if node.backlog > _SHARED_TIMES * count or node.size > _SHARED_TIMES * size:
                return True
        return node.backlog >= count or node.size >= size

    def add(self, writes: Iterable[Write]) -> None:
        """Add the writes that came last, in their order."""
        together: list[Write] = []
        weight = 0
        for write in writes:
            more = _weight(write)
            if together and (
                write.flow is not together[0].flow
                or write.workspace != together[0].workspace
                or weight + more > LONG_WEIGHT
                or len(together) >= self._most_together
            ):
                self._add(together, weight)
                together, weight = [], 0
            together.append(write)
            weight += more
        if together:
            self._add(together, weight)

    def _add(self, writes: Sequence[Write], weight: int) -> None:
        """Add writes of one flow, or barriers that are of none."""
        number, first = next(self._numbers), writes[0]
        name, flow = first.workspace, first.flow
        if flow is None:
            barriers = self._workspace(name).barriers if name else self._barriers
            barriers += [(number, write) for write in writes if isinstance(write, Barrier)]
            return
        flows = self._workspace(name).flows
        turn = flows.get(flow)
        if turn is None:
            turn = flows[flow] = self._shares.path((name, _sharing(flow), flow.part))
        count, size = len(writes), sum(write.size for write in writes)
        waiting = Waiting(number, _WRITE_BYTES * count + weight, size, is_long(first), writes)
        self._shares.add(turn, waiting, size, count)

    def _workspace(self, name: str) -> _Workspace:
        workspace = self._workspaces.get(name)
        if workspace is None:
            workspace = self._workspaces[name] = _Workspace()
        return workspace

    def take(self, turn: FlowPath) -> Waiting:
        """Take the writes whose turn it is."""
        name = turn[-1].waiting[0].workspace
        taken = self._take(self._workspaces[name], turn)
        if not turn[1].backlog:
            self._forget_empty(name)
        return taken

    def _take(self, workspace: _Workspace, turn: FlowPath) -> Waiting:
        one = turn[-1].waiting[0]
        self._shares.take(turn, one.cost, one.size, len(one.writes))
        if not turn[-1].backlog:
            flow = one.writes[0].flow
            assert flow is not None
            del workspace.flows[flow]
        return one

    def take_held(self, turn: FlowPath, *, most: int, weight: int) -> list[Write]:
        """Take writes of the next workspace up to so many and so much; nothing else of it is taken until its release."""
        name, share = turn[-1].waiting[0].workspace, turn[1]
        workspace, taken = self._workspaces[name], list[Write]()
        least, ends = turn[-1].waiting[0].number, share.used + weight
        more: FlowPath | None = turn
        while more is not None and len(taken) < most and share.used < ends:
            one = self._take(workspace, more)
            taken += one.writes
            least = min(least, one.number)
            more = self._shares.first(turn[:2])
        self._shares.set_aside(share)
        workspace.held_from = least
        return taken

    def set_aside(self, turn: FlowPath) -> None:
        """Pass over the workspace of a flow until it is put back."""
        self._shares.set_aside(turn[1])

    def put_back(self, turn: FlowPath) -> None:
        """Have a workspace take its turns again."""
        self._shares.put_back(turn[1])

    def release(self, name: str) -> None:
        """Go on with a workspace: what was taken of it to be held is committed, or refused."""
        self._workspaces[name].held_from = None
        self._shares.put_back(self._shares.all.parts[name])
        self._forget_empty(name)

    def passed_barriers(self) -> Iterator[Barrier]:
        """Take the barriers before which nothing waits any more."""
        for name, workspace in [one for one in self._workspaces.items() if one[1].barriers]:
            least = workspace.least
            while workspace.barriers and workspace.barriers[0][0] < least:
                yield workspace.barriers.popleft()[1]
            self._forget_empty(name)
        if self._barriers:
            least = min((one.least for one in self._workspaces.values()), default=float("inf"))
            while self._barriers and self._barriers[0][0] < least:
                yield self._barriers.popleft()[1]

    def _forget_empty(self, name: str) -> None:
        if self._workspaces[name].is_empty:
            del self._workspaces[name]
            share = self._shares.all.parts.get(name)
            self._shares.forget_ended((self._shares.all,) if share is None else (self._shares.all, share))


def is_long(write: Write) -> bool:
    """Whether others would have to wait for its decision."""
    return isinstance(write, ItemWrite) and write.weight > LONG_WEIGHT


def _weight(write: Write) -> int:
    """Cost of a write beyond that of any, as if it were so many bytes."""
    return max(write.size, write.weight) if isinstance(write, ItemWrite) else write.size


def _sharing(flow: Flow) -> tuple[str, str, bool]:
    """Return the key that flows have in common which share as one in a workspace."""
    return flow.asker.group, flow.asker.user, flow.is_kept
