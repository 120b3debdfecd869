"""The clock by which ages are measured: the time of day, as far as it has come without a jump.

Retention would forget everything when the time of day jumps ahead, be it for seconds. So it goes by this clock, which advances
by the time that has passed, is kept across restarts, and follows the time of day only as far as that was ahead (or behind)
for a whole period of retention: whatever is older than that by then is older by both.
"""

from typing import Self

from streamd.facts import frozen


@frozen
class AgeClock:
    """The Unix time in milliseconds that the clock has reached, and how far the time of day was from it."""

    reached_ms: int
    """Unix time that it has reached."""
    since_ms: int
    """What it showed when the current period began."""
    least_ahead_ms: int
    """By how much the time of day was ahead of it at least, in this period; negative: behind."""
    most_ahead_ms: int
    """By how much at most."""

    @classmethod
    def started_at(cls, wall_ms: int) -> Self:
        """The clock when there was none before."""
        return cls(wall_ms, wall_ms, 0, 0)

    def after(self, passed_ms: int, wall_ms: int, period_ms: int) -> "AgeClock":
        """The clock when some time has passed and it is this time of day."""
        reached_ms = self.reached_ms + passed_ms
        ahead_ms = wall_ms - reached_ms
        least, most = min(self.least_ahead_ms, ahead_ms), max(self.most_ahead_ms, ahead_ms)
        if reached_ms - self.since_ms < period_ms:
            return AgeClock(reached_ms, self.since_ms, least, most)
        reached_ms += max(0, least) + min(0, most)
        ahead_ms = wall_ms - reached_ms
        return AgeClock(reached_ms, reached_ms, ahead_ms, ahead_ms)
