"""Upgrade requests that are read in one go are read as the `websockets` library reads them."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.http11 import Request

from streamd.edge.ws._upgrade_request import Negotiation, usual_request
from tests.support.raw import handshake

KEY = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
USUAL = (
    ("Host", "127.0.0.1:8765"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    KEY,
    ("Sec-WebSocket-Version", "13"),
)
OTHERS = (
    ("Connection", "keep-alive, Upgrade"),
    ("Connection", "keep-alive"),
    ("connection", "uPgRaDe"),
    ("Upgrade", "WebSocket"),
    ("Upgrade", "h2c"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ="),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZR=="),
    ("Sec-WebSocket-Key", "short"),
    ("Sec-WebSocket-Version", "8"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=9"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=99, x-other; a=1"),
    ("Sec-WebSocket-Extensions", "; ;"),
    ("Sec-WebSocket-Protocol", "chat"),
    ("Origin", "http://localhost"),
    ("Origin", " null "),
    ("User-Agent", "Mozilla/5.0 (X11; Linux) \t x"),
    ("Cookie", "a=b; c=\u00e4"),
    ("Content-Length", "0"),
    ("Content-Length", "5"),
    ("Transfer-Encoding", "chunked"),
    ("X Y", "space in a name"),
    ("", "no name"),
    ("X-Empty", ""),
)
LINES = (
    "GET /?since=1 HTTP/1.1",
    "GET / HTTP/1.0",
    "POST / HTTP/1.1",
    "GET  / HTTP/1.1",
    "get / HTTP/1.1",
    "GET /\u00e4 HTTP/1.1",
)


def request(line: str, headers: Sequence[tuple[str, str]], end: str = "\r\n") -> bytes:
    return end.join([line, *map(": ".join, headers), "", ""]).encode("latin-1")


def by_the_library(data: bytes) -> tuple[Request | None, bytes, bytes]:
    """The request, what is answered, and what was left of the bytes."""
    negotiation = Negotiation(compression=True)
    found = negotiation.receive(data)
    if found is not None:
        negotiation.answer(found, lambda _: True)
    return found, negotiation.to_send()[0], negotiation.rest


def fields(response: bytes) -> dict[str, str]:
    lines = response.decode().split("\r\n")
    return {"status": lines[0], **dict(line.split(": ", 1) for line in lines[1:] if line)}


@given(
    st.sampled_from(LINES) | st.just(LINES[0]),
    st.lists(st.sampled_from(OTHERS), max_size=4),
    st.sets(st.integers(0, len(USUAL) - 1), max_size=1),
    st.binary(max_size=5),
    st.sampled_from(["\r\n", "\r\n", "\n"]),
)
@example(LINES[0], [OTHERS[9]], set(), b"", "\r\n")
def test_whatever_is_read_in_one_go_is_answered_as_by_the_library(
    line: str, others: list[tuple[str, str]], left_out: set[int], rest: bytes, end: str
) -> None:
    """Left out are headers that every client sends, or replaced by others of their name."""
    headers = [one for index, one in enumerate(USUAL) if index not in left_out] + others
    data = request(line, headers, end) + rest
    usual = usual_request(data, compression=True)
    if usual is None:
        return
    found, response, their_rest = by_the_library(data)
    assert found is not None
    expected = fields(response)
    expected.pop("Date")
    assert fields(usual.response()) == expected
    assert (usual.target, usual.host, usual.origin) == (
        found.path,
        found.headers.get("Host", ""),
        found.headers.get("Origin"),
    )
    assert usual.rest == their_rest == rest


@pytest.mark.parametrize(
    "headers",
    [
        USUAL,
        (*USUAL, ("Origin", "https://example.org"), ("User-Agent", "x"), ("Pragma", "no-cache")),
        (*USUAL, ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")),
    ],
)
def test_what_clients_send_is_read_in_one_go(headers: Sequence[tuple[str, str]]) -> None:
    assert usual_request(request("GET /ws HTTP/1.1", headers), compression=True) is not None
    assert usual_request(handshake("/", {}), compression=False) is not None


def test_a_request_in_pieces_is_read_however_it_is_cut() -> None:
    data = request(LINES[0], (*USUAL, ("Content-Length", "0"))) + b"rest"
    for size in (1, 2, 3, 7, 100):
        negotiation = Negotiation(compression=True)
        found = None
        for at in range(0, len(data), size):
            if found is None:
                found = negotiation.receive(data[at : at + size])
                after = data[at + size :]
        assert found is not None
        assert found.path == "/?since=1"
        assert negotiation.rest + after == b"rest"


def test_long_requests_are_left_to_the_library() -> None:
    spaces = request(LINES[0], (*USUAL, ("X", " " * 4_000 + "\u00e4")))
    assert usual_request(spaces, compression=True) is None
    assert usual_request(request(LINES[0], (*USUAL, ("X", "x" * 5_000))), compression=True) is None
