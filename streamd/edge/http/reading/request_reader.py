"""Reading of requests: uvicorn's protocol with bounds on everything that a client can send, and a clear refusal of the rest.

A head has a longest size and a time, a body has a time, requests ahead of their answers have a number. What two readers could
understand in two ways is refused. After a refusal nothing more of the connection is read.
"""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from streamd.edge.http.reading._request_account import RequestAccount
from streamd.edge.http.reading.answer_transports import AnswerTransport
from streamd.edge.http.reading.problem_details import problem_body

if TYPE_CHECKING:
    from streamd.edge.http import HttpListener

log = structlog.get_logger(__name__)

_LOW_WATER_SHARE: Final = 4
_WEBSOCKET: Final = b"websocket"
_MOST_AHEAD: Final = 128
"""Requests that a client may send before the first of them is answered."""
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Headers of requests that have a body."""
_UNREADABLE: Final = 400, "This is no HTTP request that can be read."
_LONG_HEAD: Final = 431, "The head of the request is too long."

CONNECTION: Final = "streamd.connection"
"""Key of the connection in the scope of a request."""


class _RefusedError(ValueError):
    """Stops the parser: it tells only that it was stopped."""


class RequestReader(HttpToolsProtocol):
    """Reads the requests of one connection, one after the other, or hands it over as a WebSocket."""

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
        self._head_bytes = self._unparsed = self._unwanted_bytes = 0
        """The size of the head so far, by what was read of it, and by what was received; and of a body after its answer."""
        self._is_head = True
        self._since: float | None = loop.time()
        """When a head or a body began to arrive that is not whole, or since when a refused client lingers."""
        self._kind = ""
        """The kind that the connection is counted as."""
        self._refusal = _UNREADABLE
        """What to say when the parser stops."""
        self._is_deaf = False
        """Whether what else the client sends is dropped."""
        self.account: Final = RequestAccount(
            lambda: listener.service.engine.waiting.of(f"connection {id(self)}")
        )
        """What waits of the request, and of its answer."""

    # ── counting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set the bounds of the write buffer; turn a connection away where there are too many."""
        super().connection_made(transport)
        connections, high = self._listener.connections, self._listener.limits.write_high_water_bytes
        transport.set_write_buffer_limits(high, high // _LOW_WATER_SHARE)
        is_one_too_many = connections.are_all_taken
        self.count_as("http")
        if is_one_too_many:
            connections.refused += 1
            self.refuse(503, "There are too many connections; try again later.", code="busy")

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no more."""
        self.count_as("")
        self.account.count_unread(0)
        super().connection_lost(exc)

    def count_as(self, kind: str) -> None:
        """Count the connection as one of a kind; as none where that is empty."""
        by_kind = self._listener.connections.by_kind
        if self._kind:
            by_kind[self._kind] -= 1
        if kind:
            by_kind[kind] += 1
        self._kind = kind

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Receive bytes; refuse a head that is too long, or that is none."""
        if self._is_deaf:
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
            self.refuse(*self._refusal)
        else:
            if self._is_head and self._unparsed > self._listener.options.max_head_bytes:
                self.refuse(*_LONG_HEAD)

    def _stop(self, status: int, text: str) -> _RefusedError:
        self._refusal = status, text
        return _RefusedError(text)

    def _upgrade(self, rest: bytes) -> None:
        """Hand a WebSocket over, with what came after its request; answer others, which offer what HTTP/1.1 need not take."""
        if self._get_upgrade() != _WEBSOCKET:
            self._is_deaf = True  # what follows may be of the other protocol
            self.cycle.keep_alive = False
            return
        if self._is_answering or self.url == b"*":
            self.refuse(400, "A WebSocket has a connection of its own.")
            return
        self.count_as("")
        self._since = None
        self.handle_websocket_upgrade()
        if rest:
            protocol = self.transport.get_protocol()
            assert isinstance(protocol, asyncio.Protocol)
            protocol.data_received(rest)

    def on_message_begin(self) -> None:
        """Begin to measure a request."""
        if len(self.pipeline) >= _MOST_AHEAD:
            raise self._stop(400, "There are too many requests ahead of their answers.")
        super().on_message_begin()
        self._refusal = _UNREADABLE
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
            raise self._stop(*_LONG_HEAD)

    def on_headers_complete(self) -> None:
        """Refuse a head that is doubtful; measure the body from now on."""
        self._check_head()
        self._is_head, self._head_bytes, self._unwanted_bytes, self._since = False, 0, 0, self.loop.time()
        self._refusal = 400, "The body of the request cannot be read."
        before = self.cycle
        super().on_headers_complete()
        has_body = any(name in _FRAMING for name, _ in self.headers)
        if self.cycle is not before and (has_body or self.scope["http_version"] == "1.0"):
            own = AnswerTransport(
                self.transport, self._end_answer, chunks=self.scope["http_version"] != "1.0"
            )
            self.cycle.transport = own  # type: ignore[assignment]  # it has all that is used of one

    def _end_answer(self) -> None:
        """End the connection after an answer, which may have come before the whole body."""
        if self._is_head:
            self.transport.close()
        else:
            self._linger()

    def _check_head(self) -> None:
        version, headers = self.parser.get_http_version(), self.headers
        if version not in _VERSIONS:
            raise self._stop(505, "This is HTTP/1.1.")
        codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
        if codings and version == "1.0":
            raise self._stop(400, "HTTP/1.0 has no Transfer-Encoding.")
        if codings not in ([], [b"chunked"]):
            raise self._stop(501, "The only Transfer-Encoding is chunked.")
        if not self.url.startswith((b"/", b"*")):
            hosts = [value for name, value in headers if name == b"host"]
            if hosts != [self.url.partition(b"://")[2].partition(b"/")[0].partition(b"?")[0]]:
                raise self._stop(400, "The target of the request and its Host are not the same.")

    def on_body(self, body: bytes) -> None:
        """Receive a piece of a body. What comes of it after the answer is dropped, up to a bound."""
        if self.cycle.response_complete:
            self._unwanted_bytes += len(body)
            if self._unwanted_bytes > self._listener.limits.max_message_bytes:
                self._linger()
            return
        self._since = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Measure no more: all of the request is here."""
        super().on_message_complete()
        self._is_head, self._since, self._unparsed = True, None, 0

    # ── the account of what waits ────────────────────────────────────────────────────────────────────────────────────

    def pause_writing(self) -> None:
        """Account for an answer that the client does not read."""
        super().pause_writing()
        self.account.count_unread(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Account for it no more."""
        super().resume_writing()
        self.account.count_unread(0)

    # ── refusing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _is_answering(self) -> bool:
        """Whether an answer is under way to a request before the one that is read now."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return bool(self.pipeline)
        return bool(self.pipeline) or self._is_head or cycle.response_started

    def refuse(self, status: int, text: str, code: str = "invalid_message") -> None:
        """Answer without a route, and end the connection; where another answer is under way, only end it, after that."""
        if self._is_deaf or self.transport.is_closing():
            return
        log.debug("http_refused", status=status, reason=text)
        self._unset_keepalive_if_required()
        if self._is_answering:
            self._is_deaf = True
            if self._is_head:
                self.cycle.keep_alive = False  # what was asked for before is answered
            else:
                self.transport.close()
            return
        keys = {"code": code, "detail": text, "retryable": status == 503}
        self.transport.write(_refusal(status, problem_body(status, keys)))
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self._linger()

    def _linger(self) -> None:
        """End our half, and drop what comes until the client ends its own: it would lose our last bytes otherwise."""
        self._is_deaf, self._since = True, self.loop.time()
        self.flow.resume_reading()
        try:
            self.transport.write_eof()
        except OSError:  # the client is gone
            self.transport.abort()

    def check_time(self, now: float) -> None:
        """Refuse a request that does not come in time. Called every second."""
        if self._since is None:
            return
        limits = self._listener.limits
        if self._is_deaf:
            if now - self._since > limits.close_timeout_seconds:
                self.transport.abort()
        elif self.flow.read_paused:
            self._since = now  # it is us who read no further
        elif now - self._since > self.longest:
            if self._is_head and not self._head_bytes:
                self.transport.close()  # it has asked for nothing
            else:
                self.refuse(408, "The request did not come in time.")

    @property
    def longest(self) -> float:
        """Seconds that a head or a body may take."""
        if self._is_head:
            return self._listener.limits.open_timeout_seconds
        return self._listener.options.body_timeout_seconds


def _refusal(status: int, body: bytes) -> bytes:
    """Encode an answer after which the connection ends."""
    phrase = HTTPStatus(status).phrase.encode()
    retry = b"retry-after: 5\r\n" if status == 503 else b""
    return (
        b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n%bconnection: close\r\n\r\n%b"
        % (status, phrase, len(body), retry, body)
    )
