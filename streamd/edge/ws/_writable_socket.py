"""Writable sockets: the writing half of a connection, and the ways in which it ends, each of them bounded."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Literal

import structlog

from streamd.config import WsOptions
from streamd.edge.liveness import StallWatch
from streamd.edge.socket_writer import SocketWriter
from streamd.edge.transports import break_cycles
from streamd.edge.ws._client import Client
from streamd.engine.delivery import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.frames import close_frame, ping_frame

log = structlog.get_logger(__name__)

_UNREAD_MAX: Final = 512 * 1024
"""Bytes of pongs that a client may leave unread; a client that floods with pings and does not read is aborted."""
_LOW_WATER_SHARE: Final = 4
_ABNORMAL: Final = 1006

_PING: Final = ping_frame()

SocketState = Literal["opening", "open", "closing", "closed"]
"""`closing`: a close frame or a refusal was sent, and the end of the connection is awaited."""


class WritableSocket(asyncio.Protocol, ABC):
    """A connection that can be written to and closed; `Socket` reads from it."""

    __slots__ = (
        "_close_timer", "_closed", "_is_over", "_loop", "_options", "_unread",
        "client", "close_code", "gone", "heartbeat_at", "outbox", "pinged_at", "received_at", "stall", "state", "transport",
        "writer",
    )  # fmt: skip

    def __init__(self, options: WsOptions) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self.state: SocketState = "opening"
        self.received_at = self._loop.time()
        """Loop time at which the last byte was received; of a connection in its handshake, at which it was accepted."""
        self.heartbeat_at = self.received_at
        """Loop time at which the last heartbeat was sent."""
        self.pinged_at = self.received_at
        self.stall: Final = StallWatch(self.received_at)
        self.writer: SocketWriter | None = None
        self.outbox: Outbox | None = None
        self.client: Client | None = None
        self.gone: Callable[[], None] | None = None
        """Called once when nothing more can be sent."""
        self.close_code = _ABNORMAL
        """The code that the client closed with."""
        self._is_over = False
        """Whether nothing can be sent any more."""
        self._unread = 0
        """Bytes of pongs that were buffered since the write buffer was last drained."""
        self._closed: asyncio.Event | None = None
        self._close_timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """Name in the log."""
        return f"socket-{id(self):x}" if self.client is None else self.client.connection_id

    # ── callbacks of the transport ───────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set the bounds of the write buffer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        high = self._options.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)

    def pause_writing(self) -> None:
        """Pause the writer: the write buffer is above its high-water mark."""
        if self.writer is not None:
            self.writer.ready = False

    def resume_writing(self) -> None:
        """Resume the outbox where it stopped: the write buffer has drained."""
        self._unread = 0
        if self.writer is not None and not self._is_over:
            self.writer.ready = True
            if self.outbox is not None:
                self.outbox.flush_in_turn()

    def eof_received(self) -> None:
        """End the session when what came is read; the transport closes itself when it has written everything."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the writer: the file descriptor may be reused for another connection at once."""
        del exc
        self.state = "closed"
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._end()
        self.writer = None
        if self._closed is not None:
            self._closed.set()
        break_cycles(self.transport)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def ping(self) -> None:
        """Send a ping if the buffer has room. A reply updates `received_at`."""
        self.flush()
        if self.writer is not None and self.writer.ready:
            self.writer.write(_PING)

    def flush(self) -> None:
        """Write what waits, before anything that does not go through the outbox."""
        if self.outbox is not None:
            self.outbox.flush()

    def _send_pongs(self, pongs: bytes) -> None:
        """Send the pongs of a turn, and abort a client that floods."""
        if self.writer is None or self._is_over:
            return
        before = self.transport.get_write_buffer_size()
        self.writer.write(pongs)
        self._unread = before and self._unread + self.transport.get_write_buffer_size() - before
        if self._unread > _UNREAD_MAX:
            log.info("connection_flooded", connection=self.name, unread_bytes=self._unread)
            self.abort(CloseCode.NO_PROGRESS)

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def abort(self, code: CloseCode, reason: str = "") -> None:
        """Close the connection at once. The client receives the code only if it still reads."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(close_frame(code, reason or code.reason))
        self._stop_reading()
        self._drop_messages()
        self._end()
        self.transport.abort()

    async def close_in_time(self, code: CloseCode, reason: str = "") -> None:
        """Perform the closing handshake, for at most the close timeout; then abort."""
        if self.state == "open":
            self.flush()  # after the close frame nothing can be sent
            self._send_close(close_frame(code, reason or code.reason))
            self._set_close_timer()
            self._drop_messages()  # read on only for the client's close frame
        if self.state != "closed":
            if self._closed is None:
                self._closed = asyncio.Event()
            await self._closed.wait()

    def release(self) -> None:
        """Forget the session that has ended, so that nothing of it waits for the garbage collector."""
        self.outbox = self.client = self.gone = None

    def _send_close(self, last: bytes) -> None:
        """Send a close frame, with what is to go before it, unless one was sent."""
        if self.state != "open":
            return
        if self.writer is not None and not self.transport.is_closing():
            self.writer.write(last)
        self.state = "closing"
        self._end()

    def _linger(self) -> None:
        """End our half, and wait for the client to end its own: it may have bytes on their way, and would lose our last."""
        if self.state != "closed":
            self.state = "closing"
        self._stop_reading()
        try:
            self.transport.write_eof()
        except OSError:  # the client is gone
            self.transport.abort()
        self._set_close_timer()

    def _set_close_timer(self) -> None:
        if self._close_timer is None and self.state != "closed":
            self._close_timer = self._loop.call_later(
                self._options.close_timeout_seconds, self.transport.abort
            )

    def _end(self) -> None:
        """End what only serves to send: nothing can be sent any more."""
        if self._is_over:
            return
        self._is_over = True
        if self.writer is not None:
            self.writer.ready = False
        if self.outbox is not None:
            self.outbox.close()
        if self.gone is not None:
            self.gone()
        self._end_messages()

    # ── what `Socket` does about reading ─────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _stop_reading(self) -> None:
        """Ignore what else the client sends, but its end."""

    @abstractmethod
    def _drop_messages(self) -> None:
        """Drop the messages that wait, and those that come."""

    @abstractmethod
    def _end_messages(self) -> None:
        """Tell the session that no more messages come, once all are read that came."""
