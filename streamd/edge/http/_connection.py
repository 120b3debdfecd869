"""HTTP connections: uvicorn's protocol with bounds, and with the way to the transport that streams of events take.

A head has a longest size and a time, a body has a time; a stream that is not read is waited for like a socket. One
sweeper looks after all of that.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final

import httptools
import orjson
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from streamd.edge.socket_writer import SocketWriter
from streamd.engine.delivery import Outbox
from streamd.wire.codes import CloseCode
from streamd.wire.sse import COMMENT, chunk

if TYPE_CHECKING:
    from streamd.edge.http.listener import HttpListener

log = structlog.get_logger(__name__)

_LOW_WATER_SHARE: Final = 4
_COMMENT: Final = chunk(COMMENT)
_WEBSOCKET: Final = b"websocket"

CONNECTION: Final = "streamd.connection"
"""Key of the connection in the scope of a request."""


class HttpConnection(HttpToolsProtocol):
    """One connection: requests one after the other, a stream of events, or a WebSocket that is handed over."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop,
        listener: "HttpListener",
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._listener = listener
        self._head_bytes = self._unparsed = 0
        """The size of the head so far, by what was read of it, and by what was received."""
        self._is_head = True
        self._since: float | None = loop.time()
        """When a head or a body began to arrive that is not whole; None while none does."""
        self._writer: SocketWriter | None = None
        """That of its stream of events."""
        self._outbox: Outbox | None = None
        self._ending: asyncio.Event | None = None
        self._written = self._acknowledged = 0
        self._written_at = self._progress_at = 0.0
        self._had_backlog = False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set the bounds of the write buffer."""
        super().connection_made(transport)
        high = self._listener.limits.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)

    def data_received(self, data: bytes) -> None:
        """Receive bytes; refuse a head that is too long, or that is none."""
        self._unset_keepalive_if_required()
        if self._is_head and self._since is None:
            self._since = self.loop.time()
        self._unparsed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[int(upgrade.args[0]) :])
        except httptools.HttpParserError:
            if self._head_bytes > self._listener.options.max_head_bytes:
                self._refuse_head()
            else:
                self._refuse(400, "This is no HTTP request that can be read.")
        else:
            if self._is_head and self._unparsed > self._listener.options.max_head_bytes:
                self._refuse_head()

    def _refuse_head(self) -> None:
        self._refuse(431, "The head of the request is too long.")

    def _upgrade(self, rest: bytes) -> None:
        """Hand a WebSocket over, with what came after its request."""
        if self._get_upgrade() != _WEBSOCKET or self.url == b"*":
            self._refuse(400, "There is nothing to upgrade to but a WebSocket.")
            return
        self.handle_websocket_upgrade()
        if rest:
            protocol = self.transport.get_protocol()
            assert isinstance(protocol, asyncio.Protocol)
            protocol.data_received(rest)

    def on_message_begin(self) -> None:
        """Begin to measure a request."""
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[typeddict-unknown-key]  # ASGI lets servers add keys

    def on_url(self, url: bytes) -> None:
        """Receive a piece of the target."""
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header."""
        self._measure(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _measure(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._listener.options.max_head_bytes:
            raise ValueError("the head is too long")  # the parser stops, and tells that it did

    def on_headers_complete(self) -> None:
        """Measure the body from now on."""
        self._is_head, self._head_bytes, self._since = False, 0, self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Receive a piece of a body."""
        self._since = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Measure no more: all of the request is here."""
        super().on_message_complete()
        self._is_head, self._since, self._unparsed = True, None, 0

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read."""
        self._refuse(400, msg)

    def _refuse(self, status: int, text: str) -> None:
        """Answer without a route, and close the connection."""
        body = orjson.dumps({"status": status, "code": "invalid_message", "detail": text, "retryable": False})
        head = b"HTTP/1.1 %d \r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head % (status, len(body)) + body)
            self.transport.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def follow(self, outbox: Outbox, writer: SocketWriter, ending: asyncio.Event) -> None:
        """Write a stream of events from now on; `ending` is set when it is to end or the client is gone."""
        self._outbox, self._writer, self._ending = outbox, writer, ending
        self._written_at = self._progress_at = self.loop.time()
        self._written = self._acknowledged = 0
        self._had_backlog = False

    def tell_end(self, ending: asyncio.Event) -> None:
        """Set the event when the client is gone or the daemon stops, until `unfollow`."""
        self._ending = ending

    def unfollow(self) -> None:
        """Write no stream any more."""
        if self._writer is not None:
            self._writer.ready = False
        self._outbox = self._writer = self._ending = None

    def pause_writing(self) -> None:
        """Pause the stream: the write buffer is above its high-water mark."""
        super().pause_writing()
        if self._writer is not None:
            self._writer.ready = False

    def resume_writing(self) -> None:
        """Resume the stream where it stopped."""
        super().resume_writing()
        if self._writer is not None and self._outbox is not None:
            self._writer.ready = True
            self._outbox.flush_in_turn()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the writer: the file descriptor may be reused for another connection at once."""
        ending = self._ending
        self.unfollow()
        if ending is not None:
            ending.set()
        super().connection_lost(exc)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def end(self) -> None:
        """End in good order: streams when they are told so, others after the answer that is being written."""
        if self._ending is not None:
            self._ending.set()
        self.shutdown()

    def abort(self, code: CloseCode) -> None:
        """Close the connection at once. HTTP has no codes: the log has this one."""
        if code is not CloseCode.RESTART:
            log.info("connection_dropped", protocol="http", code=int(code))
        self.transport.abort()

    def check(self, now: float) -> None:
        """Abort a connection that is too slow, and comment in a stream that is silent. Called every second."""
        limits, options = self._listener.limits, self._listener.options
        if self._since is not None:
            longest = limits.open_timeout_seconds if self._is_head else options.body_timeout_seconds
            if now - self._since > longest:
                self._refuse(408, "The request did not come in time.")
                return
        writer = self._writer
        if writer is None:
            return
        if self._is_stalled(writer, now):
            self.abort(CloseCode.NO_PROGRESS)
        elif writer.written != self._written:
            self._written, self._written_at = writer.written, now
        elif writer.ready and now - self._written_at >= options.comment_seconds:
            writer.write(_COMMENT)

    def _is_stalled(self, writer: SocketWriter, now: float) -> bool:
        """Whether bytes are pending and the client has acknowledged none of them for too long."""
        had_backlog, self._had_backlog = self._had_backlog, writer.buffered > 0
        acknowledged = writer.acknowledged
        if not self._had_backlog or not had_backlog or acknowledged > self._acknowledged:
            self._acknowledged, self._progress_at = acknowledged, now
            return False
        return now - self._progress_at > self._listener.limits.stall_timeout_seconds
