"""HTTP connections: uvicorn's protocol with bounds, and with the way to the transport that streams of events take.

A head has a longest size and a time, a body has a time; a stream that is not read is waited for like a socket. One
sweeper looks after all of that.
"""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httptools
import orjson
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
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
        self._kind = ""
        """The kind that it is counted as."""
        self._is_refused = False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set the bounds of the write buffer; turn a connection away where there are too many."""
        super().connection_made(transport)
        connections = self._listener.connections
        is_one_too_many = connections.are_all_taken
        self._count("http")
        high = self._listener.limits.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)
        if is_one_too_many:
            connections.refused += 1
            self._refuse(503, "There are too many connections; try again later.", code="busy")

    def _count(self, kind: str) -> None:
        """Count the connection as one of a kind; no more where it is empty."""
        by_kind = self._listener.connections.by_kind
        for name, more in ((self._kind, -1), (kind, 1)):
            if name:
                by_kind[name] += more
        self._kind = kind

    def data_received(self, data: bytes) -> None:
        """Receive bytes; refuse a head that is too long, or that is none."""
        if self._is_refused:
            return
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
        self._count("")
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

    def _refuse(self, status: int, text: str, code: str = "invalid_message") -> None:
        """Answer without a route, and end the connection; without an answer where it would follow a part of another one.

        Our half ends at once, and what the client still sends is dropped until it ends its own: it would lose the answer.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused, self._since = True, self.loop.time()
        log.debug("http_refused", status=status, reason=text)
        self._unset_keepalive_if_required()
        cycle: RequestResponseCycle | None = self.cycle
        is_answering = (
            cycle is not None and not cycle.response_complete and (self._is_head or cycle.response_started)
        )
        if is_answering or self.pipeline:
            self.transport.close()
            return
        keys = {"status": status, "code": code, "detail": text, "retryable": status == 503}
        self.transport.write(_refusal(status, orjson.dumps(keys)))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.flow.resume_reading()
        try:
            self.transport.write_eof()
        except OSError:  # the client is gone
            self.transport.abort()

    @property
    def is_slow(self) -> bool:
        """Whether its stream is not written to until the client has read."""
        return self._writer is not None and not self._writer.ready

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def follow(self, outbox: Outbox, writer: SocketWriter, ending: asyncio.Event) -> None:
        """Write a stream of events from now on; `ending` is set when it is to end or the client is gone."""
        self._outbox, self._writer, self._ending = outbox, writer, ending
        self._count("events")
        self._written_at = self._progress_at = self.loop.time()
        self._written = self._acknowledged = 0
        self._had_backlog = False

    def unfollow(self) -> None:
        """Write no stream any more."""
        if self._writer is not None:
            self._writer.ready = False
        self._outbox = self._writer = self._ending = None
        if self._kind:
            self._count("http")

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
        self._count("")

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def end(self) -> None:
        """End in good order: streams when they are told so, others after the answer that is being written."""
        if self._ending is not None:
            self._ending.set()
        self.shutdown()

    def abort(self, code: CloseCode) -> None:
        """Close the connection at once. HTTP has no codes: the log has this one."""
        if code is not CloseCode.RESTART:
            self._listener.connections.dropped["stalled"] += 1
            log.info("connection_dropped", protocol="http", code=int(code))
        self.transport.abort()

    def check(self, now: float) -> None:
        """Abort a connection that is too slow, and comment in a stream that is silent. Called every second."""
        limits, options = self._listener.limits, self._listener.options
        if self._since is not None:
            longest = limits.open_timeout_seconds if self._is_head else options.body_timeout_seconds
            if self._is_refused:
                if now - self._since > limits.close_timeout_seconds:
                    self.transport.abort()
                return
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


def _refusal(status: int, body: bytes) -> bytes:
    """Encode an answer after which the connection ends."""
    phrase = HTTPStatus(status).phrase.encode()
    retry = b"retry-after: 5\r\n" if status == 503 else b""
    return (
        b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n%bconnection: close\r\n\r\n%b"
        % (status, phrase, len(body), retry, body)
    )
