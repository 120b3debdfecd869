"""Times at which open questions expire, the next one first."""

import asyncio
import heapq
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, TypeAlias

import attrs

from streamd.core.thread import Interrupt, InterruptId
from streamd.facts import define

Expiry: TypeAlias = tuple[int, str, InterruptId]
"""When, in Unix time, the workspace, and the question."""

_LEAST_SECONDS: Final = 0.01
_MOST_SECONDS: Final = 60.0
"""How long it sleeps at most: the time of day may be set meanwhile."""


@define
class Expiries:
    """A timer for all open questions of a daemon."""

    _heap: list[Expiry] = attrs.field(factory=list)
    _changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    def add(self, questions: Iterable[Interrupt]) -> None:
        """Note questions that are asked; those that never expire are left out."""
        for one in questions:
            if one.expires_ms is not None:
                heapq.heappush(self._heap, (one.expires_ms, one.workspace, one.interrupt_id))
                self._changed.set()

    async def next(self, now_ms: Callable[[], int]) -> Expiry:
        """Wait until the next question has expired by this clock, and return it."""
        while True:
            seconds = (self._heap[0][0] - now_ms()) / 1000 if self._heap else None
            if seconds is not None and seconds <= 0:
                return heapq.heappop(self._heap)
            self._changed.clear()
            wait = None if seconds is None else min(max(seconds, _LEAST_SECONDS), _MOST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()
