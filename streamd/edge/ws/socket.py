"""Sockets: one WebSocket connection, whose messages are prepared elsewhere."""

import asyncio
from typing import Any, Final

import structlog
from websockets.asyncio.server import Server, ServerConnection
from websockets.protocol import State
from websockets.server import ServerProtocol

from streamd.edge.ws.client import Client
from streamd.edge.ws.encoders import DEFLATE
from streamd.edge.ws.socket_writer import SocketWriter
from streamd.engine.delivery.outbox import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.connection_params import ConnectionParams
from streamd.wire.frames import accepts_compressed, close_frame, ping_frame

log = structlog.get_logger(__name__)

_UNREAD_MAX: Final = 512 * 1024
"""Pongs, in bytes, that a client may leave unread: who floods with pings and does not read is cut."""

_PING: Final = ping_frame()


class Socket(ServerConnection):
    """A connection of the `websockets` library with an outlet for frames prepared elsewhere.

    Prepared frames go past the library. That is right as long as the connection is open and the library is not in the
    middle of a fragmented message; it never is, because nothing here sends messages through it. What it does send,
    pongs and close frames, it sends in `send_data`.
    """

    def __init__(self, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        super().__init__(protocol, server, **options)
        self.received_at = self.loop.time()
        """When the last byte came in, as the event loop counts."""
        self.heartbeat_at = self.received_at
        """When the last heartbeat went out."""
        self.pinged_at = self.received_at
        self.writer: SocketWriter | None = None
        self.outbox: Outbox | None = None
        self.client: Client | None = None
        self.params = ConnectionParams()
        self.waiting = False
        """Whether bytes waited in the write buffer when the sweeper looked last."""
        self.taken = 0
        """Bytes that the client had taken when `progress_at` was set."""
        self.progress_at = self.received_at
        self._unread = 0
        """Bytes the library answered with (pongs) that had to wait, since the write buffer was last low."""

    def open_writer(self) -> SocketWriter:
        """Begin to take prepared frames, compressed ones if that was negotiated."""
        self.writer = SocketWriter(self, self)
        if accepts_compressed(self.protocol.extensions):
            self.writer.encoding = DEFLATE
        self._set_ready()
        return self.writer

    def _set_ready(self) -> None:
        if self.writer is not None:
            self.writer.ready = not self.paused and self.protocol.state is State.OPEN

    # ── what the transport and the library call ──────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        self.received_at = self.loop.time()
        before = self.transport.get_write_buffer_size()
        super().data_received(data)
        self._unread = before and self._unread + max(0, self.transport.get_write_buffer_size() - before)
        if self._unread > _UNREAD_MAX:
            name = str(self.id) if self.client is None else self.client.connection_id
            log.info("connection_flooded", connection=name, unread_bytes=self._unread)
            self.cut(CloseCode.NO_PROGRESS)

    def send_data(self) -> None:
        """Send what the library has to send; after a close frame nothing may follow."""
        super().send_data()
        if self.writer is not None:
            self.writer.written_past()
            self._set_ready()

    def pause_writing(self) -> None:
        """The write buffer is above its high-water mark."""
        super().pause_writing()
        self._set_ready()

    def resume_writing(self) -> None:
        """The write buffer has drained: go on where the outbox stopped."""
        super().resume_writing()
        self._unread = 0
        self._set_ready()
        if self.outbox is not None:
            self.outbox.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The descriptor will be somebody else's in a moment."""
        if self.writer is not None:
            self.writer.ready = False
        super().connection_lost(exc)

    def ping(self, *_: Any) -> Any:  # the library's own waits for room, for ever if there is none
        """Send a ping, if there is room for it. The answer shows in `heard_at`."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(_PING)

    # ── endings, all of them bounded ─────────────────────────────────────────────────────────────────────────────────

    def cut(self, code: CloseCode, reason: str = "") -> None:
        """End the connection now. The client learns the code if it still reads."""
        if self.writer is not None:
            if self.writer.ready:
                self.writer.write(close_frame(code, reason or code.reason))
            self.writer.ready = False
        self.transport.abort()

    async def leave(self, code: CloseCode, reason: str = "") -> None:
        """Close as the protocol says, but not for longer than the close timeout."""
        if self.outbox is not None:
            self.outbox.flush()  # what is queued in this turn; after the close frame nothing can follow
        try:
            async with asyncio.timeout(self.close_timeout or 0):
                await self.close(code, reason or code.reason)
        except TimeoutError:
            self.transport.abort()
