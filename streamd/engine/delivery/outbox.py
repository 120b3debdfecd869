"""Outboxes and cursors: what one connection still has to be told.

A cursor is a position in a stream. The outbox writes everything between its cursors and the tops of their streams, as
much in one write as the connection can take. It holds no copy of any entry, so a slow connection costs nobody memory;
when it drains, it goes on from where it was.
"""

import asyncio
from collections.abc import Iterator
from typing import Final, Protocol

import attrs

from streamd.core.item import START, Seq
from streamd.engine.delivery.entry_block import CHUNK_BYTES, EntryBlock, Filter
from streamd.engine.delivery.live_stream import LiveStream, NewEntries

MAX_REPLY_BYTES: Final = 1024 * 1024
"""Above this the connection's requests wait until it has read some replies."""


class Sink(Protocol):
    """Where an outbox's bytes go."""

    encoding: str
    """How entries are spelled here."""
    ready: bool
    """Whether it is open and wants more bytes just now."""

    def write(self, data: bytes) -> None:
        """Take bytes. Called only while it is ready."""

    def fail(self) -> None:
        """Close it: what it should be told cannot be read."""


@attrs.define(eq=False)
class Insert:
    """A snapshot among the entries of a stream: it holds all there is up to its position."""

    at: Seq
    frames: Iterator[bytes] | None = None
    """None while it is being read: until then nothing after `at` is told."""


class Cursor:
    """Somebody's place in a stream."""

    __slots__ = ("awaited", "inserts", "only", "plain", "position", "replay_upto", "sent", "stream")

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
        self.sent = position
        """Position the client has been told last, by an entry or a `position` message."""
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

    def insert(self, at: Seq, frames: Iterator[bytes], held: Insert | None = None) -> None:
        """Write these frames when the position is reached, and go on if it was held for them."""
        if held is not None:
            self.release(held)
        self.inserts.append(Insert(at, frames))
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


class Blocks(Protocol):
    """Where a cursor below the window gets its entries."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: "Outbox") -> EntryBlock | None:
        """The entries that follow the cursor; None when they have to be read first: then the outbox is flushed."""


class Outbox:
    """Everything on its way to one connection."""

    __slots__ = (
        "_blocks",
        "_loop",
        "_replies",
        "_reply_bytes",
        "_room",
        "_scheduled",
        "_sole",
        "_told",
        "closed",
        "cursors",
        "sink",
    )

    def __init__(self, sink: Sink, blocks: "Blocks") -> None:
        self.sink = sink
        self.cursors: list[Cursor] = []
        self._sole: Cursor | None = None
        """The only cursor, when there is just one."""
        self.closed = False
        self._blocks = blocks
        self._replies: list[bytes] = []
        self._reply_bytes = 0
        self._scheduled = False
        self._room: asyncio.Event | None = None
        self._told: asyncio.Event | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def behind(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._replies) or any(cursor.behind for cursor in self.cursors)

    @property
    def crowded(self) -> bool:
        """Whether so many replies wait unread that whoever makes more should wait for `room`."""
        return self._reply_bytes >= MAX_REPLY_BYTES

    async def room(self) -> None:
        """Wait until the connection has read most of its replies, or is closed."""
        while self.crowded and not self.closed:
            if self._room is None:
                self._room = asyncio.Event()
            self._room.clear()
            await self._room.wait()

    def reply(self, frame: bytes) -> None:
        """Queue one frame; all that are queued in the same turn of the event loop go out in one write."""
        self._replies.append(frame)
        self._reply_bytes += len(frame)
        self.flush_soon()

    def flush_soon(self) -> None:
        """Flush at the end of this turn of the event loop."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush_scheduled)

    def _flush_scheduled(self) -> None:
        self._scheduled = False
        self.flush()

    def flush(self) -> None:
        """Write as much as the connection takes."""
        sink = self.sink
        while not self.closed and sink.ready:
            data = self._next()
            if not data:
                break
            sink.write(data)
        if self._told is not None and not self.behind:
            self._told.set()

    async def drained(self) -> None:
        """Wait until there is nothing left to tell, or nobody to tell it to."""
        while self.behind and not self.closed:
            self._told = asyncio.Event()
            await self._told.wait()

    def receive(self, new_entries: NewEntries) -> None:
        """Write what has come to a stream.

        Most listeners were told everything until then and hear nothing else: for them the same bytes, joined once, go
        straight out. This is the road that a thousand screens take for every event.
        """
        cursor = self._sole
        if (
            cursor is not None
            and cursor.plain
            and cursor.position == new_entries.before
            and not self._reply_bytes
        ):
            sink = self.sink
            if not sink.ready:
                return  # it goes on from its cursor when it has drained
            chunk = new_entries[sink.encoding]
            cursor.position = cursor.sent = chunk.upto
            sink.write(chunk.data)
            if chunk.upto == new_entries.top:
                return
        self.flush()

    def add(self, cursor: Cursor) -> None:
        """Listen from there. A cursor that stood in the same stream is replaced."""
        self.remove(cursor.stream)
        self._set_cursors([*self.cursors, cursor])
        cursor.stream.subscribers[self] = None
        self.flush_soon()

    def remove(self, stream: LiveStream) -> None:
        """Stop listening to a stream."""
        self._set_cursors([cursor for cursor in self.cursors if cursor.stream is not stream])
        stream.subscribers.pop(self, None)

    def close(self) -> None:
        """Let go of everything."""
        self.closed = True
        for cursor in self.cursors:
            cursor.stream.subscribers.pop(self, None)
        self._set_cursors([])
        self._replies = []
        self._reply_bytes = 0
        for waited_for in (self._room, self._told):
            if waited_for is not None:
                waited_for.set()

    def _set_cursors(self, cursors: list[Cursor]) -> None:
        self.cursors = cursors
        self._sole = cursors[0] if len(cursors) == 1 else None

    def _next(self) -> bytes:
        if self._sole is not None and not self._replies:
            return self._follow(self._sole)  # what most writes are: shared bytes, no copy
        parts, self._replies = self._replies, []
        self._reply_bytes = 0
        if self._room is not None:
            self._room.set()
        size = sum(map(len, parts))
        for cursor in list(self.cursors):
            if size >= CHUNK_BYTES:
                break  # the rest follows when this has drained
            data = self._follow(cursor)
            if data:
                parts.append(data)
                size += len(data)
        return b"".join(parts)

    def _follow(self, cursor: Cursor) -> bytes:
        """The next bytes for a cursor, moving it; none when it is at the top or has to wait for the journal."""
        stream = cursor.stream
        while cursor.behind:
            upto: Seq | None = None
            if cursor.inserts:
                insert = cursor.inserts[0]
                if insert.at <= cursor.position:
                    if insert.frames is None:
                        return b""
                    frame = next(insert.frames, None)
                    if frame is not None:
                        return frame
                    del cursor.inserts[0]
                    cursor.sent = cursor.position
                    continue
                upto = insert.at
            encoding = self.sink.encoding
            if cursor.position < cursor.replay_upto:
                encoding = "replay"
                upto = cursor.replay_upto if upto is None else min(upto, cursor.replay_upto)
            segment = stream.window
            if not segment.holds(cursor.position):
                block = self._blocks.block(stream, cursor, self)
                if block is None:
                    return b""
                segment = block
            chunk = segment.take(cursor.position, encoding, cursor.only, upto)
            cursor.position = chunk.upto
            if chunk.data:
                cursor.sent = chunk.upto
                return chunk.data
        cursor.settle()
        if stream.ended and cursor.position >= stream.top:
            self.remove(stream)
        return b""
