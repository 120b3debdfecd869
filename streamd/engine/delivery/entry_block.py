"""Entry blocks: consecutive entries of a stream in memory, encoded once for all subscribers."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

import attrs

from streamd.core.item import Seq
from streamd.core.lists.view import View
from streamd.core.position import StreamKind
from streamd.engine.journal import CachedEntry
from streamd.facts import fact
from streamd.long_work import SLICE_SECONDS
from streamd.ports.encoder import Encoders, PositionEncoder

CHUNK_BYTES: Final = 256 * 1024
"""Limit of one joined write; more follows when this has drained."""

BRIEF_BYTES: Final = 65_536
"""New entries that are longer take turns: many subscribers get them."""

_ENTRY_BYTES: Final = 480
"""Memory of an entry besides its body, its frame and its share of a joined chunk, which are about as long each."""

_MAX_CHUNKS: Final = 8
"""Joined chunks cached: subscribers are at the same position, or so far apart that more would not help."""


class UnrecordedItemError(Exception):
    """The journal does not say enough about the item of an entry to filter it."""


@attrs.frozen(cache_hash=True)
class Filter:
    """Selects the entries of a stream that a subscriber receives. None does not restrict."""

    view: View | None = None
    """The items that the subscriber follows."""
    event_types: frozenset[str] | None = None
    items: bool = True
    """Whether the subscriber receives the stream's events at all."""
    agents: frozenset[str] | None = None
    """On a feed, the agents whose broadcasts it receives."""
    closings_of: frozenset[str] | None = None
    """On the feed of questions, the runs that the subscriber hears of when what they asked is closed; of no other."""
    asked_by: str | None = None
    """On the feed of questions, the user whose runs' questions the subscriber receives, and the ends of all."""
    answers: bytes | None = None
    """On the stream of a run that another message began: JSON of the `request_id` that its responses repeat here."""

    def shown(self, entry: CachedEntry) -> CachedEntry | None:
        """The entry as the subscriber receives it; None where it is left out. Raises UnrecordedItemError."""
        if not self.items or (self.agents is not None and entry.item_type not in self.agents):
            return None
        if self.closings_of is not None and not _closes(entry, self.closings_of):
            return None
        if self.asked_by is not None and not _is_of(entry, self.asked_by):
            return None
        shown = entry if self.view is None else _seen(entry, self.view)
        if shown is None or (self.event_types is not None and shown.event_type not in self.event_types):
            return None
        return shown if self.answers is None else shown.answering(self.answers)


def _closes(entry: CachedEntry, runs: frozenset[str]) -> bool:
    """Whether a broadcast tells the end of what one of these runs asked."""
    data = entry.content.get("data")
    return entry.event_type == "interrupt_closed" and isinstance(data, Mapping) and data.get("run_id") in runs


def _is_of(entry: CachedEntry, user_id: str) -> bool:
    """Whether a broadcast is no question, or one of this user's runs."""
    data = entry.content.get("data")
    return entry.event_type != "interrupt_asked" or (
        isinstance(data, Mapping) and data.get("user_id") == user_id
    )


def _seen(entry: CachedEntry, view: View) -> CachedEntry | None:
    """The event as a subscriber with this view receives it. Custom events that are about no item pass."""
    states = entry.states
    if states is None:
        return entry
    if not states.is_whole and not view.by_type_alone:
        if states.after is None or states.after is states.before:
            return entry  # a removal, or a custom event: it does no harm to those who do not have the item
        raise UnrecordedItemError
    crossing = view.crossing(states.before, states.after)
    if crossing is None:
        return entry.renamed(view.referred)
    if crossing == "stays" or states.before is None or states.after is None:
        return entry
    if crossing == "enters" and not states.is_whole:
        raise UnrecordedItemError
    return entry.seen(crossing)


@fact
class JoinedBytes:
    """Bytes that bring a subscriber from its position up to `upto`. Empty when all those entries are filtered out.

    They are as many as one write should carry, and as can be filtered while the event loop waits.
    """

    upto: Seq
    data: bytes
    more: bool = False
    """Whether there was no time for the entries that follow."""
    lost: bool = False
    """Whether the next entry cannot be filtered: the subscriber needs a snapshot to get beyond it."""
    is_brief: bool = False
    """Whether there are bytes, all up to the block's top, and few enough to be written to each subscriber at once."""


class EntryBlock:
    """Consecutive entries `first` … `top`, with the joined bytes cached for the next subscriber at the same position."""

    def __init__(self, first: Seq, kind: StreamKind, encoders: Encoders) -> None:
        self.first = first
        self._entries: list[CachedEntry] = []
        self._kind = kind
        self._encoders = encoders
        self._chunks: dict[tuple[Seq, str, Filter | None], JoinedBytes] = {}
        self.bytes = 0
        """Size of the entries."""

    @property
    def top(self) -> Seq:
        """Position of the last entry; `first - 1` when there is none."""
        return Seq(self.first + len(self._entries) - 1)

    @property
    def memory(self) -> int:
        """Approximate memory of the entries once they have been encoded."""
        return self.bytes * 3 + len(self._entries) * _ENTRY_BYTES

    def holds(self, after: Seq) -> bool:
        """Whether the block contains the entry that follows this position."""
        return self.first <= after + 1 <= self.top

    def extend(self, entries: Sequence[CachedEntry]) -> None:
        """Add the entries that follow `top`."""
        self._entries += entries
        self.bytes += sum([entry.size for entry in entries])
        self._chunks.clear()

    def drop_oldest(self, count: int) -> None:
        """Drop the first entries."""
        self.bytes -= sum([entry.size for entry in self._entries[:count]])
        del self._entries[:count]
        self.first = Seq(self.first + count)
        self._chunks.clear()

    def count_over(self, max_entries: int, max_bytes: int) -> int:
        """Number of oldest entries to drop to meet both limits (the newest entry always stays)."""
        over = max(0, len(self._entries) - max_entries)
        size = self.bytes - sum([entry.size for entry in self._entries[:over]])
        while size > max_bytes and over < len(self._entries) - 1:
            size -= self._entries[over].size
            over += 1
        return over

    def take(
        self, after: Seq, encoding: str, only: Filter | None = None, upto: Seq | None = None
    ) -> JoinedBytes:
        """The joined bytes that follow a position in this block: as much as one write should carry."""
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
        encoder, kind, is_shared = self._encoders[encoding], self._kind, True
        if only is not None and only.view is not None and isinstance(encoder, PositionEncoder):
            encoder, is_shared = encoder.of_view(only.view), False
        encode = encoder.entry
        parts: list[bytes] = []
        size = 0
        position = after
        ends_at = monotonic() + SLICE_SECONDS
        for entry in self._entries[after - self.first + 1 : last - self.first + 1]:
            try:
                shown = entry if only is None else only.shown(entry)
            except UnrecordedItemError:
                return JoinedBytes(position, b"".join(parts), lost=True)
            if shown is not None:
                data = shown.encoded.get(encoding) if is_shared else encode(shown, kind)
                if data is None:
                    data = shown.encoded[encoding] = encode(shown, kind)
                parts.append(data)
                size += len(data)
            position = entry.seq
            if size >= CHUNK_BYTES:
                break
            if only is not None and position < last and monotonic() >= ends_at:
                return JoinedBytes(position, b"".join(parts), more=True)
        is_brief = position == self.top and 0 < size <= BRIEF_BYTES
        return JoinedBytes(position, b"".join(parts), is_brief=is_brief)
