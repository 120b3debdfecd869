"""Rotas: many runs that have something to do at the same moment take turns, so that the event loop is never held up."""

import asyncio
from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 0.01


class LoopThrottle:
    """Lets a few go on at once; the others follow in the order they came, as many in each turn of the event loop.

    As long as there are not many, nobody waits and nothing is scheduled.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._left = at_once
        self._window_ends = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait until it is one's turn: at once, unless as many have begun within these ten milliseconds as may."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            now = loop.time()
            if now >= self._window_ends:
                self._window_ends = now + _WINDOW_SECONDS
                self._left = self._at_once
            if self._left:
                self._left -= 1
                return
            loop.call_soon(self._next)
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        """Give the turn to the next ones; those who were cancelled meanwhile take none."""
        free = self._at_once
        while self._waiting and free:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
