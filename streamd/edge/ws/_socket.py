"""Sockets: from a client's bytes to its session's messages, from the first byte to the last.

What one read brings may be thousands of messages, or unpack to a thousand times its size. So a socket works in turns
(`streamd/loop_turns.py`): it reads frames for a bounded time and leaves the rest until others have had theirs, and it reads none while
its session has enough messages waiting.
"""

import asyncio
import socket as sockets
from collections.abc import Callable
from typing import Final

import attrs

from streamd.config import WsOptions
from streamd.edge.socket_writer import SocketWriter
from streamd.edge.ws._frame_reader import CLOSE, PING, BreachError, Control, FrameReader, close_code
from streamd.edge.ws._handshake import Handshake
from streamd.edge.ws._inbox import Inbox
from streamd.edge.ws._opening import Accepted, Opening, Refused
from streamd.edge.ws._writable_socket import WritableSocket
from streamd.edge.ws.encoders import DEFLATE, REPLAY, TEXT
from streamd.engine.delivery import UserBytes
from streamd.errors import BusyError
from streamd.facts import frozen
from streamd.loop_turns import NEGLIGIBLE_SECONDS, TURN_SECONDS, Turns, loop_turns
from streamd.wire import replies
from streamd.wire.codes import CloseCode
from streamd.wire.frames import close_echo, close_frame, pong_frame
from streamd.wire.messages.connection_params import ConnectionParams

_LONG_READ_BYTES: Final = 16 * 1024
_ESTABLISHED: Final = 1
"""`TCP_ESTABLISHED` of Linux's tcp_states.h. A client that ended its half or was reset is in another state."""


@frozen(eq=False)
class SocketContext:
    """The options, the handshake and the turns that all sockets of a listener share."""

    options: WsOptions
    handshake: Handshake
    open_session: "Callable[[Socket, SocketWriter, Inbox, ConnectionParams], None]"
    """Called when a WebSocket is open."""
    sockets: "dict[Socket, None]" = attrs.field(factory=dict)
    """All connections, those in their handshakes included."""
    turns: Turns = attrs.field(factory=loop_turns)


