"""Cursors: a subscriber's position in a stream, its filter, and the snapshots inserted between entries."""

import asyncio
from collections.abc import Callable, Iterator

import attrs

from streamd.core.item import START, Seq
from streamd.engine.delivery.entry_block import Filter
from streamd.engine.delivery.live_stream import LiveStream
from streamd.facts import define


@define(eq=False)
class Insert:
    """A snapshot among the entries of a stream: it replaces all entries up to its position."""

    at: Seq
    payloads: Iterator[bytes] | None = None
    """None while it is being read: until then nothing after `at` is sent."""
    written: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when all of it has been handed to the connection, or will never be."""


class Cursor:
    """A subscriber's position in a stream."""

    __slots__ = (
        "awaits_block", "closed", "inserts", "on_end", "only", "plain", "position", "replay_upto", "stream",
    )  # fmt: skip

    def __init__(
        self, stream: LiveStream, position: Seq, *, only: Filter | None = None, replay_upto: Seq = START
    ) -> None:
        self.stream = stream
        self.position = position
        self.only = only
        self.replay_upto = replay_upto
        """Entries up to here are marked as replayed."""
        self.inserts: list[Insert] = []
        """Snapshots to write when their position is reached, ascending."""
        self.closed = False
        """Whether its outbox is closed, or has left the stream."""
        self.awaits_block = False
        """Whether a block of the journal is being read for it."""
        self.plain = False
        """Whether new entries follow as they are for all with this filter: no insert, no replay."""
        self.on_end: Callable[[], None] | None = None
        """Called when it is closed: its stream has ended and all of it is written, or nobody receives it any more."""
        self.settle()

    def settle(self) -> None:
        """Update `plain`."""
        self.plain = not self.inserts and self.position >= self.replay_upto

    def hold(self) -> Insert:
        """Stop at the stream's top until a snapshot is inserted, which could else be older than entries already sent."""
        insert = Insert(max(self.position, self.stream.top))
        self.inserts.append(insert)
        self.plain = False
        return insert

    def insert(self, at: Seq, payloads: Iterator[bytes], held: Insert | None = None) -> Insert:
        """Write these messages when the position is reached, and release the hold that waited for them."""
        if held is not None:
            self.release(held)
        insert = Insert(at, payloads)
        if self.closed:
            insert.written.set()
            return insert
        self.inserts.append(insert)
        self.inserts.sort(key=lambda insert: insert.at)
        self.plain = False
        return insert

    def release(self, held: Insert) -> None:
        """Continue without the snapshot that the cursor was held for."""
        if held in self.inserts:  # else it was released by the snapshot
            self.inserts.remove(held)

    def written(self) -> None:
        """Remove the first insert: all of it has been written."""
        self.inserts.pop(0).written.set()

    def close(self) -> None:
        """Drop the inserts: nobody reads them any more."""
        self.closed = True
        for insert in self.inserts:
            insert.written.set()
        self.inserts = []
        if self.on_end is not None:
            self.on_end()

    def narrow(self, only: Filter | None) -> None:
        """Send, from the position on, only what passes the filter."""
        self.only = only

    @property
    def answers(self) -> bytes | None:
        """The message that it answers, where another one began the stream's run."""
        return None if self.only is None else self.only.answers

    @property
    def behind(self) -> bool:
        """Whether there is something to send."""
        return self.position < self.stream.top or bool(self.inserts)
