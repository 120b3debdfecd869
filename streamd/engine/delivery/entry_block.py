"""Entry blocks: consecutive entries of a stream in memory, which are encoded once for everyone who wants them."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import Seq
from streamd.core.position import StreamKind
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.ports.encoder import Encoders

CHUNK_BYTES: Final = 256 * 1024
"""Most that is joined into one write; more follows when this has drained."""

_MAX_CHUNKS: Final = 8
"""Joined chunks kept: subscribers are at the same place, or so far apart that nothing is gained."""


@attrs.frozen
class Filter:
    """Which entries of a workspace's stream a subscriber wants. What is None does not restrict."""

    item_types: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    items: bool = True
    """Whether it wants the stream's events at all."""

    def wants(self, entry: CachedEntry) -> bool:
        """Whether this entry passes. Custom events have no item type and pass that restriction."""
        return (
            self.items
            and (self.event_types is None or entry.event_type in self.event_types)
            and (self.item_types is None or not entry.item_type or entry.item_type in self.item_types)
        )


@attrs.frozen
class JoinedBytes:
    """Bytes that bring a subscriber from its position up to `upto`. Empty when none of the entries is told to it."""

    upto: Seq
    data: bytes


class EntryBlock:
    """Consecutive entries `first` … `top`. What one subscriber took is there, joined, for the next at the same place."""

    def __init__(self, first: Seq, kind: StreamKind, encoders: Encoders) -> None:
        self.first = first
        self._entries: list[CachedEntry] = []
        self._kind = kind
        self._encoders = encoders
        self._chunks: dict[tuple[Seq, str, Filter | None], JoinedBytes] = {}
        self.bytes = 0
        """Size of the bodies held."""

    @property
    def top(self) -> Seq:
        """Position of the last entry held; `first - 1` when there is none."""
        return Seq(self.first + len(self._entries) - 1)

    def holds(self, after: Seq) -> bool:
        """Whether the entry that follows this position is here."""
        return self.first <= after + 1 <= self.top

    def extend(self, entries: Sequence[CachedEntry]) -> None:
        """Add the entries that follow `top`."""
        self._entries += entries
        self.bytes += sum(len(entry.body) for entry in entries)
        self._chunks.clear()

    def drop_oldest(self, count: int) -> None:
        """Forget the first entries."""
        self.bytes -= sum(len(entry.body) for entry in self._entries[:count])
        del self._entries[:count]
        self.first = Seq(self.first + count)
        self._chunks.clear()

    def count_over(self, max_entries: int, max_bytes: int) -> int:
        """How many of the oldest must go to keep both limits (the newest entry always stays)."""
        over = max(0, len(self._entries) - max_entries)
        size = self.bytes - sum(len(entry.body) for entry in self._entries[:over])
        while size > max_bytes and over < len(self._entries) - 1:
            size -= len(self._entries[over].body)
            over += 1
        return over

    def take(
        self, after: Seq, encoding: str, only: Filter | None = None, upto: Seq | None = None
    ) -> JoinedBytes:
        """The joined bytes that follow a position held here: as much as one write should carry."""
        key = (after, encoding, only)
        chunk = self._chunks.get(key) if upto is None else None
        if chunk is None:
            chunk = self._joined(after, encoding, only, self.top if upto is None else min(upto, self.top))
            if upto is None:
                if len(self._chunks) >= _MAX_CHUNKS:
                    self._chunks.clear()
                self._chunks[key] = chunk
        return chunk

    def _joined(self, after: Seq, encoding: str, only: Filter | None, last: Seq) -> JoinedBytes:
        encode, kind = self._encoders[encoding].entry, self._kind
        parts: list[bytes] = []
        size = 0
        position = after
        for entry in self._entries[after - self.first + 1 : last - self.first + 1]:
            if only is None or only.wants(entry):
                data = entry.encoded.get(encoding)
                if data is None:
                    data = entry.encoded[encoding] = encode(entry, kind)
                parts.append(data)
                size += len(data)
            position = entry.seq
            if size >= CHUNK_BYTES:
                break
        return JoinedBytes(position, b"".join(parts))
