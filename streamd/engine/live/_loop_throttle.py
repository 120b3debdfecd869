"""The loop throttle: limits how many runs proceed in one turn of the event loop, so that it is never blocked."""

import asyncio
from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 0.01


class LoopThrottle:
    """Lets a few callers proceed at once; the others follow in order, as many in each turn of the event loop.

    As long as there are few, none waits and nothing is scheduled.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._left = at_once
        self._window_ends = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for the caller's turn; returns at once below the limit of the current ten milliseconds."""
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
        """Wake the next callers; cancelled ones do not count."""
        free = self._at_once
        while self._waiting and free:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
