"""Sockets: from a client's bytes to its session's messages, from the first byte to the last.

What one read brings may be thousands of messages, or unpack to a thousand times its size. So a socket works in turns
(`_turns.py`): it reads frames for a bounded time and leaves the rest until others have had theirs, and it reads none while
its session has enough messages waiting.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

import attrs
import structlog

from streamd.config import WsOptions
from streamd.edge.ws._client import Client
from streamd.edge.ws._frame_reader import CLOSE, PING, BreachError, Control, FrameReader, close_code
from streamd.edge.ws._handshake import Handshake
from streamd.edge.ws._inbox import Inbox
from streamd.edge.ws._opening import Accepted, Opening, Refused
from streamd.edge.ws._socket_writer import SocketWriter
from streamd.edge.ws._turns import NEGLIGIBLE_SECONDS, TURN_SECONDS, Turns
from streamd.edge.ws.encoders import DEFLATE
from streamd.engine.delivery import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.frames import close_echo, close_frame, ping_frame, pong_frame
from streamd.wire.messages.connection_params import ConnectionParams

log = structlog.get_logger(__name__)

_UNREAD_MAX: Final = 512 * 1024
"""Bytes of pongs that a client may leave unread; a client that floods with pings and does not read is aborted."""
_LONG_READ_BYTES: Final = 16 * 1024
_LOW_WATER_SHARE: Final = 4
_ABNORMAL: Final = 1006

_PING: Final = ping_frame()

State = Literal["opening", "open", "closing", "closed"]
"""`closing`: a close frame or a refusal was sent, and the end of the connection is awaited."""


@attrs.frozen(eq=False)
class SocketContext:
    """What all sockets of a listener share."""

    options: WsOptions
    handshake: Handshake
    open_session: "Callable[[Socket, SocketWriter, Inbox, ConnectionParams], None]"
    """Called when a WebSocket is open."""
    sockets: "dict[Socket, None]" = attrs.field(factory=dict)
    """All connections, those in their handshakes included."""
    turns: Turns = attrs.field(factory=Turns)


class Socket(asyncio.Protocol):
    """One connection: reads frames for its session, and owns the writer of prepared frames."""

    __slots__ = (
        "_close_timer", "_closed", "_context", "_inbox", "_is_over", "_is_paused", "_is_waiting", "_loop", "_opening",
        "_read_seconds", "_reader", "_unread",
        "acknowledged", "client", "close_code", "gone", "had_backlog", "heartbeat_at", "outbox", "pinged_at", "progress_at",
        "received_at", "state", "transport", "writer",
    )  # fmt: skip

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self.state: State = "opening"
        self.received_at = self._loop.time()
        """Loop time at which the last byte was received; of a connection in its handshake, at which it was accepted."""
        self.heartbeat_at = self.received_at
        """Loop time at which the last heartbeat was sent."""
        self.pinged_at = self.received_at
        self.had_backlog = False
        """Whether the write buffer held bytes at the sweeper's last check."""
        self.acknowledged = 0
        """Bytes that the client had acknowledged when `progress_at` was set."""
        self.progress_at = self.received_at
        self.writer: SocketWriter | None = None
        self.outbox: Outbox | None = None
        self.client: Client | None = None
        self.gone: Callable[[], None] | None = None
        """Called once when nothing more can be sent."""
        self.close_code = _ABNORMAL
        """The code that the client closed with."""
        self._opening: Opening | None = Opening(context.handshake, compression=context.options.compression)
        self._reader: FrameReader | None = None
        """None before the handshake, and when nothing more is to be read."""
        self._inbox: Inbox | None = None
        """None before the handshake, and when what is read is dropped."""
        self._is_waiting = False
        """Whether reading waits for its turn."""
        self._is_paused = False
        """Whether the transport reads nothing."""
        self._is_over = False
        """Whether nothing can be sent any more."""
        self._read_seconds = 0.0
        """What the last turn of reading took."""
        self._unread = 0
        """Bytes of pongs that were buffered since the write buffer was last drained."""
        self._closed: asyncio.Event | None = None
        self._close_timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"socket-{id(self):x}" if self.client is None else self.client.connection_id

    # ── the handshake ────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        high = self._context.options.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)
        self._context.sockets[self] = None

    def _shake_hands(self, opening: Opening, data: bytes) -> None:
        answer = opening.receive(data)
        if isinstance(answer, Refused):
            self.transport.write(answer.response)
            self._linger()
        elif answer is not None:
            self._open(answer)

    def _open(self, accepted: Accepted) -> None:
        context, options = self._context, self._context.options
        self.state, self._opening = "open", None
        self._reader = FrameReader(options.max_message_bytes, inflates=accepted.extensions.inflates)
        self._inbox = Inbox(
            context.turns,
            self._wait_for_turn,
            max_messages=options.max_queue_messages,
            max_bytes=options.max_message_bytes,
        )
        self.writer = SocketWriter(self.transport, self)
        if accepted.extensions.deflates:
            self.writer.encoding = DEFLATE
        self.writer.write(accepted.response)
        self.writer.ready = True
        context.open_session(self, self.writer, self._inbox, accepted.params)
        self.data_received(accepted.rest)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Receive bytes."""
        if self._opening is not None:
            self._shake_hands(self._opening, data)
            return
        self.received_at = self._loop.time()
        if self._reader is None:
            return
        self._reader.feed(data)
        if self._is_waiting or (self._inbox is not None and self._inbox.is_full):
            self._is_paused = True
            self.transport.pause_reading()
        elif self._context.turns.are_over and (
            self._read_seconds >= NEGLIGIBLE_SECONDS or len(data) > _LONG_READ_BYTES
        ):
            self._wait_for_turn()
        else:
            self._read(self._reader)

    def _wait_for_turn(self) -> None:
        self._is_waiting = True
        self._context.turns.wait(self._turn)

    def _turn(self) -> None:
        self._is_waiting = False
        if self._reader is not None:
            self._read(self._reader)
        self._end_inbox()

    def _read(self, reader: FrameReader) -> None:
        """Read frames until there are no more, the session has enough, or the turn is over."""
        pongs = bytearray()
        begun = now = self._loop.time()
        try:
            while (frame := reader.next()) is not None:
                if not isinstance(frame, Control):
                    if self._inbox is not None:
                        self._inbox.put(frame)
                elif frame.opcode == PING:
                    pongs += pong_frame(frame.payload)
                elif frame.opcode == CLOSE:
                    self._receive_close(frame.payload, pongs)
                    return
                now = self._loop.time()
                if self._inbox is not None and self._inbox.is_full:
                    break
                if now - begun >= TURN_SECONDS:
                    self._wait_for_turn()
                    break
        except BreachError as breach:
            self._fail(breach, pongs)
            return
        self._read_seconds = now - begun
        self._context.turns.count(self._read_seconds)
        if pongs:
            self._send_pongs(pongs)
        if self._is_paused and not self._is_waiting and not (self._inbox is not None and self._inbox.is_full):
            self._is_paused = False
            self.transport.resume_reading()

    def eof_received(self) -> None:
        """Read what is left; the transport closes itself when it has written everything."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the writer: the file descriptor may be reused for another connection at once."""
        del exc
        self.state = "closed"
        self._context.sockets.pop(self, None)
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._end()
        self.writer = None
        if self._closed is not None:
            self._closed.set()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

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
                self.outbox.flush()

    def ping(self) -> None:
        """Send a ping if the buffer has room. A reply updates `received_at`."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(_PING)

    def _send_pongs(self, pongs: bytearray) -> None:
        """Send the pongs of a turn, and abort a client that floods."""
        if self.writer is None or self._is_over:
            return
        before = self.transport.get_write_buffer_size()
        self.writer.write(bytes(pongs))
        self._unread = before and self._unread + self.transport.get_write_buffer_size() - before
        if self._unread > _UNREAD_MAX:
            log.info("connection_flooded", connection=self.name, unread_bytes=self._unread)
            self.abort(CloseCode.NO_PROGRESS)

    # ── ways to close, each of them bounded ──────────────────────────────────────────────────────────────────────────

    def abort(self, code: CloseCode, reason: str = "") -> None:
        """Close the connection at once. The client receives the code only if it still reads."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(close_frame(code, reason or code.reason))
        self._reader = None
        self._drop_messages()
        self._end()
        self.transport.abort()

    async def close_in_time(self, code: CloseCode, reason: str = "") -> None:
        """Perform the closing handshake, for at most the close timeout; then abort."""
        if self.state == "open":
            if self.outbox is not None:
                self.outbox.flush()  # after the close frame nothing can be sent
            self._send_close(close_frame(code, reason or code.reason))
            self._set_close_timer()
            self._drop_messages()  # read on only for the client's close frame
        if self.state != "closed":
            if self._closed is None:
                self._closed = asyncio.Event()
            await self._closed.wait()

    def release(self) -> None:
        """Forget the session that has ended, so that nothing of it waits for the garbage collector."""
        self.outbox = self.client = self.gone = self._inbox = None

    def _receive_close(self, payload: bytes, pongs: bytearray) -> None:
        """Answer a close frame with its own code, unless ours was first."""
        self.close_code = close_code(payload)
        if self.state == "open":
            self._send_close(bytes(pongs) + close_echo(payload))
        self._linger()

    def _fail(self, breach: BreachError, pongs: bytearray) -> None:
        """Close the connection of a client that breaks the rules."""
        if self.state == "open":
            self._send_close(bytes(pongs) + close_frame(breach.code, breach.reason))
        self._linger()

    def _send_close(self, last: bytes) -> None:
        if self.writer is not None and not self.transport.is_closing():
            self.writer.write(last)
        self.state = "closing"
        self._end()

    def _linger(self) -> None:
        """End our half, and wait for the client to end its own: it may have bytes on their way, and would lose our last."""
        if self.state != "closed":
            self.state, self._opening = "closing", None
        self._reader = None
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()
        self.transport.write_eof()
        self._set_close_timer()

    def _set_close_timer(self) -> None:
        if self._close_timer is None and self.state != "closed":
            timeout = self._context.options.close_timeout_seconds
            self._close_timer = self._loop.call_later(timeout, self.transport.abort)

    def _drop_messages(self) -> None:
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            was_full = inbox.is_full
            inbox.drop()
            inbox.end()
            if was_full:
                self._wait_for_turn()

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
        self._end_inbox()

    def _end_inbox(self) -> None:
        """Tell the session that there is nothing more, once all is read that came."""
        if self._is_over and self._inbox is not None and not self._is_waiting and not self._inbox.is_full:
            self._inbox.end()
