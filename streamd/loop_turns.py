"""Turns: the event loop's time, shared between connections that ask for much of it.

Who asks for little is served at once. What takes longer waits for its turn, and in each turn of the event loop only so much
is done of what waits: between two of them everybody else is served. The next is always who has used least of those that wait,
by group, user and connection (`streamd/fair_shares.py`): a user with a hundred connections does not delay one with a single one.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from streamd.fair_shares import FairShares

Keys: TypeAlias = tuple[Hashable, Hashable, Hashable]
"""Group, user and connection."""

TURN_SECONDS: Final = 0.002
"""Longest turn of a connection; a single message may take longer."""
NEGLIGIBLE_SECONDS: Final = 0.0002
"""A turn that takes less is not counted."""
_ROUND_SECONDS: Final = 0.004
"""What long turns may take together in one turn of the event loop."""


class Turns:
    """Connections that wait for their turn."""

    def __init__(self) -> None:
        self._waiting: FairShares[Callable[[], None]] = FairShares()
        self._spent_seconds = 0.0
        self._is_scheduled = False

    @property
    def are_over(self) -> bool:
        """Whether what else takes long has to wait for the next turn of the event loop."""
        return bool(self._waiting.all.backlog) or self._spent_seconds >= _ROUND_SECONDS

    def count(self, seconds: float) -> None:
        """Count what a turn took."""
        if seconds >= NEGLIGIBLE_SECONDS:
            self._spent_seconds += seconds
            self._schedule()

    def wait(self, turn: Callable[[], None], keys: Keys) -> None:
        """Have `turn` called when it is the next; it counts what it took."""
        self._waiting.add(self._waiting.path(keys), turn)
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._round)

    def _round(self) -> None:
        self._is_scheduled = False
        self._spent_seconds = 0.0
        waiting = self._waiting
        for _ in range(waiting.all.backlog):  # what waits again is not called without end
            path, before = waiting.first(), self._spent_seconds
            if path is None:
                break
            turn = waiting.take(path, 0.0)
            waiting.hold(path)
            try:
                turn()
            finally:
                waiting.give_back(path, self._spent_seconds - before)
                waiting.forget_ended(path)
            if self._spent_seconds >= _ROUND_SECONDS:
                break
        if waiting.all.backlog:
            self._schedule()


_OF_LOOPS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]] = WeakKeyDictionary()


def loop_turns() -> Turns:
    """The turns of the running event loop: what comes in and what goes out share them."""
    loop = asyncio.get_running_loop()
    found = _OF_LOOPS.get(loop)
    if found is None:
        found = _OF_LOOPS[loop] = Turns()
    return found
