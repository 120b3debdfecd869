"""Sockets: a connection of the `websockets` library that writes prepared frames."""

import asyncio
from typing import Any, Final

import structlog
from websockets.asyncio.server import Server, ServerConnection
from websockets.protocol import State
from websockets.server import ServerProtocol

from streamd.edge.ws._client import Client
from streamd.edge.ws._socket_writer import SocketWriter
from streamd.edge.ws.encoders import DEFLATE
from streamd.engine.delivery import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.frames import accepts_compressed, close_frame, ping_frame
from streamd.wire.messages.connection_params import ConnectionParams

log = structlog.get_logger(__name__)

_UNREAD_MAX: Final = 512 * 1024
"""Bytes of pongs that a client may leave unread; a client that floods with pings and does not read is aborted."""

_PING: Final = ping_frame()


class Socket(ServerConnection):
    """A connection of the `websockets` library with a writer for prepared frames.

    Prepared frames bypass the library. That is safe while the connection is open and the library is not in the middle of
    a fragmented message; it never is, because nothing here sends messages through it. Pongs and close frames it sends in
    `send_data`.
    """

    def __init__(self, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        super().__init__(protocol, server, **options)
        self.received_at = self.loop.time()
        """Loop time at which the last byte was received."""
        self.heartbeat_at = self.received_at
        """Loop time at which the last heartbeat was sent."""
        self.pinged_at = self.received_at
        self.writer: SocketWriter | None = None
        self.outbox: Outbox | None = None
        self.client: Client | None = None
        self.params = ConnectionParams()
        self.had_backlog = False
        """Whether the write buffer held bytes at the sweeper's last check."""
        self.acknowledged = 0
        """Bytes that the client had acknowledged when `progress_at` was set."""
        self.progress_at = self.received_at
        self._unread = 0
        """Bytes of the library's replies (pongs) that were buffered since the write buffer was last drained."""

    def open_writer(self) -> SocketWriter:
        """Open the writer of prepared frames, compressed ones if that was negotiated."""
        self.writer = SocketWriter(self, self)
        if accepts_compressed(self.protocol.extensions):
            self.writer.encoding = DEFLATE
        self._set_ready()
        return self.writer

    def _set_ready(self) -> None:
        if self.writer is not None:
            self.writer.ready = not self.paused and self.protocol.state is State.OPEN

    # ── callbacks of the transport and the library ───────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Receive bytes, and abort a client that floods."""
        self.received_at = self.loop.time()
        before = self.transport.get_write_buffer_size()
        super().data_received(data)
        self._unread = before and self._unread + max(0, self.transport.get_write_buffer_size() - before)
        if self._unread > _UNREAD_MAX:
            name = str(self.id) if self.client is None else self.client.connection_id
            log.info("connection_flooded", connection=name, unread_bytes=self._unread)
            self.abort(CloseCode.NO_PROGRESS)

    def send_data(self) -> None:
        """Send the library's own frames; after a close frame the writer may send no more."""
        super().send_data()
        if self.writer is not None:
            self.writer.note_other_write()
            self._set_ready()

    def pause_writing(self) -> None:
        """Pause the writer: the write buffer is above its high-water mark."""
        super().pause_writing()
        self._set_ready()

    def resume_writing(self) -> None:
        """Resume the outbox where it stopped: the write buffer has drained."""
        super().resume_writing()
        self._unread = 0
        self._set_ready()
        if self.outbox is not None:
            self.outbox.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the writer: the file descriptor may be reused for another connection at once."""
        if self.writer is not None:
            self.writer.ready = False
        super().connection_lost(exc)

    def ping(self, *_: Any) -> Any:  # the library's own ping waits for room, possibly for ever
        """Send a ping if the buffer has room. A reply updates `received_at`."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(_PING)

    # ── ways to close, each of them bounded ──────────────────────────────────────────────────────────────────────────

    def abort(self, code: CloseCode, reason: str = "") -> None:
        """Close the connection at once. The client receives the code only if it still reads."""
        if self.writer is not None:
            if self.writer.ready:
                self.writer.write(close_frame(code, reason or code.reason))
            self.writer.ready = False
        self.transport.abort()

    async def close_in_time(self, code: CloseCode, reason: str = "") -> None:
        """Perform the closing handshake, for at most the close timeout; then abort."""
        if self.outbox is not None:
            self.outbox.flush()  # after the close frame nothing can be sent
        try:
            async with asyncio.timeout(self.close_timeout or 0):
                await self.close(code, reason or code.reason)
        except TimeoutError:
            self.transport.abort()
