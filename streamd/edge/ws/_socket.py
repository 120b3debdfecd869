"""Sockets: what goes on between a client's bytes and its session's messages, from the first byte to the last.

What one read brings may be thousands of messages, or unpack to a thousand times its size. So a socket works in *turns*:
it reads frames for a bounded time, leaves the rest for the next turn of the event loop, when all others have had theirs,
and reads none while its session has enough messages waiting.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

import attrs
import structlog
from websockets.http11 import Response

from streamd.config import WsOptions
from streamd.edge.ws._client import Client
from streamd.edge.ws._frame_reader import CLOSE, DATA, PING, BreachError, FrameReader, close_code
from streamd.edge.ws._handshake import Handshake
from streamd.edge.ws._socket_writer import SocketWriter
from streamd.edge.ws._upgrade_request import Extensions, Negotiation, usual_request
from streamd.edge.ws.encoders import DEFLATE
from streamd.engine.delivery import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.frames import close_echo, close_frame, ping_frame, pong_frame
from streamd.wire.messages.connection_params import ConnectionParams

log = structlog.get_logger(__name__)

_UNREAD_MAX: Final = 512 * 1024
"""Bytes of pongs that a client may leave unread; a client that floods with pings and does not read is aborted."""
_TURN_SECONDS: Final = 0.002
"""Longest turn of a socket, and of its session; a single message may take longer."""
_ALL_TURNS_SECONDS: Final = 0.008
"""What the turns of all sockets that have more to do may take together in one turn of the event loop …"""
_SHORTEST_TURN_SECONDS: Final = 0.0002
"""… but none is shorter than this."""
_LOW_WATER_SHARE: Final = 4
_ABNORMAL: Final = 1006

_PING: Final = ping_frame()

State = Literal["opening", "open", "closing", "closed"]
"""`closing`: a close frame or a refusal was sent, and the end of the connection is awaited."""


class ConnectionClosedError(Exception):
    """The connection has ended, and everything that came before is read."""


@attrs.define(eq=False)
class Turns:
    """Shares the event loop between the sockets that have more to do than one turn allows."""

    busy: int = 0
    """How many of them wait for their next turn."""

    @property
    def seconds(self) -> float:
        """How long the next turn may be."""
        if self.busy * _TURN_SECONDS <= _ALL_TURNS_SECONDS:
            return _TURN_SECONDS
        return max(_SHORTEST_TURN_SECONDS, _ALL_TURNS_SECONDS / self.busy)


@attrs.frozen(eq=False)
class SocketContext:
    """What all sockets of a listener share."""

    options: WsOptions
    handshake: Handshake
    opened: "Callable[[Socket, SocketWriter], None]"
    """Called when a WebSocket is open: its session begins."""
    sockets: "dict[Socket, None]" = attrs.field(factory=dict)
    """All connections, those in their handshakes included."""
    turns: Turns = attrs.field(factory=Turns)


class Socket(asyncio.Protocol):
    """One connection: reads frames for its session, and owns the writer of prepared frames."""

    __slots__ = (
        "_close_timer", "_closed", "_context", "_drops_messages", "_is_full", "_is_over", "_is_paused", "_is_scheduled", "_messages", "_negotiation",
        "_reader", "_unread", "_waiter", "_waiting_bytes", "_yield_at",
        "acknowledged", "client", "close_code", "gone", "had_backlog", "heartbeat_at", "loop", "outbox", "params",
        "pinged_at", "progress_at", "received_at", "state", "transport", "writer",
    )  # fmt: skip

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self.state: State = "opening"
        self.received_at = self.loop.time()
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
        self.params = ConnectionParams()
        self.close_code = _ABNORMAL
        """The code that the client closed with."""
        self._negotiation: Negotiation | None = None
        self._reader: FrameReader | None = None
        """None before the handshake, and when nothing more is to be read."""
        self._messages: deque[str | bytes] = deque()
        self._waiting_bytes = 0
        self._is_full = False
        """Whether reading waits for the session."""
        self._is_scheduled = False
        """Whether a turn is on its way."""
        self._is_paused = False
        """Whether the transport reads nothing."""
        self._is_over = False
        """Whether nothing can be sent any more."""
        self._drops_messages = False
        """Whether what else the client says is dropped, as we have closed the connection."""
        self._waiter: asyncio.Future[None] | None = None
        self._yield_at = 0.0
        self._unread = 0
        """Bytes of pongs that were buffered since the write buffer was last drained."""
        self._closed: asyncio.Event | None = None
        self._close_timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"socket-{id(self):x}" if self.client is None else self.client.connection_id

    # ── messages for the session ─────────────────────────────────────────────────────────────────────────────────────

    async def recv(self) -> str | bytes:
        """Return the next message, and let others have their turn when the session's is over.

        Raises ConnectionClosedError once the connection has ended and all messages that came before are read.
        """
        messages = self._messages
        if messages and self.loop.time() >= self._yield_at:
            await asyncio.sleep(0)
            self._yield_at = self.loop.time() + self._context.turns.seconds
        if not messages:
            while not messages:
                if self._is_over and not self._is_scheduled:
                    raise ConnectionClosedError
                self._waiter = self.loop.create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None
            self._yield_at = self.loop.time() + self._context.turns.seconds
        message = messages.popleft()
        self._waiting_bytes -= len(message)
        if self._is_full and len(messages) <= self._context.options.max_queue_messages // _LOW_WATER_SHARE:
            self._is_full = False
            self._schedule_turn()
        return message

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        high = self._context.options.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)
        self._context.sockets[self] = None

    def data_received(self, data: bytes) -> None:
        """Receive bytes."""
        if self.state == "opening":
            self._shake_hands(data)
            return
        self.received_at = self.loop.time()
        if self._reader is None:
            return
        self._reader.feed(data)
        if self._is_full or self._is_scheduled:
            self._is_paused = True
            self.transport.pause_reading()
        else:
            self._read()

    def _turn(self) -> None:
        self._context.turns.busy -= 1
        self._is_scheduled = False
        if self._reader is not None:
            self._read()
        if not self._is_scheduled and self._is_over:
            self._wake()  # there is nothing more to wait for

    def _schedule_turn(self) -> None:
        self._is_scheduled = True
        self._context.turns.busy += 1
        self.loop.call_soon(self._turn)

    def _read(self) -> None:
        """Read frames until there are no more, the session has enough, or the turn is over."""
        assert self._reader is not None
        options, messages, pongs = self._context.options, self._messages, bytearray()
        now = self.loop.time()
        until = now + self._context.turns.seconds
        try:
            while (frame := self._reader.next()) is not None:
                opcode, payload = frame
                if opcode in DATA:
                    if self._drops_messages:
                        continue
                    messages.append(payload)
                    self._waiting_bytes += len(payload)
                    self._wake()
                    if (
                        len(messages) > options.max_queue_messages
                        or self._waiting_bytes > options.max_message_bytes
                    ):
                        self._is_full = True
                        break
                elif opcode == PING:
                    assert isinstance(payload, bytes)
                    pongs += pong_frame(payload)
                elif opcode == CLOSE:
                    assert isinstance(payload, bytes)
                    self._send_pongs(pongs)
                    pongs.clear()
                    self._receive_close(payload)
                    return
                if self.loop.time() >= until:
                    self._schedule_turn()
                    break
        except BreachError as breach:
            self._send_pongs(pongs)
            self._fail(breach)
            return
        self._send_pongs(pongs)
        if self._is_paused and not self._is_full and not self._is_scheduled:
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

    # ── the handshake ────────────────────────────────────────────────────────────────────────────────────────────────

    def _shake_hands(self, data: bytes) -> None:
        context = self._context
        if self._negotiation is None:
            request = usual_request(data, compression=context.options.compression)
            if request is not None:
                params = context.handshake.upgrade(request.target, request.origin, request.host)
                if isinstance(params, Response):
                    self._refuse(params.serialize())
                else:
                    self._open(request.response(), params, request.extensions, request.rest)
                return
            self._negotiation = Negotiation(compression=context.options.compression)
        self._negotiate(self._negotiation, data)

    def _negotiate(self, negotiation: Negotiation, data: bytes) -> None:
        request = negotiation.receive(data)
        params, extensions = None, Extensions()
        if request is not None:
            params, extensions = negotiation.answer(request, self._context.handshake)
        response, is_last = negotiation.to_send()
        if params is not None:
            self._negotiation = None
            self._open(response, params, extensions, negotiation.rest)
        elif is_last:
            self._negotiation = None
            self._refuse(response)

    def _refuse(self, response: bytes) -> None:
        self.transport.write(response)
        self._linger()

    def _open(self, response: bytes, params: ConnectionParams, extensions: Extensions, rest: bytes) -> None:
        self.state = "open"
        self.received_at = self.loop.time()
        self.params = params
        self._reader = FrameReader(self._context.options.max_message_bytes, inflates=extensions.inflates)
        self.writer = writer = SocketWriter(self.transport, self)
        if extensions.deflates:
            writer.encoding = DEFLATE
        writer.write(response)
        writer.ready = True
        self._context.opened(self, writer)
        if rest:
            self.data_received(rest)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def pause_writing(self) -> None:
        """Pause the writer: the write buffer is above its high-water mark."""
        if self.writer is not None:
            self.writer.ready = False

    def resume_writing(self) -> None:
        """Resume the outbox where it stopped: the write buffer has drained."""
        self._unread = 0
        if self.writer is not None and self.state == "open" and not self._is_over:
            self.writer.ready = True
            if self.outbox is not None:
                self.outbox.flush()

    def ping(self) -> None:
        """Send a ping if the buffer has room. A reply updates `received_at`."""
        if self.writer is not None and self.writer.ready:
            self.writer.write(_PING)

    def _send_pongs(self, pongs: bytearray) -> None:
        """Send the pongs of a turn, and abort a client that floods."""
        if not pongs or self.writer is None or self._is_over or self.transport.is_closing():
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
            self._drop_messages()
        if self.state != "closed":
            if self._closed is None:
                self._closed = asyncio.Event()
            await self._closed.wait()

    def release(self) -> None:
        """Forget the session that has ended, so that nothing of it waits for the garbage collector."""
        self.outbox = self.client = self.gone = None

    def _receive_close(self, payload: bytes) -> None:
        """Answer a close frame with its own code, unless ours was first."""
        self.close_code = close_code(payload)
        if self.state == "open":
            self._send_close(close_echo(payload))
        self._linger()

    def _fail(self, breach: BreachError) -> None:
        """Close the connection of a client that breaks the rules."""
        if self.state == "open":
            self._send_close(close_frame(breach.code, breach.reason))
        self._linger()

    def _send_close(self, frame: bytes) -> None:
        if self.writer is not None and not self.transport.is_closing():
            self.writer.write(frame)
        self.state = "closing"
        self._end()

    def _linger(self) -> None:
        """End our half, and wait for the client to end its own: it may have bytes on their way, and would lose our last."""
        if self.state != "closed":
            self.state = "closing"
        self._reader = None
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()
        self.transport.write_eof()
        self._set_close_timer()

    def _set_close_timer(self) -> None:
        if self._close_timer is None and self.state != "closed":
            timeout = self._context.options.close_timeout_seconds
            self._close_timer = self.loop.call_later(timeout, self.transport.abort)

    def _drop_messages(self) -> None:
        """Read on only for the client's close frame."""
        self._drops_messages = True
        self._messages.clear()
        self._waiting_bytes = 0
        if self._is_full:
            self._is_full = False
            self._schedule_turn()

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
        if not self._is_scheduled:
            self._wake()
