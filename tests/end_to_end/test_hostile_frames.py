"""Clients that break the rules of WebSocket itself, or of HTTP before it."""

import zlib
from pathlib import Path
from typing import Final

from tests.support.daemon import running
from tests.support.raw import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    frame,
    handshake,
    message,
    raw_client,
    raw_socket,
)
from tests.support.witness import check_log, witness

MB: Final = 1_000_000
PROTOCOL_ERROR: Final = 1002
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009

HALF: Final = frame(b'{"type":', fin=False)
BREACHES: Final[dict[str, tuple[bytes, int]]] = {
    "no mask": (frame(b'{"type":"ping"}', masked=False), PROTOCOL_ERROR),
    "a reserved opcode": (frame(b"", 0x3), PROTOCOL_ERROR),
    "a reserved control opcode": (frame(b"", 0xB), PROTOCOL_ERROR),
    "a reserved bit": (frame(b'{"type":"ping"}', rsv=2), PROTOCOL_ERROR),
    "compression that was not agreed on": (frame(b"\0", rsv=4), PROTOCOL_ERROR),
    "a long ping": (frame(b"p" * 126, PING), PROTOCOL_ERROR),
    "a ping in pieces": (frame(b"p", PING, fin=False), PROTOCOL_ERROR),
    "an end without a beginning": (frame(b"", CONTINUATION), PROTOCOL_ERROR),
    "a beginning within a message": (HALF + frame(b'{"type":"ping"}'), PROTOCOL_ERROR),
    "half a close code": (frame(b"\x03", CLOSE), PROTOCOL_ERROR),
    "a close code that is none": (frame((999).to_bytes(2, "big"), CLOSE), PROTOCOL_ERROR),
    "a close code that is never sent": (frame((1005).to_bytes(2, "big"), CLOSE), PROTOCOL_ERROR),
    "a reason that is no text": (frame((1000).to_bytes(2, "big") + b"\xff", CLOSE), INVALID_DATA),
    "a length beyond everything": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0" * 4, TOO_BIG),
    "a length beyond the limit": (b"\x81\xff" + (262_145).to_bytes(8, "big") + b"\0" * 4, TOO_BIG),
    "pieces without end": (HALF + frame(b"x", CONTINUATION, fin=False) * 10_000, TOO_BIG),
    "pieces of nothing without end": (HALF + frame(b"", CONTINUATION, fin=False) * 10_000, TOO_BIG),
}  # fmt: skip


async def test_each_breach_of_the_protocol_ends_its_connection_with_its_code(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, witness(daemon):
        ended_with = {}
        for name, (data, _) in BREACHES.items():
            async with raw_client(daemon) as client:
                await client.send(data)
                ended_with[name] = await client.ending()
        assert ended_with == {name: code for name, (_, code) in BREACHES.items()}
        check_log(daemon)


async def test_a_message_in_pieces_with_pings_between_is_one_message(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, raw_client(daemon) as client:
        pieces = [
            HALF,
            frame(b"", CONTINUATION, fin=False),
            frame(b"here?", PING),
            frame(b'"ping"}', CONTINUATION),
        ]
        for piece in pieces:
            for byte in piece:
                await client.send(bytes((byte,)))
        pong = await client.frame()
        assert (pong.opcode, pong.payload) == (PONG, b"here?")
        assert (await client.frame()).message["type"] == "pong"


DEFLATE: Final = {"Sec-WebSocket-Extensions": "permessage-deflate"}


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


async def test_what_unpacks_to_more_than_the_limit_ends_with_1009_and_takes_no_memory(tmp_path: Path) -> None:
    bomb = deflated(bytes(100 * MB))
    async with running(tmp_path, module="streamd") as daemon, witness(daemon):
        memory_before = daemon.memory()
        for _ in range(20):
            async with raw_client(daemon, headers=DEFLATE) as client:
                await client.send(frame(bomb, rsv=4))
                assert await client.ending() == TOO_BIG
        assert daemon.memory() - memory_before < 16 * MB
        check_log(daemon)


async def test_compressed_messages_are_read_and_what_does_not_unpack_ends_the_connection(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, module="streamd") as daemon, raw_client(daemon, headers=DEFLATE) as client:
        await client.send(frame(deflated(b'{"type":"ping"}'), rsv=4))
        assert (await client.frame()).message["type"] == "pong"
        await client.send(frame(b"this was never deflated", rsv=4))
        assert await client.ending() == PROTOCOL_ERROR
        check_log(daemon)


BEFORE_THE_HANDSHAKE: Final = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a line without end": b"GET /" + b"a" * 20_000,
    "a header without end": b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000,
    "headers without end": b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 1_000,
    "a post with a body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "frames at once": message(type="ping") * 10,
    "an old version": handshake("/", {"Sec-WebSocket-Version": "8"}),
    "a key that is none": handshake("/", {"Sec-WebSocket-Key": "short"}),
    "an origin that is none": handshake("/", {"Origin": "http://["}),
    "an origin with a port that is none": handshake("/", {"Origin": "http://localhost:port"}),
    "a target that is none": handshake("//[", {}),
    "an address that is no text": handshake("/?workspace=%ff%fe&user_id=%00", {}),
    "a workspace with a path": handshake("/?workspace=../../etc", {}),
    "a position that is none": handshake("/?since=-1", {}),
    "raw bytes in the address": handshake("/?user_id=\xe4", {}),
}  # fmt: skip


async def test_what_is_no_handshake_is_turned_away_and_leaves_no_trace_in_the_log(tmp_path: Path) -> None:
    async with (
        running(tmp_path, module="streamd", STREAMD_WS__OPEN_TIMEOUT_SECONDS="1") as daemon,
        witness(daemon),
    ):
        for name, data in BEFORE_THE_HANDSHAKE.items():
            async with raw_socket(daemon) as client:
                await client.send(data)
                answer = await client.everything()
            assert not answer or answer.startswith(b"HTTP/1.1 4"), name
            assert b"Traceback" not in answer, name
        check_log(daemon)
