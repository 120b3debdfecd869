"""The real clock."""

import asyncio
import time
from typing import Final

from streamd.facts import define

_LOOK_SECONDS: Final = 10.0
"""How soon it is noticed that somebody has set the clock."""


@define
class SystemClock:
    """The time of day of this machine. Many events share a millisecond, so its text is formatted once."""

    _ms: int = -1
    _text: str = ""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def text(self, ms: int) -> str:
        """The instant as RFC 3339 in UTC."""
        if ms != self._ms:
            seconds, rest = divmod(ms, 1000)
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"
            self._ms = ms
        return self._text

    async def until(self, ms: int) -> None:
        """Sleep until that instant, for some seconds at most."""
        await asyncio.sleep(min(max(0.0, (ms - self.now_ms()) / 1000), _LOOK_SECONDS))
