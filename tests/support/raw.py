"""A WebSocket client that does what no library would: breaks rules, stops reading, reads a little at a time."""

import asyncio
import os
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import attrs
import orjson

from tests.support.daemon import PATIENCE_SECONDS, Daemon

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_READ_BYTES: Final = 262_144


@attrs.frozen
class Frame:
    """One frame as it came."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def close_code(self) -> int:
        """Of a close frame; 1005 where it has none."""
        return int.from_bytes(self.payload[:2], "big") if self.payload else 1005

    @property
    def message(self) -> dict[str, Any]:
        """The JSON in it."""
        decoded: dict[str, Any] = orjson.loads(self.payload)
        return decoded


def frame(
    payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv: int = 0, masked: bool = True
) -> bytes:
    """A client's frame. Its mask is four zeros, which changes nothing."""
    mask_bit, mask = (0x80, b"\0\0\0\0") if masked else (0, b"")
    size = len(payload)
    if size < 126:
        length = bytes((mask_bit | size,))
    elif size < 65_536:
        length = bytes((mask_bit | 126,)) + size.to_bytes(2, "big")
    else:
        length = bytes((mask_bit | 127,)) + size.to_bytes(8, "big")
    return bytes((fin << 7 | rsv << 4 | opcode,)) + length + mask + payload


def message(**keys: object) -> bytes:
    """A message's frame."""
    return frame(orjson.dumps(keys))


def handshake(path: str, headers: Mapping[str, str]) -> bytes:
    """An opening handshake; `headers` come on top of what every client sends, or instead of it."""
    lines = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
        **headers,
    }
    return "\r\n".join([f"GET {path} HTTP/1.1", *map(": ".join, lines.items()), "\r\n"]).encode("latin-1")


def cut(buffer: bytearray) -> Frame | None:
    """Take the first frame out of what a daemon sent; None while it is not whole."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 0x7F, 2
    if size >= 126:
        start = 4 if size == 126 else 10
        if len(buffer) < start:
            return None
        size = int.from_bytes(buffer[2:start], "big")
    if len(buffer) < start + size:
        return None
    first = buffer[0]
    found = Frame(first & 0xF, bytes(buffer[start : start + size]), bool(first & 0x80), first >> 4 & 7)
    del buffer[: start + size]
    return found


@attrs.define
class RawClient:
    """A socket, and the frames that come out of it. It answers no ping unless told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answers_pings: bool = False
    pings: int = 0
    """How many came."""
    _buffer: bytearray = attrs.field(factory=bytearray)

    async def send(self, data: bytes) -> None:
        """Write bytes, within a bound."""
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.writer.drain()

    async def open(self, path: str = "/", headers: Mapping[str, str] | None = None) -> Frame:
        """Shake hands; the greeting."""
        await self.send(handshake(path, headers or {}))
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        return await self.frame()

    async def frame(self) -> Frame:
        """The next frame that is no ping, within a bound. EOFError when the connection has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = cut(self._buffer)
                if found is None:
                    await self._fill()
                elif found.opcode != PING:
                    return found
                else:
                    self.pings += 1
                    if self.answers_pings:
                        self.writer.write(frame(found.payload, PONG))

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next so many events; replies between them are passed over."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            heard = (await self.frame()).message
            if "event_type" in heard:
                found.append(heard)
        return found

    async def events_until(self, seq: int) -> list[dict[str, Any]]:
        """The events up to the one at this position."""
        found = await self.events(1)
        while found[-1]["seq"] < seq:
            found += await self.events(1)
        return found

    async def replies(self, count: int) -> list[dict[str, Any]]:
        """The next so many messages that are neither events nor heartbeats."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            heard = (await self.frame()).message
            if "event_type" not in heard and heard["type"] != "position":
                found.append(heard)
        return found

    async def ending(self) -> int:
        """The code of the close frame that ends it, whatever comes before; 1006 when there is none."""
        try:
            while (heard := await self.frame()).opcode != CLOSE:
                pass
        except EOFError:
            return 1006
        return heard.close_code

    async def read(self, most: int) -> int:
        """Read once, at most so many bytes, without looking at them; how many there were."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            data = await self.reader.read(most)
        if not data:
            raise EOFError
        self._buffer += data
        return len(data)

    def forget(self) -> None:
        """Let go of what was read and not taken."""
        self._buffer.clear()

    async def everything(self) -> bytes:
        """All bytes up to the end of the connection."""
        try:
            while True:
                await self.read(_READ_BYTES)
        except (EOFError, ConnectionError):
            return bytes(self._buffer)

    async def exactly(self, size: int) -> bytes:
        """The next so many bytes, frames and all."""
        while len(self._buffer) < size:
            await self.read(_READ_BYTES)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    async def _fill(self) -> None:
        try:
            data = await self.reader.read(_READ_BYTES)
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError
        self._buffer += data


@asynccontextmanager
async def raw_socket(daemon: Daemon, *, receive_buffer: int | None = None) -> AsyncIterator[RawClient]:
    """A connection that has not said anything yet. With a small receive buffer it takes little before it is read."""
    sock = socket.socket()
    sock.setblocking(False)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", daemon.port))
        reader, writer = await asyncio.open_connection(sock=sock)
    except BaseException:
        sock.close()
        raise
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def raw_client(
    daemon: Daemon,
    path: str = "/",
    *,
    headers: Mapping[str, str] | None = None,
    receive_buffer: int | None = None,
    answers_pings: bool = False,
) -> AsyncIterator[RawClient]:
    """A client that has read the greeting."""
    async with raw_socket(daemon, receive_buffer=receive_buffer) as client:
        client.answers_pings = answers_pings
        await client.open(path, headers)
        yield client
