"""The connections of both listeners: how many there are of each kind, and how many there may be."""

from collections import Counter
from collections.abc import Callable

import attrs

from streamd.facts import define


@define(eq=False)
class OpenConnections:
    """Counts connections, WebSockets and others together."""

    limit: int
    by_kind: Counter[str] = attrs.field(factory=Counter)
    """`websocket`, `events` for a stream of events, and `http` for the others."""
    dropped: Counter[str] = attrs.field(factory=Counter)
    """Aborted, by reason: `silent` or `stalled`."""
    refused: int = 0
    """Turned away because there were too many."""
    slow_of: list[Callable[[], int]] = attrs.field(factory=list)
    """What counts those of a listener that are not written to until their client has read."""

    @property
    def are_all_taken(self) -> bool:
        """Whether there can be no more."""
        return self.by_kind.total() >= self.limit

    def slow(self) -> int:
        """Count the clients that read more slowly than they are written to."""
        return sum(count() for count in self.slow_of)
