"""Live streams: the newest entries of a stream and everyone who listens to it."""

from typing import Final, Protocol

from streamd.core.item import Seq
from streamd.core.position import StreamName
from streamd.engine.segment import Held, Prepare, Segment
from streamd.engine.writes import Committed

_SLACK: Final = 256
"""The window is trimmed when it is this much too long, so that most appends move nothing."""


class Listener(Protocol):
    """Somebody with a cursor in the stream."""

    def flush(self) -> None:
        """Write what has come."""


class LiveStream:
    """A stream that somebody listens to, or did a moment ago."""

    def __init__(self, name: StreamName, prepare: Prepare, *, window_entries: int, window_bytes: int) -> None:
        self.name = name
        self.window = Segment(Seq(1), prepare)
        self.opening = False
        """Whether the store is being asked for its top."""
        self.ended = False
        """Whether its last entry has been appended."""
        self.listeners: dict[Listener, None] = {}
        """Who listens, in the order they came."""
        self.prepare = prepare
        self._max_entries = window_entries
        self._max_bytes = window_bytes

    @property
    def top(self) -> Seq:
        """Position of the newest entry."""
        return self.window.top

    def start_at(self, top: Seq) -> None:
        """Say what the newest position in the store is. Entries that came meanwhile count too."""
        if top > self.window.top:
            self.window = Segment(Seq(top + 1), self.prepare)

    def append(self, committed: Committed) -> None:
        """Take the next entry. One that is known already is passed over."""
        if committed.seq <= self.window.top and self.window.top >= self.window.first:
            return
        if committed.seq != self.window.top + 1:
            # Either nothing is known yet, or the window was opened while this one was on its way.
            self.window = Segment(committed.seq, self.prepare)
        self.window.append(Held(committed.seq, committed.body, committed.event_type, committed.item_type))
        self.ended = self.ended or committed.last
        size = self.window.top - self.window.first + 1
        if size > self._max_entries + _SLACK or self.window.bytes > self._max_bytes + self._max_bytes // 8:
            self.window.drop_oldest(self.window.count_over(self._max_entries, self._max_bytes))
