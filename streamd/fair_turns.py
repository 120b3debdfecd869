"""Fair turns: a few places, given to whoever has used the least time so far (start-time fair queueing).

Flows are the leaves of a tree: those of one user share as one, and all users of a class do. Whoever was idle saves
nothing up: it starts where those stand that are served now. P. Goyal, H. M. Vin and H. Cheng, "Start-time Fair Queueing", 1996.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager, suppress
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import Final

import attrs

_FORGET_FROM: Final = 256
"""Shares of one node, from which on those are forgotten that are idle and used no more than others."""


@attrs.define(eq=False, repr=False)
class _Share:
    """A flow, or flows that share as one."""

    limit: int | None = None
    """How many places it may hold at the same time."""
    used: float = 0.0
    """Seconds."""
    last_seconds: float = 0.0
    """What its last turn took: the next one is expected to take as long."""
    serving: int = 0
    backlog: int = 0
    """Turns that wait in it."""
    waiting: deque["_Turn"] = attrs.field(factory=deque)
    shares: dict[Hashable, "_Share"] = attrs.field(factory=dict)
    floor: float = 0.0
    """What the share had used whose turn it was last."""
    forget_at: int = _FORGET_FROM
    ready: list[tuple[float, int, "_Share"]] = attrs.field(factory=list)
    """A heap of the shares that may have somebody waiting; what has changed since it was added is passed over."""

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.serving >= self.limit

    @property
    def is_idle(self) -> bool:
        return not self.serving and not self.backlog


@attrs.define(eq=False, repr=False)
class _Turn:
    """A request for a place. It has no `repr` of its own, which would tell the whole tree: `remove` makes one to fail with."""

    path: tuple[_Share, ...]
    granted: "asyncio.Future[None]"
    expected_seconds: float = 0.0


class FairTurns:
    """Gives places to flows."""

    def __init__(
        self, places: int, *, limits: Mapping[Hashable, int] | None = None, per_user: int | None = None
    ) -> None:
        self._free = places
        self._limits = limits or {}
        self._per_user = per_user
        self._all = _Share()
        self._serial = count()

    @asynccontextmanager
    async def turn(self, kind: Hashable, user: Hashable, part: Hashable) -> AsyncIterator[None]:
        """Hold a place for the block, once it is the turn of this part of a user of a class."""
        loop = asyncio.get_running_loop()
        turn = _Turn(self._path(kind, user, part), loop.create_future())
        turn.path[-1].waiting.append(turn)
        for share in turn.path:
            share.backlog += 1
        self._offer(turn.path)
        self._hand_out()
        try:
            await turn.granted
        except asyncio.CancelledError:
            if turn.granted.done() and not turn.granted.cancelled():
                self._give_back(turn, 0.0)  # it was granted in the same moment
            else:
                with suppress(ValueError):  # passed over, as it was cancelled
                    turn.path[-1].waiting.remove(turn)
                for share in turn.path:
                    share.backlog -= 1
                _forget_ended(turn.path)
            raise
        began = loop.time()
        try:
            yield
        finally:
            self._give_back(turn, loop.time() - began)

    def _path(self, kind: Hashable, user: Hashable, part: Hashable) -> tuple[_Share, ...]:
        path = [self._all]
        for key, limit in ((kind, self._limits.get(kind)), (user, self._per_user), (part, None)):
            parent = path[-1]
            share = parent.shares.get(key)
            if share is None:
                if len(parent.shares) >= parent.forget_at:
                    _forget_idle(parent)
                share = parent.shares[key] = _Share(limit)
            if share.is_idle:
                share.used = max(share.used, parent.floor)
            path.append(share)
        return tuple(path)

    def _offer(self, path: tuple[_Share, ...]) -> None:
        for parent, share in pairwise(path):
            heappush(parent.ready, (share.used, next(self._serial), share))

    def _hand_out(self) -> None:
        while self._free and (turn := _next(self._all)) is not None:
            self._free -= 1
            turn.expected_seconds = turn.path[-1].last_seconds
            for share in turn.path:
                share.backlog -= 1
                share.serving += 1
                share.used += turn.expected_seconds
            self._offer(turn.path)
            turn.granted.set_result(None)

    def _give_back(self, turn: _Turn, seconds: float) -> None:
        self._free += 1
        turn.path[-1].last_seconds = seconds
        for share in turn.path:
            share.serving -= 1
            share.used += seconds - turn.expected_seconds
        self._offer(turn.path)
        self._hand_out()
        _forget_ended(turn.path)


def _next(node: _Share) -> _Turn | None:
    """Take the turn of whoever has used least; None where nobody waits who may have a place."""
    while node.waiting:
        first = node.waiting.popleft()
        if not first.granted.cancelled():  # else its task is about to notice
            return first
    while node.ready:
        used, _, share = node.ready[0]
        heappop(node.ready)
        if used == share.used and not share.is_full and (turn := _next(share)) is not None:
            node.floor = max(node.floor, used)
            return turn
    return None


def _forget_ended(path: tuple[_Share, ...]) -> None:
    """Begin anew where nobody is served or waits any more."""
    for node in path:
        if node.is_idle:
            node.shares, node.ready, node.floor = {}, [], 0.0


def _forget_idle(node: _Share) -> None:
    node.shares = {
        key: share for key, share in node.shares.items() if not share.is_idle or share.used > node.floor
    }
    node.forget_at = max(_FORGET_FROM, 2 * len(node.shares))
