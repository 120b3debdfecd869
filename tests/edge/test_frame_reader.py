"""A frame reader beside the parser of the `websockets` library: the same bytes, however they are cut, are the same to both."""

import zlib

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from streamd.edge.ws._frame_reader import (
    BINARY,
    CLOSE,
    CONTINUATION,
    INFLATE_BYTES,
    PART,
    PING,
    TEXT,
    BreachError,
    FrameReader,
    close_code,
)
from tests.support.raw import frame

MAX_BYTES = 1_000
BREACHES = {1002, 1007, 1009}


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-12)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


@attrs.define
class Read:
    """What a connection said: messages and control frames in order, and the code of its end."""

    frames: list[tuple[int, bytes]] = attrs.field(factory=list)
    code: int | None = None


def ours(pieces: list[bytes], max_bytes: int, *, inflates: bool) -> Read:
    reader, read = FrameReader(max_bytes, inflates=inflates), Read()
    try:
        for piece in pieces:
            reader.feed(piece)
            while (found := reader.next()) is not None:
                if isinstance(found, str):
                    read.frames.append((TEXT, found.encode()))
                elif isinstance(found, bytes):
                    read.frames.append((BINARY, found))
                elif found != PART:
                    read.frames.append(found)
                    if found.opcode == CLOSE:
                        read.code = close_code(found.payload)
                        return read
    except BreachError as breach:
        read.code = breach.code
    return read


def theirs(pieces: list[bytes], max_bytes: int, *, inflates: bool) -> Read:
    protocol, read = Protocol(Side.SERVER, state=State.OPEN, max_size=max_bytes), Read()
    if inflates:
        protocol.extensions = [PerMessageDeflate(True, True, 15, 15)]
    message: list[TheirFrame] = []
    for piece in pieces:
        protocol.receive_data(piece)
        for event in protocol.events_received():
            assert isinstance(event, TheirFrame)
            if event.opcode not in (Opcode.CONT, Opcode.TEXT, Opcode.BINARY):
                read.frames.append((int(event.opcode), bytes(event.data)))
                continue
            message.append(event)
            if event.fin:
                payload = b"".join(part.data for part in message)
                opcode, message = int(message[0].opcode), []
                try:
                    if opcode == TEXT:
                        payload.decode()
                except UnicodeDecodeError:
                    read.code = 1007
                    return read
                read.frames.append((opcode, payload))
    sent, received = protocol.close_sent, protocol.close_rcvd
    read.code = sent.code if sent is not None else received.code if received is not None else None
    return read


payloads = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=10).map(str.encode),
    st.sampled_from(
        [bytes(124), bytes(125), bytes(126), bytes(600), bytes(1_001), b"\xff", b"\x03\xe8", b"\x03\xef"]
    ),
)
opcodes = st.one_of(st.sampled_from([TEXT, BINARY, CONTINUATION, PING, CLOSE]), st.integers(0, 15))


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame that is often in order."""
    payload, rsv, kind = draw(payloads), 0, draw(st.integers(0, 9))
    if kind == 0:
        rsv = draw(st.integers(0, 7))
    elif kind < 4:
        rsv, payload = 4, deflated(payload * draw(st.sampled_from([1, 1, 300])))
    fin, masked = draw(st.integers(0, 3)) > 0, draw(st.integers(0, 30)) > 0
    return frame(payload, draw(opcodes), fin=fin, rsv=rsv, masked=masked)


@given(st.lists(frames(), max_size=8), st.lists(st.integers(1, 400), max_size=8), st.booleans())
@example([frame(deflated(b"a" * 1_000), rsv=4), frame(deflated(b"a" * 1_001), rsv=4)], [], True)
@example([frame(b"a", fin=False), frame(b"b", CONTINUATION), frame(b"c", CONTINUATION)], [], False)
def test_what_is_read_and_how_it_ends_is_as_the_library_has_it(
    sent: list[bytes], cuts: list[int], inflates: bool
) -> None:
    data, pieces = b"".join(sent), []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    pieces.append(data)
    us = ours(pieces, MAX_BYTES, inflates=inflates)
    them = theirs(pieces, MAX_BYTES, inflates=inflates)
    if us.code in BREACHES:  # which one of several is seen first, and how much before it, may differ
        assert them.code in BREACHES
        assert us.frames[: len(them.frames)] == them.frames[: len(us.frames)]
    else:
        assert us == them


def test_a_long_message_is_unpacked_in_portions() -> None:
    size = 5 * INFLATE_BYTES + 7
    reader = FrameReader(2 * size, inflates=True)
    reader.feed(frame(deflated(b" " * size), rsv=4) + frame(b"next"))
    for _ in range(5):
        assert reader.next() == PART
    assert reader.next() == " " * size
    assert reader.next() == "next"
    assert reader.next() is None


@pytest.mark.parametrize("size", [INFLATE_BYTES - 1, INFLATE_BYTES, INFLATE_BYTES + 1, 2 * INFLATE_BYTES])
def test_a_message_that_ends_with_a_portion_is_whole(size: int) -> None:
    reader = FrameReader(size, inflates=True)
    reader.feed(frame(deflated(b"x" * size), BINARY, rsv=4))
    found = reader.next()
    while found == PART:
        found = reader.next()
    assert found == b"x" * size


def test_a_bomb_is_no_more_than_its_limit() -> None:
    reader = FrameReader(2 * INFLATE_BYTES, inflates=True)
    reader.feed(frame(deflated(bytes(50 * INFLATE_BYTES)), rsv=4))
    assert [reader.next() for _ in range(2)] == [PART] * 2
    with pytest.raises(BreachError) as refused:
        reader.next()
    assert refused.value.code == 1009