class Socket(WritableSocket):
    """One connection: its handshake, then frames for its session."""

    __slots__ = (
        "_account",
        "_context",
        "_counted_bytes",
        "_inbox",
        "_is_paused",
        "_is_waiting",
        "_opening",
        "_read_seconds",
        "_reader",
    )

    def __init__(self, context: SocketContext) -> None:
        super().__init__(context.options)
        self._context = context
        self._opening: Opening | None = Opening(context.handshake, compression=context.options.compression)
        self._reader: FrameReader | None = None
        """None before the handshake, and when nothing more is to be read."""
        self._inbox: Inbox | None = None
        """None before the handshake, and when what is read is dropped."""
        self._account: UserBytes | None = None
        """What waits of the user and for it; None before the handshake."""
        self._counted_bytes = 0
        """What the account has of messages that are not whole."""
        self._is_waiting = False
        """Whether reading waits for its turn."""
        self._is_paused = False
        """Whether the transport reads nothing."""
        self._read_seconds = 0.0
        """What the last turn of reading took."""

    # ── the handshake ────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        super().connection_made(transport)
        self._context.sockets[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the listener's sockets."""
        self._context.sockets.pop(self, None)
        super().connection_lost(exc)

    def _shake_hands(self, opening: Opening, data: bytes) -> None:
        answer = opening.receive(data)
        if isinstance(answer, Refused):
            self.transport.write(answer.response)
            self._linger()
        elif answer is not None:
            self._open(answer)

    def _open(self, accepted: Accepted) -> None:
        context, options = self._context, self._options
        self.state, self._opening = "open", None
        self._reader = FrameReader(options.max_message_bytes, inflates=accepted.extensions.inflates)
        self._inbox = Inbox(
            context.turns,
            self._read_on,
            max_messages=options.max_queue_messages,
            max_bytes=options.max_message_bytes,
        )
        self.writer = SocketWriter(
            self.transport, self, DEFLATE if accepted.extensions.deflates else TEXT, REPLAY
        )  # replayed responses are few, and not worth compressing
        self.writer.ready = True
        context.open_session(self, self.writer, self._inbox, accepted.params)
        if self.outbox is not None:
            self._account = self._inbox.account = self.outbox.waiting
            self._inbox.keys = self.outbox.keys
            self.outbox.send(accepted.response)  # one write for it and the first message
        if accepted.rest:
            self.flush()
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
        self._count()

    def _count(self) -> None:
        """Account for what is held of messages that are not whole; refuse the client that holds too much."""
        held = 0 if self._reader is None else self._reader.held_bytes
        if held == self._counted_bytes or self._account is None:
            return
        self._account.arrive(held - self._counted_bytes)
        is_more, self._counted_bytes = held > self._counted_bytes, held
        if (
            is_more
            and self.state == "open"
            and (self._inbox is None or self._inbox.is_empty)
            and not self._account.may_arrive(held)
        ):
            self._refuse_more()

    def _refuse_more(self) -> None:
        """Close the connection of a client whose message cannot be waited for."""
        if self.client is not None:
            busy = BusyError(
                "too much waits already; connect and send this again in a moment", retry_after_ms=1000
            )
            self.client.send(replies.error(busy))
            self.flush()
        self._send_close(close_frame(CloseCode.TRY_LATER, CloseCode.TRY_LATER.reason))
        self._linger()

    def _wait_for_turn(self) -> None:
        self._is_waiting = True
        self._context.turns.wait(self._turn, ("", "", id(self)) if self._inbox is None else self._inbox.keys)

    def _turn(self) -> None:
        self._is_waiting = False
        if self._reader is not None:
            self._read(self._reader)
            self._count()
        self._end_messages()

    def _read_on(self) -> None:
        """Read on for the session, which has little left: at once, so that what came together is done together."""
        if self._read_seconds >= NEGLIGIBLE_SECONDS and self._context.turns.are_over:
            self._wait_for_turn()
        else:
            self._turn()

    def _read(self, reader: FrameReader) -> None:
        """Read frames until there are no more, the session has enough, or the turn is over."""
        pongs = bytearray()
        begun = now = self._loop.time()
        try:
            while (frame := reader.next()) is not None:
                if not isinstance(frame, Control):
                    self._take(frame)
                elif frame.opcode == PING:
                    pongs += pong_frame(frame.payload)
                elif frame.opcode == CLOSE:
                    self._receive_close(frame.payload, pongs)
                    return
                now = self._loop.time()
                if self._reader is None or (self._inbox is not None and self._inbox.is_full):
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
            self._send_pongs(bytes(pongs))
        if self._is_paused and not self._is_waiting and not (self._inbox is not None and self._inbox.is_full):
            self._is_paused = False
            self.transport.resume_reading()

    def notice_end(self) -> None:
        """End the session when its client is gone, although nothing is read of it at present. Called now and then.

        What waits to be read is read all the same, and ends with what tells the loss of the connection.
        """
        if self._is_paused:
            connection = self.transport.get_extra_info("socket")
            if connection.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_INFO, 1)[0] != _ESTABLISHED:
                self._end()

    def _take(self, message: str | bytes) -> None:
        if self._inbox is not None:
            self._inbox.put(message)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _receive_close(self, payload: bytes, pongs: bytearray) -> None:
        """Answer a close frame with its own code, unless ours was first."""
        self.close_code = close_code(payload)
        self._send_close(bytes(pongs) + close_echo(payload))
        self._linger()

    def _fail(self, breach: BreachError, pongs: bytearray) -> None:
        """Close the connection of a client that breaks the rules."""
        self._send_close(bytes(pongs) + close_frame(breach.code, breach.reason))
        self._linger()

    def _stop_reading(self) -> None:
        self._opening = self._reader = None
        self._count()
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()

    def _drop_messages(self) -> None:
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            was_full = inbox.is_full
            inbox.drop()
            inbox.end()
            if was_full:
                self._wait_for_turn()

    def _end_messages(self) -> None:
        if self._is_over and self._inbox is not None and not self._is_waiting and not self._inbox.is_full:
            self._inbox.end()

    def release(self) -> None:
        """Forget the session that has ended. What is still to come is read on, as the end of the connection comes after it."""
        super().release()
        if self._inbox is not None:
            self._inbox.drop()
        self._inbox = None
        if self._close_timer is None:  # else there is a close frame of the client's to be read
            self._stop_reading()
