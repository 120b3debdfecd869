"""The sources of metrics, beside what the engine counts."""

import os
from collections import Counter
from pathlib import Path

import attrs

from streamd.edge.connections import OpenConnections
from streamd.facts import define
from streamd.ports.metrics import Histogram
from streamd.service import Service


@define(eq=False)
class Watched:
    """The parts of the daemon that metrics tell of."""

    service: Service
    connections: OpenConnections
    requests: Counter[tuple[str, str, int]] = attrs.field(factory=Counter)
    """Answered HTTP requests, by method, route and status. A route is a pattern, never a path."""
    loop_lags: Histogram = attrs.field(factory=Histogram)
    """How much later than asked for a timer came, once a second."""

    def store_bytes(self) -> int:
        """Size of the store's files; 0 where it is in memory."""
        store = self.service.engine.store
        if store.directory is None:
            return 0
        path = Path(self.service.engine.config.store.path)
        return sum(_size(f"{path}{suffix}") for suffix in ("", "-wal", "-shm", "-knowledge"))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a string at hand
    except OSError:
        return 0
