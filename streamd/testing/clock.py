"""A clock that a test sets, forward and back."""

import asyncio
from datetime import datetime

from streamd.engine import SystemClock


class SetClock:
    """It stands still until it is set: `SetClock("2026-03-28T12:00:00+01:00")`."""

    def __init__(self, at: str) -> None:
        """`at`: ISO 8601, with the offset from UTC."""
        self._ms = _ms(at)
        self._moved = asyncio.Event()
        self._texts = SystemClock()

    def set(self, at: str) -> None:
        """Set it to an instant, in ISO 8601 with the offset from UTC."""
        self._move(_ms(at))

    def advance(self, seconds: float) -> None:
        """Have so much time pass."""
        self._move(self._ms + round(seconds * 1000))

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return self._ms

    def text(self, ms: int) -> str:
        """The instant as RFC 3339 in UTC."""
        return self._texts.text(ms)

    async def until(self, ms: int) -> None:
        """Wait until it is set again, unless it is past that instant."""
        if ms > self._ms:
            await self._moved.wait()

    def _move(self, ms: int) -> None:
        self._ms = ms
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def _ms(at: str) -> int:
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"{at} must say its offset from UTC, such as +01:00 or Z")
    return round(moment.timestamp() * 1000)
