"""The clock, so that tests can hold it still."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time of day. Durations are measured with the event loop's own clock instead."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""

    def text(self, ms: int) -> str:
        """That instant as RFC 3339 in UTC, for example `2026-11-20T12:00:00.000Z`."""
