"""The clock, a port so that tests can set the time."""

from typing import Protocol


class Clock(Protocol):
    """Wall clock. Durations are measured with the event loop's monotonic clock instead."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""

    def text(self, ms: int) -> str:
        """Format a Unix time in milliseconds as RFC 3339 in UTC, for example `2026-11-20T12:00:00.000Z`."""

    async def until(self, ms: int) -> None:
        """Wait until that instant, or return earlier: it may be set meanwhile, so whoever waits looks at it again."""
