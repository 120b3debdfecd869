"""Live streams: the newest entries of a stream and its subscribers."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import attrs

from streamd.core.item import Seq
from streamd.core.position import StreamName, kind_of
from streamd.engine.delivery.entry_block import EntryBlock, Filter, JoinedBytes
from streamd.engine.journal import CachedEntry
from streamd.facts import define
from streamd.ports.encoder import Encoders

_SLACK: Final = 256
"""The window is trimmed when it is this much too long, so that most appends move nothing."""


class Subscriber(Protocol):
    """The owner of a cursor in the stream."""

    def reply(self, payload: bytes) -> None:
        """Write one message that belongs to no stream."""

    def receive(self, new_entries: "NewEntries") -> None:
        """Write the new entries."""


NOWHERE: Final = Seq(-1)
"""A position that no cursor has."""


class NewEntries(dict[str, JoinedBytes]):
    """Entries of a stream after position `before`, joined for each encoding when the first subscriber needs it."""

    def __init__(self, window: EntryBlock, before: Seq) -> None:
        super().__init__()
        self.before = before
        self.top = window.top
        self._window = window
        self._filtered: dict[tuple[str, Filter], JoinedBytes] = {}
        self.has_filtered = False
        """Whether a filter was applied since this was last set to false."""

    def __missing__(self, encoding: str) -> JoinedBytes:
        chunk = self[encoding] = self._window.take(self.before, encoding)
        return chunk

    def passing(self, encoding: str, only: Filter) -> JoinedBytes:
        """The bytes that pass a filter; joined once for all subscribers that have an equal one."""
        chunk = self._filtered.get((encoding, only))
        if chunk is None:
            chunk = self._filtered[encoding, only] = self._window.take(self.before, encoding, only)
            self.has_filtered = True
        return chunk


@define
class WindowRoom:
    """The memory that the windows of all streams share."""

    limit: int
    held: int = 0
    windows: "dict[LiveStream, None]" = attrs.field(factory=dict)
    """Those that have entries."""

    def fit(self, grown: "LiveStream") -> None:
        """Have each keep its share while they have too much together; the one that has grown first of all."""
        if self.held <= self.limit:
            return
        share = self.limit // len(self.windows)
        grown.shrink(share)
        if self.held > self.limit:
            for live in self.windows:
                live.shrink(share)


class LiveStream:
    """A stream with subscribers, or one that had some a moment ago."""

    def __init__(
        self,
        name: StreamName,
        encoders: Encoders,
        *,
        window_entries: int,
        window_bytes: int,
        room: WindowRoom,
    ) -> None:
        self.name = name
        self.kind: Final = kind_of(name)
        self._encoders = encoders
        self.window = self.block(Seq(1))
        self.known = True
        """Whether its top is known."""
        self.openers = 0
        """Number of callers that are querying the store for its top."""
        self.ended = False
        """Whether its last entry has been appended."""
        self.subscribers: dict[Subscriber, None] = {}
        """Subscribers in the order they were added."""
        self._max_entries = window_entries
        self._max_bytes = window_bytes
        self._room = room
        self._counted = 0
        """What the room has of it."""

    @property
    def silence(self) -> Mapping[str, bytes]:
        """An entry that no encoding has anything to say of."""
        return dict.fromkeys(self._encoders, b"")

    @property
    def top(self) -> Seq:
        """Position of the newest entry."""
        return self.window.top

    def start_at(self, top: Seq) -> None:
        """Set the newest position in the store, unless newer entries have been appended meanwhile."""
        if top > self.window.top:
            self.window = self.block(Seq(top + 1))

    def block(self, first: Seq) -> EntryBlock:
        """Create an empty block for entries of this stream from a position on."""
        return EntryBlock(first, self.kind, self._encoders)

    def new_entries(self, before: Seq) -> NewEntries:
        """The entries after position `before`."""
        # A stream that has ended removes its subscribers, and one that had to skip has no entry that follows: then no
        # subscriber may take the short path.
        usual = self.window.holds(before) and not self.ended
        return NewEntries(self.window, before if usual else NOWHERE)

    def send_unrecorded(self, payloads: Sequence[bytes]) -> None:
        """Send subscribers a last message that could not be committed, in its parts."""
        for subscriber in list(self.subscribers):
            for payload in payloads:
                subscriber.reply(payload)
        self.ended = True

    def extend(self, entries: Sequence[CachedEntry]) -> None:
        """Append the next entries, ascending. Those that are already in the window are skipped."""
        window = self.window
        if window.first <= window.top and entries[0].seq <= window.top:
            entries = [entry for entry in entries if entry.seq > window.top]
            if not entries:
                return
        if entries[0].seq != window.top + 1:
            # Either the window is empty, or it was opened while these were in the queue.
            window = self.window = self.block(entries[0].seq)
        window.extend(entries)
        size = window.top - window.first + 1
        if size > self._max_entries + _SLACK or window.bytes > self._max_bytes + self._max_bytes // 8:
            window.drop_oldest(window.count_over(self._max_entries, self._max_bytes))
        self._count(window.memory)
        self._room.fit(self)

    def shrink(self, memory: int) -> None:
        """Drop the oldest entries that take more memory, but not the newest of all."""
        window = self.window
        if window.memory > memory:
            most = window.bytes * memory // window.memory
            window.drop_oldest(window.count_over(self._max_entries, most))
            self._count(window.memory)

    def evicted(self) -> None:
        """Count no more: nobody finds it any longer."""
        self._count(0)

    def _count(self, memory: int) -> None:
        room = self._room
        room.held += memory - self._counted
        self._counted = memory
        if memory:
            room.windows[self] = None
        else:
            room.windows.pop(self, None)
