"""Turns: the event loop's time, shared between connections that ask for much of it.

Who asks for little is served at once. What takes longer takes its turn in one queue, each connection once a round, and in
each turn of the event loop only so much of the queue is done: between two of them everybody else is served. So one
client's messages wait for some milliseconds of work of others, however many of those there are.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

TURN_SECONDS: Final = 0.002
"""Longest turn of a connection; a single message may take longer."""
NEGLIGIBLE_SECONDS: Final = 0.0002
"""A turn that takes less is not counted."""
_ROUND_SECONDS: Final = 0.004
"""What long turns may take together in one turn of the event loop."""


class Turns:
    """The queue of connections that wait for their turn."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._spent_seconds = 0.0
        self._is_scheduled = False

    @property
    def are_over(self) -> bool:
        """Whether what else takes long has to wait for the next turn of the event loop."""
        return bool(self._waiting) or self._spent_seconds >= _ROUND_SECONDS

    def count(self, seconds: float) -> None:
        """Count what a turn took."""
        if seconds >= NEGLIGIBLE_SECONDS:
            self._spent_seconds += seconds
            self._schedule()

    def wait(self, turn: Callable[[], None]) -> None:
        """Have `turn` called when it is the next; it counts what it took."""
        self._waiting.append(turn)
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._round)

    def _round(self) -> None:
        self._is_scheduled = False
        self._spent_seconds = 0.0
        waiting = self._waiting
        for _ in range(len(waiting)):  # none twice in a round
            waiting.popleft()()
            if self._spent_seconds >= _ROUND_SECONDS:
                break
        if waiting:
            self._schedule()


_OF_LOOPS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]] = WeakKeyDictionary()


def loop_turns() -> Turns:
    """The turns of the running event loop: what comes in and what goes out share them."""
    loop = asyncio.get_running_loop()
    found = _OF_LOOPS.get(loop)
    if found is None:
        found = _OF_LOOPS[loop] = Turns()
    return found
