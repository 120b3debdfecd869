"""Fair shares: who is next of those that wait, by what each flow has used so far (start-time fair queueing).

Flows are the leaves of a tree, and those below one node share as one. Whoever had nothing waiting saves nothing up: it starts
where those stand whose turn it is now. P. Goyal, H. M. Vin and H. Cheng, "Start-time Fair Queueing", 1996.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from heapq import heappop, heappush, heapreplace
from itertools import count, pairwise, repeat
from typing import Final, Generic, TypeAlias, TypeVar

import attrs

from streamd.facts import define

T = TypeVar("T")

_FORGET_FROM: Final = 256
"""Shares of one node, from which on those are forgotten that are idle and used no more than others."""


@define(eq=False, repr=False)
class Share(Generic[T]):
    """A flow, or flows that share as one."""

    key: Hashable = None
    limit: int | None = None
    """So much of it may be taken and not given back."""
    taken: int = 0
    """What was taken of it and is not given back."""
    is_aside: bool = False
    """Whether it is passed over for now."""
    used: float = 0.0
    """What all that was taken of it cost."""
    last_cost: float = 0.0
    """What the last one cost, where that is known afterwards: the next is expected to cost as much."""
    backlog: int = 0
    """How many wait in it."""
    size: int = 0
    """Size of those that wait in it."""
    waiting: deque[T] = attrs.field(factory=deque)
    """Those of a flow."""
    parts: dict[Hashable, "Share[T]"] = attrs.field(factory=dict)
    """Those that share as this one."""
    active: int = 0
    """How many parts have something waiting."""
    floor: float = 0.0
    """What the part had used whose turn it was last."""
    forget_at: int = _FORGET_FROM
    ready: list["_Entry[T]"] = attrs.field(factory=list)
    """A heap of the parts that may have something to be taken, and of entries that are not theirs any more."""
    entry: "_Entry[T] | None" = None
    """Its own in the heap that it is in."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, and all is given back."""
        return not (self.backlog or self.taken or self.is_aside)

    @property
    def is_open(self) -> bool:
        """Whether something of it may be taken."""
        return bool(self.backlog) and not self.is_aside and (self.limit is None or self.taken < self.limit)


_Entry: TypeAlias = tuple[float, int, Share[T]]
"""What a share has used, a number that tells those of a heap apart, and the share."""

Path: TypeAlias = tuple[Share[T], ...]
"""A flow and what it is a part of, the whole first."""


class FairShares(Generic[T]):
    """A tree of what waits, by flows; the next is of the flow all of whose path has used least."""

    def __init__(self) -> None:
        self.all: Final[Share[T]] = Share()
        self._serial = count()

    def path(self, keys: Sequence[Hashable], limits: Iterable[int | None] = repeat(None)) -> Path[T]:
        """Find a flow, or make it, by the keys of its path, and what may be taken of each at the same time."""
        path = [self.all]
        for key, limit in zip(keys, limits, strict=False):
            parent = path[-1]
            share = parent.parts.get(key)
            if share is None:
                if len(parent.parts) >= parent.forget_at:
                    _forget_idle(parent)
                share = parent.parts[key] = Share(key, limit)
            path.append(share)
        return tuple(path)

    def add(self, path: Path[T], one: T, size: int = 0, count: int = 1) -> None:
        """Have one more wait at the end of a flow, or as one so many that are taken together."""
        parent = self.all
        parent.backlog += count
        parent.size += size
        path[-1].waiting.append(one)
        for share in path[1:]:
            if not share.backlog:
                parent.active += 1
                share.used = max(share.used, parent.floor)
            share.backlog += count
            share.size += size
            if share.entry is None:
                self._offer(parent, share)
            parent = share

    def first(self, below: Path[T] | None = None) -> Path[T] | None:
        """The flow whose turn it is, of all or of those below a share; None where nothing may be taken."""
        path = [self.all] if below is None else list(below)
        return tuple(path) if _descend(path) else None

    def take(self, path: Path[T], cost: float, size: int = 0, count: int = 1) -> T:
        """Take the first of a flow, or so many that wait as one. What it costs may be corrected later."""
        parent = self.all
        parent.backlog -= count
        parent.size -= size
        for share in path[1:]:
            ready, used = parent.ready, share.used
            is_first = ready[0] is share.entry
            if is_first and used > parent.floor:
                parent.floor = used
            share.used = used + cost
            share.size -= size
            share.backlog -= count
            if not share.backlog:
                share.entry = None  # what it had in the heap is passed over
                parent.active -= 1
            elif not is_first:
                self._offer(parent, share)
            elif len(ready) == 1:
                ready[0] = share.entry = (used + cost, 0, share)
            else:
                share.entry = entry = (used + cost, next(self._serial), share)
                heapreplace(ready, entry)
            parent = share
        return parent.waiting.popleft()

    def remove(self, path: Path[T], one: T) -> None:
        """Have one not wait any more."""
        path[-1].waiting.remove(one)
        self.all.backlog -= 1
        for parent, share in pairwise(path):
            share.backlog -= 1
            if not share.backlog:
                parent.active -= 1

    def hold(self, path: Path[T]) -> None:
        """Count one as taken until it is given back."""
        for share in path:
            share.taken += 1

    def give_back(self, path: Path[T], correction: float) -> None:
        """Stop counting one as taken, and correct what it cost."""
        for share in path:
            share.taken -= 1
            share.used += correction
        for parent, share in pairwise(path):
            self._offer(parent, share)

    def set_aside(self, share: Share[T]) -> None:
        """Take nothing of a share of the whole until it is put back."""
        share.is_aside = True
        self.all.taken += 1  # it is not forgotten meanwhile

    def put_back(self, share: Share[T]) -> None:
        """Have a share take its turns again."""
        parent = self.all
        parent.taken -= 1
        share.is_aside = False
        share.used = max(share.used, parent.floor)
        self._offer(parent, share)

    def forget_ended(self, path: Path[T]) -> None:
        """Begin anew where nothing is taken or waits any more."""
        for node in path:
            if node.is_idle and node.parts:
                node.parts, node.ready, node.floor = {}, [], 0.0

    def _offer(self, parent: Share[T], share: Share[T]) -> None:
        if share.backlog:
            share.entry = entry = (share.used, next(self._serial), share)
            heappush(parent.ready, entry)


def _descend(path: list[Share[T]]) -> bool:
    """Complete a path to the first that waits below its last share."""
    top = node = path[-1]
    while not node.waiting:
        ready = node.ready
        while ready:
            entry = ready[0]
            share = entry[2]
            if share.entry is entry:
                if share.is_open:
                    path.append(share)
                    break
                share.entry = None
            heappop(ready)
        else:  # nothing below it may be taken
            if node is top:
                return False
            node.entry = None
            path.pop()
            heappop(path[-1].ready)
        node = path[-1]
    return True


def _forget_idle(node: Share[T]) -> None:
    node.parts = {
        key: share for key, share in node.parts.items() if not share.is_idle or share.used > node.floor
    }
    node.forget_at = max(_FORGET_FROM, 2 * len(node.parts))
