"""Cursors: somebody's position in a stream, what it lets through, and the snapshots that stand in between."""

from collections.abc import Iterator

import attrs

from streamd.core.item import START, Seq
from streamd.engine.delivery.entry_block import Filter
from streamd.engine.delivery.live_stream import LiveStream


@attrs.define(eq=False)
class Insert:
    """A snapshot among the entries of a stream: it holds all there is up to its position."""

    at: Seq
    payloads: Iterator[bytes] | None = None
    """None while it is being read: until then nothing after `at` is told."""


class Cursor:
    """Somebody's place in a stream."""

    __slots__ = ("awaited", "inserts", "only", "plain", "position", "replay_upto", "stream")

    def __init__(
        self, stream: LiveStream, position: Seq, *, only: Filter | None = None, replay_upto: Seq = START
    ) -> None:
        self.stream = stream
        self.position = position
        self.only = only
        self.replay_upto = replay_upto
        """Entries up to here are marked as replayed."""
        self.inserts: list[Insert] = []
        """Snapshots to be written when their position is reached, ascending."""
        self.awaited = False
        """Whether a block of the journal is being read for it."""
        self.plain = False
        """Whether it simply takes every entry that comes: no filter, no insert, no replay."""
        self.settle()

    def settle(self) -> None:
        """Find out whether it is plain now."""
        self.plain = self.only is None and not self.inserts and self.position >= self.replay_upto

    def hold(self) -> Insert:
        """Stop at the stream's top until a snapshot is there, which could else be older than what was told meanwhile."""
        insert = Insert(max(self.position, self.stream.top))
        self.inserts.append(insert)
        self.plain = False
        return insert

    def insert(self, at: Seq, payloads: Iterator[bytes], held: Insert | None = None) -> None:
        """Write these messages when the position is reached, and go on if it was held for them."""
        if held is not None:
            self.release(held)
        self.inserts.append(Insert(at, payloads))
        self.inserts.sort(key=lambda insert: insert.at)
        self.plain = False

    def release(self, held: Insert) -> None:
        """Go on after all."""
        if held in self.inserts:  # else a fresh start was made meanwhile
            self.inserts.remove(held)

    def narrow(self, only: Filter | None) -> None:
        """Tell, from the position on, only what passes."""
        self.only = only
        self.settle()

    @property
    def behind(self) -> bool:
        """Whether there is something to tell."""
        return self.position < self.stream.top or bool(self.inserts)
