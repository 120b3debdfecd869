"""HTTP/1.1 and SSE as the Messages API for tests speaks them: requests read, replies written as scripted."""

import asyncio
import contextlib
import itertools
import json
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from tests.support.model_replies import BEFORE_THE_HEAD, Reply

Head: TypeAlias = tuple[str, str, Mapping[str, str]]
"""Method, path with query, headers with names in lower case."""


async def read_request(reader: asyncio.StreamReader, early: bytes) -> tuple[Head, Mapping[str, Any]] | None:
    """Read one request, of which some is read already; or None at the end of the connection."""
    try:
        head = early + await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    return (method, path, headers), json.loads(body or b"{}")


def write_json(
    writer: asyncio.StreamWriter,
    status: int,
    data: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Write a whole response."""
    body = json.dumps(data).encode()
    all_headers = {
        "content-type": "application/json", "content-length": str(len(body)), "request-id": "req_1", **(headers or {})
    }  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    writer.write(f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + body)


@attrs.define
class Writing:
    """Writes one reply."""

    reply: Reply
    model: str
    writer: asyncio.StreamWriter

    async def run(self) -> None:
        reply, writer = self.reply, self.writer
        position = BEFORE_THE_HEAD
        await self._arrive(position)
        if reply.status != 200:
            write_json(writer, reply.status, {"type": "error", "error": reply.error}, reply.headers)
            return
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_1\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for event, is_chunk in self.events():
            if is_chunk:
                reply.stamp()
            self._event(event)
            is_first = position == BEFORE_THE_HEAD
            position += is_chunk or is_first
            if is_chunk or is_first:
                await writer.drain()
                await self._arrive(position)
                if reply.fault is not None and reply.fault.after == position:
                    self._fail(reply.fault.how, reply.fault.error_type)
                    return
        await self.end()

    def events(self) -> Iterator[tuple[Mapping[str, Any], bool]]:
        """All events of the stream, and for each whether it is a chunk."""
        return self.reply.events(self.model)

    async def end(self) -> None:
        """End the stream in good order."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def _arrive(self, position: int) -> None:
        reply = self.reply
        reply.arrive(position)
        if position not in reply.holds:
            return
        for count in itertools.count(1):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(reply.ping_seconds):
                    await reply.released()
                    return
            self._event({"type": "ping"})
            reply.ping(count)

    def _event(self, event: Mapping[str, Any]) -> None:
        self._chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _fail(self, how: str, error_type: str) -> None:
        match how:
            case "cut":
                self.writer.close()
            case "reset":
                # A socket that does not linger is closed by a reset.
                sock = self.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.writer.close()
            case "error":
                error = {"type": error_type, "message": "words of the service"}
                self._event({"type": "error", "error": error})
                self.writer.write(b"0\r\n\r\n")
            case "garbage":
                self._chunk(b"event: content_block_delta\ndata: {broken\n\n")
                self.writer.write(b"0\r\n\r\n")
            case _:
                self.writer.write(b"0\r\n\r\n")
