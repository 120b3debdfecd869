"""Fair turns: a few places, given to whoever has used the least time so far."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager

from streamd.facts import define
from streamd.fair_shares import FairShares, Path


@define(eq=False, repr=False)
class _Turn:
    """A request for a place. It has no `repr` of its own, which would tell the whole tree: `remove` makes one to fail with."""

    granted: "asyncio.Future[None]"
    expected_seconds: float = 0.0
    is_passed_over: bool = False
    """Whether it was cancelled before its turn came, and its task is about to notice."""


class FairTurns:
    """Gives places to flows: those of one user share as one, those of one group, and all groups of a kind.

    A limit says how many places one of them may hold at the same time.
    """

    def __init__(
        self,
        places: int,
        *,
        limits: Mapping[Hashable, int] | None = None,
        per_group: int | None = None,
        per_user: int | None = None,
        per_part: int | None = None,
    ) -> None:
        self._free = places
        self._limits = limits or {}
        self._per = per_group, per_user, per_part
        self._shares: FairShares[_Turn] = FairShares()

    @asynccontextmanager
    async def turn(
        self, kind: Hashable, group: Hashable, user: Hashable, part: Hashable
    ) -> AsyncIterator[None]:
        """Hold a place for the block, once it is the turn of this part of a user."""
        loop = asyncio.get_running_loop()
        per_group, per_user, per_part = self._per
        shares, turn = self._shares, _Turn(loop.create_future())
        path = shares.path((kind, group, user, part), (self._limits.get(kind), per_group, per_user, per_part))
        shares.add(path, turn)
        self._hand_out()
        try:
            await turn.granted
        except asyncio.CancelledError:
            if turn.granted.done() and not turn.granted.cancelled():
                self._give_back(path, turn, 0.0)  # it was granted in the same moment
            else:
                if not turn.is_passed_over:
                    shares.remove(path, turn)
                shares.forget_ended(path)
            raise
        began = loop.time()
        try:
            yield
        finally:
            self._give_back(path, turn, loop.time() - began)

    def _hand_out(self) -> None:
        shares = self._shares
        while self._free and (path := shares.first()) is not None:
            turn = path[-1].waiting[0]
            if turn.granted.cancelled():
                turn.is_passed_over = True
                shares.take(path, 0.0)
                continue
            self._free -= 1
            turn.expected_seconds = path[-1].last_cost
            shares.take(path, turn.expected_seconds)
            shares.hold(path)
            turn.granted.set_result(None)

    def _give_back(self, path: Path[_Turn], turn: _Turn, seconds: float) -> None:
        self._free += 1
        path[-1].last_cost = seconds
        self._shares.give_back(path, seconds - turn.expected_seconds)
        self._hand_out()
        self._shares.forget_ended(path)
