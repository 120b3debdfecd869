"""Prepared frames, read by the sans-I/O client of the websockets library."""

import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import ProtocolError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from streamd.wire.frames import (
    MAX_REASON_BYTES,
    accepts_compressed,
    close_frame,
    compressed_frame,
    ping_frame,
    text_frame,
)

LONG = b'{"event_type":"field_changed","data":{"current_stock":80}}' * 300
WIDE = bytes(range(32, 127)) * 90
SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000]

NONE = (None, None)
DEFAULT = (ClientPerMessageDeflateFactory(client_max_window_bits=True), ServerPerMessageDeflateFactory())
OURS = (
    ClientPerMessageDeflateFactory(client_max_window_bits=True),
    ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=12,
        client_max_window_bits=12,
    ),
)
ASKED_FOR_NO_CONTEXT = (
    ClientPerMessageDeflateFactory(server_no_context_takeover=True),
    ServerPerMessageDeflateFactory(),
)
SMALL_WINDOW = (
    ClientPerMessageDeflateFactory(server_no_context_takeover=True, server_max_window_bits=9),
    ServerPerMessageDeflateFactory(),
)
SMALL_WINDOW_AND_CONTEXT = (
    ClientPerMessageDeflateFactory(server_max_window_bits=10),
    ServerPerMessageDeflateFactory(),
)

Profile = tuple[ClientPerMessageDeflateFactory | None, ServerPerMessageDeflateFactory | None]
ALL: dict[str, Profile] = {
    "none": NONE,
    "default": DEFAULT,
    "ours": OURS,
    "asked for no context": ASKED_FOR_NO_CONTEXT,
    "small window": SMALL_WINDOW,
    "small window and context": SMALL_WINDOW_AND_CONTEXT,
}
COMPRESSING = {"ours", "asked for no context"}


def pair(profile: Profile) -> tuple[ServerProtocol, ClientProtocol]:
    """A server and a client that have shaken hands, without a socket."""
    theirs, ours = profile
    client = ClientProtocol(parse_uri("ws://localhost/"), extensions=None if theirs is None else [theirs])
    server = ServerProtocol(extensions=None if ours is None else [ours])
    client.send_request(client.connect())
    for data in client.data_to_send():
        server.receive_data(data)
    [request] = server.events_received()
    response = server.accept(request)  # type: ignore[arg-type]  # events are a union; the first is the request
    server.send_response(response)
    for data in server.data_to_send():
        client.receive_data(data)
    [answer] = client.events_received()
    assert isinstance(answer, Response)
    assert isinstance(answer.headers, Headers)
    assert client.state is State.OPEN
    return server, client


def texts(client: ClientProtocol) -> list[bytes]:
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert all(frame.opcode is Opcode.TEXT for frame in frames)
    return [bytes(frame.data) for frame in frames]


def spoken(server: ServerProtocol, payload: bytes) -> bytes:
    """What the library itself would write for a message."""
    server.send_text(payload)
    return b"".join(server.data_to_send())


@pytest.mark.parametrize("size", SIZES)
def test_a_text_frame_arrives_whole_whatever_its_size(size: int) -> None:
    _, client = pair(NONE)
    client.receive_data(text_frame(b"x" * size))
    assert texts(client) == [b"x" * size]


@pytest.mark.parametrize("name", ALL)
def test_text_frames_may_stand_between_messages_of_the_library_on_every_connection(name: str) -> None:
    server, client = pair(ALL[name])
    client.receive_data(
        spoken(server, LONG)
        + text_frame(WIDE)
        + spoken(server, LONG)
        + text_frame(b"{}")
        + spoken(server, WIDE)
    )
    assert texts(client) == [LONG, WIDE, LONG, b"{}", WIDE]


@pytest.mark.parametrize("name", sorted(COMPRESSING))
def test_compressed_frames_may_stand_between_other_messages_where_they_are_accepted(name: str) -> None:
    server, client = pair(ALL[name])
    assert accepts_compressed(server.extensions)
    client.receive_data(
        spoken(server, LONG)
        + compressed_frame(WIDE)
        + spoken(server, LONG)
        + compressed_frame(LONG)
        + text_frame(WIDE)
    )
    assert texts(client) == [LONG, WIDE, LONG, LONG, WIDE]


@pytest.mark.parametrize("name", sorted(set(ALL) - COMPRESSING))
def test_compressed_frames_are_not_accepted_without_compression_with_context_or_a_smaller_window(
    name: str,
) -> None:
    server, _ = pair(ALL[name])
    assert not accepts_compressed(server.extensions)


def test_a_compressed_frame_on_a_connection_with_context_would_spoil_what_follows() -> None:
    server, client = pair(DEFAULT)
    client.receive_data(spoken(server, LONG) + compressed_frame(WIDE) + spoken(server, LONG))
    try:
        received = texts(client)
    except ProtocolError:
        received = []
    assert received != [LONG, WIDE, LONG]


@given(st.lists(st.binary(max_size=3000).map(lambda data: data.hex().encode()), max_size=5))
def test_whatever_is_compressed_comes_out_the_same(payloads: Iterable[bytes]) -> None:
    _, client = pair(OURS)
    expected = list(payloads)
    client.receive_data(b"".join(compressed_frame(payload) for payload in expected))
    assert texts(client) == expected


def test_a_compressed_frame_is_what_the_library_would_write_with_the_same_settings() -> None:
    extension = PerMessageDeflate(False, True, 12, 12, {"memLevel": 5})
    assert compressed_frame(LONG) == Frame(Opcode.TEXT, LONG).serialize(mask=False, extensions=[extension])


def test_a_compressed_frame_looks_back_no_further_than_its_window() -> None:
    far = zlib.crc32(b"seed").to_bytes(4, "big").hex().encode()
    payload = far + bytes(33 + (i * i) % 90 for i in range(6000)) + far
    body = compressed_frame(payload)[4:] + b"\x00\x00\xff\xff"
    assert zlib.decompressobj(wbits=-12).decompress(body) == payload


@pytest.mark.parametrize("payload", [b"", b"1234", b"x" * 125])
def test_a_ping_is_answered_with_its_payload(payload: bytes) -> None:
    _, client = pair(NONE)
    client.receive_data(ping_frame(payload))
    [frame] = client.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, bytes(frame.data)) == (Opcode.PING, payload)


def test_a_ping_over_125_bytes_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="125"):
        ping_frame(b"x" * 126)


def test_a_close_frame_ends_the_connection_with_its_code_and_reason() -> None:
    _, client = pair(OURS)
    client.receive_data(close_frame(4008, "nothing was read"))
    assert client.close_rcvd == Close(4008, "nothing was read")


def test_a_close_frame_needs_no_reason() -> None:
    _, client = pair(NONE)
    client.receive_data(close_frame(CloseCode.NORMAL_CLOSURE))
    assert client.close_rcvd == Close(1000, "")


@given(st.text(max_size=200))
def test_a_long_reason_is_cut_between_characters(reason: str) -> None:
    frame = close_frame(1012, reason)
    text = frame[4:].decode()
    assert len(frame) <= 4 + MAX_REASON_BYTES
    assert reason.startswith(text)
    assert len(reason.encode()) <= MAX_REASON_BYTES or len(text.encode()) > MAX_REASON_BYTES - 4
