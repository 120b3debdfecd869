"""Upgrade requests: what a client's opening handshake asks for, read in one go where it is as usual.

Most of what a new connection costs is its handshake, and after a restart everybody comes back within a minute. So the
request that every client sends is read by a pattern, and whatever is out of the ordinary, plain HTTP and errors included,
is left to the `websockets` library.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha1
from typing import Final, TypeAlias, TypeVar

from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from streamd.facts import frozen
from streamd.wire.frames import MEMORY_LEVEL, WINDOW_BITS, accepts_compressed

_USUAL_BYTES: Final = 4096
"""Longest request that is read in one go."""
_HEADER: Final = re.compile(rb"(?m)^([-!#$%&'*+.^_`|~0-9a-zA-Z]+):([\t\x20-\x7e]*)\r$")
_REQUEST_LINE: Final = re.compile(rb"GET ([\x21-\x7e]+) HTTP/1\.1\r\n")
_KEY: Final = re.compile(rb"(?i)(?<=\n)sec-websocket-key:[\t ]*([A-Z0-9+/]{22}==)[\t ]*\r\n")
_UNUSUAL: Final = frozenset({
    b"content-length", b"transfer-encoding", b"sec-websocket-protocol", b"sec-websocket-key", b"authorization"
})  # fmt: skip
"""Headers that are left to the library; the key is where it is looked for, and once."""
_BEARER: Final = "bearer."
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_END: Final = b"\r\n\r\n"

P = TypeVar("P")


@frozen
class Extensions:
    """An agreement about compression."""

    header: bytes = b""
    """Lines of the response."""
    inflates: bool = False
    """Whether the client may send compressed messages."""
    deflates: bool = False
    """Whether it can take our compressed frames."""


_Headers: TypeAlias = tuple[str, str | None, Extensions]


@frozen
class UpgradeRequest:
    """A request to open a WebSocket that is as it should be."""

    target: str
    host: str
    origin: str | None
    rest: bytes
    """What came after it."""
    extensions: Extensions
    _key: bytes

    def response(self) -> bytes:
        """The response that accepts it."""
        accept = b64encode(sha1(self._key + _GUID, usedforsecurity=False).digest())
        return b"".join((
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ",
            accept, b"\r\n", self.extensions.header, b"\r\n",
        ))  # fmt: skip


def usual_request(data: bytes, *, compression: bool) -> UpgradeRequest | None:
    """Read a whole request that opens a WebSocket; None where anything about it is missing, wrong or unusual."""
    end = data.find(_END, 0, _USUAL_BYTES)
    line = _REQUEST_LINE.match(data)
    key = None if end < 0 or line is None else _KEY.search(data, line.end() - 1, end + 2)
    if line is None or key is None:
        return None
    headers = _usual_headers(data[line.end() : key.start()], data[key.end() : end + 2], compression)
    if headers is None:
        return None
    host, origin, extensions = headers
    return UpgradeRequest(line[1].decode(), host, origin, data[end + len(_END) :], extensions, key[1])


@lru_cache(maxsize=256)
def _usual_headers(before: bytes, after: bytes, compression: bool) -> _Headers | None:
    """Host, origin and extensions in the headers around a key: the same for all clients of a kind."""
    lines = before + after
    headers = {name.lower(): value.strip(b" \t") for name, value in _HEADER.findall(lines)}
    if len(headers) != lines.count(b"\n") or not headers.keys().isdisjoint(_UNUSUAL):
        return None
    if (
        headers.get(b"upgrade", b"").lower() != b"websocket"
        or headers.get(b"sec-websocket-version") != b"13"
        or b"upgrade" not in map(bytes.strip, headers.get(b"connection", b"").lower().split(b","))
    ):
        return None
    offer = headers.get(b"sec-websocket-extensions")
    extensions = _NONE if offer is None or not compression else _negotiated(offer)
    if extensions is None:
        return None
    origin = headers.get(b"origin")
    return headers.get(b"host", b"").decode(), None if origin is None else origin.decode(), extensions


class Negotiation:
    """An opening handshake as the `websockets` library makes it, in as many pieces as it comes."""

    def __init__(self, *, compression: bool) -> None:
        self._protocol = _Protocol(extensions=[_compression()] if compression else None)
        self._head = bytearray()
        self.rest = b""
        """What came after the request."""

    def receive(self, data: bytes) -> Request | None:
        """Take bytes; return the request once it is whole."""
        start = max(0, len(self._head) - len(_END) + 1)
        before = len(self._head)
        self._head += data
        end = self._head.find(_END, start)
        if end >= 0:
            # The library would read on, and take for frames what follows.
            cut = end + len(_END) - before
            data, self.rest = data[:cut], data[cut:]
        self._protocol.receive_data(data)
        [*events] = self._protocol.events_received()
        if not events:
            return None
        request = events[0]
        assert isinstance(request, Request)
        return request

    def answer(
        self, request: Request, decide: Callable[[Request], P | Response]
    ) -> tuple[P | None, Extensions]:
        """Decide on the request; what was decided where it is accepted, else None. The response is to be sent."""
        decided = decide(request)
        if isinstance(decided, Response):
            self._protocol.send_response(decided)
            return None, _NONE
        response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if response.status_code != 101:
            return None, _NONE
        extensions = self._protocol.extensions
        return decided, Extensions(inflates=bool(extensions), deflates=accepts_compressed(extensions))

    def to_send(self) -> tuple[bytes, bool]:
        """Bytes for the client, and whether they are the last ones."""
        pieces = self._protocol.data_to_send()
        is_last = b"" in pieces
        if is_last:  # what went wrong knows where it did, and would keep all of it for the garbage collector
            self._protocol.handshake_exc = None
            self._protocol.parser.close()
        return b"".join(pieces), is_last


_NONE: Final = Extensions()


def bearer_token(request: Request) -> str | None:
    """The token in the headers of a request: a bearer's, or that of the subprotocol `bearer.TOKEN`."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
    return next((one.strip()[len(_BEARER) :] for one in offered if one.strip().startswith(_BEARER)), None)


class _Protocol(ServerProtocol):
    """The library's, which would keep a function that chooses as a method bound to itself, for the garbage collector."""

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """Choose what a client offers beside its token, or else that: a browser wants one of its own back."""
        others = [one for one in subprotocols if not one.startswith(_BEARER)]
        if len(others) == len(subprotocols):
            return None
        return others[0] if others else subprotocols[0]


@lru_cache(maxsize=64)  # there are only so many clients
def _negotiated(offer: bytes) -> Extensions | None:
    """Agree with a client that offers this; None where the offer cannot be read."""
    protocol = ServerProtocol(extensions=[_compression()])
    try:
        header, extensions = protocol.process_extensions(
            Headers([("Sec-WebSocket-Extensions", offer.decode())])
        )
    except Exception:  # noqa: BLE001 - the library says to the client what is wrong
        return None
    line = b"" if header is None else b"Sec-WebSocket-Extensions: " + header.encode() + b"\r\n"
    return Extensions(line, inflates=bool(extensions), deflates=accepts_compressed(extensions))


def _compression() -> ServerPerMessageDeflateFactory:
    """Deflate without context takeover, so that one compressed frame serves all and idle connections hold no window."""
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=WINDOW_BITS,
        client_max_window_bits=WINDOW_BITS,
        compress_settings={"memLevel": MEMORY_LEVEL},
    )
