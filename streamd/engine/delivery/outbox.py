"""Outboxes: what one connection still has to be told.

An outbox writes everything between its cursors and the tops of their streams, as much in one write as the connection can
take. It holds no copy of any entry, so a slow connection costs nobody memory; when it drains, it goes on from where it was.
"""

import asyncio
from typing import Final, Protocol

from streamd.core.item import Seq
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import CHUNK_BYTES, EntryBlock
from streamd.engine.delivery.live_stream import LiveStream, NewEntries
from streamd.ports.encoder import Encoders

MAX_REPLY_BYTES: Final = 1024 * 1024
"""Above this the connection's requests wait until it has read some replies."""


class Sink(Protocol):
    """Where an outbox's bytes go."""

    encoding: str
    """Name of the encoder that it wants; known before the outbox is made."""
    ready: bool
    """Whether it is open and wants more bytes just now."""

    @property
    def replay_encoding(self) -> str:
        """Name of the encoder for entries that are told again to somebody who attached later."""

    def write(self, data: bytes) -> None:
        """Take bytes. Called only while it is ready."""

    def fail(self) -> None:
        """Close it: what it should be told cannot be read."""


class Blocks(Protocol):
    """Where a cursor below the window gets its entries."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: "Outbox") -> EntryBlock | None:
        """The entries that follow the cursor; None when they have to be read first: then the outbox is flushed."""


class Outbox:
    """Everything on its way to one connection."""

    __slots__ = (
        "_blocks",
        "_encode",
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

    def __init__(self, sink: Sink, blocks: "Blocks", encoders: Encoders) -> None:
        self.sink = sink
        self._encode = encoders[sink.encoding].message
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

    def reply(self, payload: bytes) -> None:
        """Queue one message; all that are queued in the same turn of the event loop go out in one write."""
        data = self._encode(payload)
        if not data:
            return  # nothing that is said in this encoding
        self._replies.append(data)
        self._reply_bytes += len(data)
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
            cursor.position = chunk.upto
            if chunk.data:  # else all of it is silent in this encoding
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
                    if insert.payloads is None:
                        return b""
                    payload = next(insert.payloads, None)
                    if payload is None:
                        del cursor.inserts[0]
                    elif data := self._encode(payload):
                        return data
                    continue
                upto = insert.at
            encoding = self.sink.encoding
            if cursor.position < cursor.replay_upto:
                encoding = self.sink.replay_encoding
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
                return chunk.data
        cursor.settle()
        if stream.ended and cursor.position >= stream.top:
            self.remove(stream)
        return b""
