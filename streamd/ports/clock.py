"""The clock, a port so that tests can set the time."""

from typing import Protocol


class Clock(Protocol):
    """Wall clock. Durations are measured with the event loop's monotonic clock instead."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""

    def text(self, ms: int) -> str:
        """Format a Unix time in milliseconds as RFC 3339 in UTC, for example `2026-11-20T12:00:00.000Z`."""
