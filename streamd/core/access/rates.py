"""Rates at which somebody may do something: the generic cell rate algorithm (GCRA), one number for each who does it."""

from collections.abc import Hashable
from typing import Final

import attrs

from streamd.facts import define

_SWEPT_AT: Final = 4_096
"""Keys that are remembered before those are forgotten that may do as much as anybody new."""


@define(eq=False)
class Rate:
    """A bound on how often each key may do something: so often at once, and evenly after that."""

    per_minute: float
    """How often in a minute; 0: as often as it likes."""
    at_once: float
    """How many may come at the same moment, after a pause."""
    _due: dict[Hashable, float] = attrs.field(factory=dict)
    """When each key would be done with what it did, had it done that evenly; seconds of a clock that cannot jump."""

    def wait(self, key: Hashable, now: float) -> float:
        """Count one more and return 0, or return how many seconds the key has to wait, and count nothing."""
        if not self.per_minute:
            return 0.0
        every = 60 / self.per_minute
        due = max(now, self._due.get(key, now)) + every
        if (early := due - now - every * max(1.0, self.at_once)) > every * 1e-9:
            return early
        if len(self._due) >= _SWEPT_AT:
            self._due = {other: when for other, when in self._due.items() if when > now}
        self._due[key] = due
        return 0.0
