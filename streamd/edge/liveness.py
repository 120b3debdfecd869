"""Liveness of connections: the turns of a sweeper, and the watch over clients that acknowledge nothing.

The criterion is progress, not size: a slow client that reads a byte now and then stays connected.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import structlog

from streamd.edge.socket_writer import SocketWriter

log = structlog.get_logger(__name__)

CONNECTIONS_PER_TURN: Final = 500
"""A sweeper lets others go on after so many checks."""
_LATE_SECONDS: Final = 1.0
"""A turn that is later than this: the daemon stood still."""


def interval_of(*timeouts: float) -> float:
    """Seconds between two turns: at most one, less where a timeout is that short."""
    return min(1.0, min(timeouts) / 4)


async def turns(
    interval: float, listener: str, *, observe: Callable[[float], None] = lambda _late: None
) -> AsyncIterator[float]:
    """The turns of a sweeper. Each says for how many seconds the daemon stood still before it, zero when it did not.

    The daemon was stopped then, or its machine was: nobody is to blame for the silence, and that time does not count.
    `observe` is told how late each turn is, however little.
    """
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        late = loop.time() - due
        observe(late)
        if late > _LATE_SECONDS:
            log.warning("daemon_stood_still", listener=listener, seconds=round(late, 1))
        yield late if late > _LATE_SECONDS else 0.0


def later(since: float, now: float, late: float, timeout: float) -> float:
    """The begin of a time without that in which the daemon stood still: half of the timeout is left at least."""
    return min(now, max(since + late, now - timeout / 2))


class StallWatch:
    """Watches whether a client makes progress while bytes are pending for it."""

    __slots__ = ("acknowledged", "had_backlog", "progress_at")

    def __init__(self, now: float) -> None:
        self.had_backlog = False
        """Whether bytes were pending at the last check."""
        self.acknowledged = 0
        """Bytes that the client had acknowledged at `progress_at`."""
        self.progress_at = now

    def seconds(self, writer: SocketWriter, now: float) -> float | None:
        """Seconds in which the client has acknowledged nothing: zero when it just has; None while nothing is pending for it."""
        had_backlog, self.had_backlog = self.had_backlog, writer.buffered > 0
        if not had_backlog and not self.had_backlog:
            return None
        acknowledged = writer.acknowledged
        if had_backlog and acknowledged <= self.acknowledged:
            return now - self.progress_at
        self.acknowledged = acknowledged
        self.progress_at = now
        return 0.0
