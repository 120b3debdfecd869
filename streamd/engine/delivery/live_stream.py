"""Live streams: the newest entries of a stream and everyone who listens to it."""

from collections.abc import Sequence
from typing import Final, Protocol

from streamd.core.item import Seq
from streamd.core.position import StreamName, kind_of
from streamd.engine.delivery.entry_block import EntryBlock, JoinedBytes
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.ports.encoder import Encoders

_SLACK: Final = 256
"""The window is trimmed when it is this much too long, so that most appends move nothing."""


class Subscriber(Protocol):
    """Somebody with a cursor in the stream."""

    def reply(self, payload: bytes) -> None:
        """Write one message that stands on no stream."""

    def receive(self, new_entries: "NewEntries") -> None:
        """Write what has come."""


NOWHERE: Final = Seq(-1)
"""No cursor stands here."""


class NewEntries(dict[str, JoinedBytes]):
    """What came to a stream since its top was `before`, joined for each encoding when the first listener wants it."""

    def __init__(self, window: EntryBlock, before: Seq) -> None:
        super().__init__()
        self.before = before
        self.top = window.top
        self._window = window

    def __missing__(self, encoding: str) -> JoinedBytes:
        chunk = self[encoding] = self._window.take(self.before, encoding)
        return chunk


class LiveStream:
    """A stream that somebody listens to, or did a moment ago."""

    def __init__(
        self, name: StreamName, encoders: Encoders, *, window_entries: int, window_bytes: int
    ) -> None:
        self.name = name
        self.kind: Final = kind_of(name)
        self._encoders = encoders
        self.window = self.block(Seq(1))
        self.known = True
        """Whether its top is known."""
        self.openers = 0
        """How many are asking the store for its top just now."""
        self.ended = False
        """Whether its last entry has been appended."""
        self.subscribers: dict[Subscriber, None] = {}
        """Who listens, in the order they came."""
        self._max_entries = window_entries
        self._max_bytes = window_bytes

    @property
    def top(self) -> Seq:
        """Position of the newest entry."""
        return self.window.top

    def start_at(self, top: Seq) -> None:
        """Say what the newest position in the store is. Entries that came meanwhile count too."""
        if top > self.window.top:
            self.window = self.block(Seq(top + 1))

    def block(self, first: Seq) -> EntryBlock:
        """An empty block for entries of this stream from that position on."""
        return EntryBlock(first, self.kind, self._encoders)

    def new_entries(self, before: Seq) -> NewEntries:
        """What came since the top was `before`."""
        # A stream that has ended lets its listeners go, and one that had to skip has nothing that follows: then nobody
        # is at the usual place.
        usual = self.window.holds(before) and not self.ended
        return NewEntries(self.window, before if usual else NOWHERE)

    def send_unrecorded(self, payload: bytes) -> None:
        """Send those who listen a message that could not be committed, and nothing more."""
        for listener in list(self.subscribers):
            listener.reply(payload)
        self.ended = True

    def extend(self, entries: Sequence[CachedEntry]) -> None:
        """Take the next entries, ascending. Those that are known already are passed over."""
        window = self.window
        if window.first <= window.top and entries[0].seq <= window.top:
            entries = [entry for entry in entries if entry.seq > window.top]
            if not entries:
                return
        if entries[0].seq != window.top + 1:
            # Either nothing is known yet, or the window was opened while these were on their way.
            window = self.window = self.block(entries[0].seq)
        window.extend(entries)
        size = window.top - window.first + 1
        if size > self._max_entries + _SLACK or window.bytes > self._max_bytes + self._max_bytes // 8:
            window.drop_oldest(window.count_over(self._max_entries, self._max_bytes))
