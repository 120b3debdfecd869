"""Outboxes: the messages that one connection still has to receive.

An outbox writes everything between its cursors and the tops of their streams, as much in one write as the connection can
take. It holds no copy of any entry, so a slow connection takes no memory; when it drains, it resumes at its cursors. What
takes long to write takes turns with what others receive (`streamd/loop_turns.py`).
"""

import asyncio
from typing import Final, Protocol

from streamd.core.item import Seq
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import BRIEF_BYTES, CHUNK_BYTES, EntryBlock
from streamd.engine.delivery.live_stream import LiveStream, NewEntries
from streamd.engine.delivery.sink import Sink
from streamd.engine.delivery.waiting_bytes import UserBytes
from streamd.long_work import LONG_BYTES
from streamd.loop_turns import NEGLIGIBLE_SECONDS, TURN_SECONDS, Keys, loop_turns
from streamd.ports.encoder import Encoders

MAX_REPLY_BYTES: Final = 1024 * 1024
"""Limit of unread replies, above which the connection's requests wait."""
_MANY_ENTRIES: Final = 64
"""More are written by themselves, as the bytes that all subscribers share."""
_ANSWERS_MAX: Final = 8  # of one stream to one connection at a time, each with an id of its own


class Blocks(Protocol):
    """Source of the entries for a cursor below the window."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: "Outbox") -> EntryBlock | None:
        """The entries that follow the cursor; None when they must be read first: then the outbox is flushed."""

    def lose(self, cursor: Cursor, outbox: "Outbox") -> None:
        """Have a snapshot inserted for a cursor that cannot go on, unless one is on its way."""


class Outbox:
    """Writes replies and stream entries to one connection."""

    __slots__ = (
        "_blocks", "_drained", "_encode", "_loop", "_replies", "_reply_bytes", "_room", "_scheduled",
        "_seconds", "_sole", "_turns", "_waits", "closed", "cursors", "keys", "sink", "waiting",
    )  # fmt: skip

    def __init__(self, sink: Sink, blocks: "Blocks", encoders: Encoders, waiting: UserBytes) -> None:
        self.sink = sink
        self.waiting: Final = waiting
        """What waits for the connection's user."""
        self._encode = encoders[sink.encoding].message
        self.cursors: list[Cursor] = []
        self._sole: Cursor | None = None
        """The only cursor, when there is just one."""
        self.closed = False
        self.keys: Keys = ("", "", id(self))
        """With whom it shares its turns."""
        self._blocks = blocks
        self._replies: list[bytes] = []
        self._reply_bytes = 0
        self._scheduled = False
        self._room: asyncio.Event | None = None
        self._drained: asyncio.Event | None = None
        self._loop = asyncio.get_running_loop()
        self._turns = loop_turns()
        self._waits = False
        """Whether it waits for its turn."""
        self._seconds = 0.0
        """What its last turn took."""

    @property
    def behind(self) -> bool:
        """Whether there is something to send."""
        return bool(self._replies) or any(cursor.behind for cursor in self.cursors)

    @property
    def crowded(self) -> bool:
        """Whether so many replies are unread that producers of more should wait for `room`."""
        return self._reply_bytes >= MAX_REPLY_BYTES or (self._reply_bytes > 0 and self.waiting.is_over)

    async def room(self) -> None:
        """Wait until the connection has read most of its replies, or is closed."""
        while self.crowded and not self.closed:
            if self._room is None:
                self._room = asyncio.Event()
            self._room.clear()
            await self._room.wait()

    def reply(self, payload: bytes) -> None:
        """Queue one message; all messages queued in one turn of the event loop leave in one write."""
        data = self._encode(payload)
        if data:  # else this encoding leaves the message out
            self.send(data)

    def send(self, data: bytes) -> None:
        """Queue bytes that are encoded already, like a reply."""
        self._replies.append(data)
        self._reply_bytes += len(data)
        self.waiting.add(len(data))
        if not self._scheduled:
            self.flush_soon()

    def flush_soon(self) -> None:
        """Flush at the end of this turn of the event loop."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush_scheduled)

    def _flush_scheduled(self) -> None:
        self._scheduled = False
        self.flush_in_turn()

    def flush_in_turn(self) -> None:
        """Flush: now, or in turn where much is to be written and others write much, too."""
        if self._waits:
            return
        if (self._reply_bytes > LONG_BYTES or self._seconds >= NEGLIGIBLE_SECONDS) and self._turns.are_over:
            self._wait_for_turn()
        else:
            self.flush()

    def _wait_for_turn(self) -> None:
        if not self._waits:
            self._waits = True
            self._turns.wait(self._turn, self.keys)

    def _turn(self) -> None:
        self._waits = False
        self.flush()

    def flush(self) -> None:
        """Write as much as the connection can take; what takes long goes on when it is the connection's turn again."""
        sink = self.sink
        begun = now = self._loop.time()
        while not self.closed and sink.ready:
            data = self._next()
            if not data:
                break
            sink.write(data)
            now = self._loop.time()
            if now - begun >= TURN_SECONDS:
                self._wait_for_turn()
                break
        self._seconds = now - begun
        self._turns.count(self._seconds)
        if self._drained is not None and not self.behind:
            self._drained.set()

    async def drained(self) -> None:
        """Wait until everything has been sent, or the connection is closed."""
        while self.behind and not self.closed:
            self._drained = asyncio.Event()
            await self._drained.wait()

    def receive(self, new_entries: NewEntries) -> None:
        """Write the new entries of a stream.

        Most subscribers are at the top of their only stream: for them the same bytes, joined once, are written
        directly. This is the path that a thousand screens take for every event.
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
                return  # it resumes at its cursor when it has drained
            only = cursor.only
            chunk = new_entries[sink.encoding] if only is None else new_entries.passing(sink.encoding, only)
            if chunk.is_brief:
                cursor.position = chunk.upto
                sink.write(chunk.data)
                return
            if len(chunk.data) > BRIEF_BYTES:
                self._seconds = max(self._seconds, NEGLIGIBLE_SECONDS)  # it will take long
            else:
                cursor.position = chunk.upto
                if chunk.data:  # else this encoding, or the filter, leaves all of it out
                    sink.write(chunk.data)
                if chunk.more:
                    self.flush_soon()
                if chunk.more or chunk.upto == new_entries.top:
                    return
        self.flush_in_turn()

    def add(self, cursor: Cursor) -> None:
        """Subscribe with a cursor, unless the connection is closed. It replaces one in the same stream that answers the same."""
        if self.closed:
            return
        present = [one for one in self.cursors if one.stream is cursor.stream]
        for one in [one for one in present if one.answers == cursor.answers] or present[: 1 - _ANSWERS_MAX]:
            self._drop(one)
        self._set_cursors([*self.cursors, cursor])
        cursor.stream.subscribers[self] = None
        self.flush_soon()

    def remove(self, stream: LiveStream) -> None:
        """Unsubscribe from a stream."""
        for cursor in [one for one in self.cursors if one.stream is stream]:
            self._drop(cursor)

    def _drop(self, cursor: Cursor) -> None:
        cursor.close()
        self._set_cursors([one for one in self.cursors if one is not cursor])
        if all(one.stream is not cursor.stream for one in self.cursors):
            cursor.stream.subscribers.pop(self, None)

    def close(self) -> None:
        """Unsubscribe from all streams and drop the replies."""
        self.closed = True
        for cursor in self.cursors:
            cursor.stream.subscribers.pop(self, None)
            cursor.close()
        self._set_cursors([])
        self._replies = []
        self._forget(self._reply_bytes)
        for waited_for in filter(None, (self._room, self._drained)):
            waited_for.set()

    def _taken_replies(self) -> tuple[list[bytes], int]:
        """Take the replies that go next, and their bytes: what the connection cannot take yet stays in the account."""
        parts, size = self._replies, self._reply_bytes
        if size > CHUNK_BYTES:
            count = size = 0
            while size < CHUNK_BYTES and count < len(parts):
                size += len(parts[count])
                count += 1
            parts, self._replies = parts[:count], parts[count:]
        else:
            self._replies = []
        self._forget(size)
        if self._room is not None and not self.crowded:
            self._room.set()
        return parts, size

    def _forget(self, size: int) -> None:
        if size:
            self.waiting.remove(size)
            self._reply_bytes -= size

    def _set_cursors(self, cursors: list[Cursor]) -> None:
        self.cursors = cursors
        self._sole = cursors[0] if len(cursors) == 1 else None

    def _next(self) -> bytes:
        if self._sole is not None and not self._replies:
            return self._follow(self._sole)  # the usual case: shared bytes, no copy
        parts, size = self._taken_replies()
        for cursor in list(self.cursors):
            if size >= CHUNK_BYTES or (parts and cursor.stream.top - cursor.position > _MANY_ENTRIES):
                break  # the rest follows, when this has drained or at once: to copy it costs more than a write
            data = self._follow(cursor)
            if data:
                parts.append(data)
                size += len(data)
        return b"".join(parts)

    def _follow(self, cursor: Cursor) -> bytes:
        """Advance a cursor and return the bytes for it; none at the top or while it waits for the journal."""
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
                        cursor.written()
                    elif data := self._encode(payload):
                        return data
                    continue
                upto = insert.at
            encoding = self.sink.encoding
            if cursor.position < cursor.replay_upto:
                encoding = self.sink.replay_encoding
                upto = cursor.replay_upto if upto is None else min(upto, cursor.replay_upto)
            block = stream.window
            if not block.holds(cursor.position):
                older = self._blocks.block(stream, cursor, self)
                if older is None:
                    return b""
                block = older
            chunk = block.take(cursor.position, encoding, cursor.only, upto)
            cursor.position = chunk.upto
            if chunk.data:
                return chunk.data
            if chunk.lost:
                self._blocks.lose(cursor, self)
                return b""
            if chunk.more:
                self.flush_soon()
                return b""
        cursor.settle()
        if stream.ended and cursor.position >= stream.top:
            self._drop(cursor)
        return b""
