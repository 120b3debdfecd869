"""A language model's service for benchmarks: as much of the Messages API over SSE as the SDK asks for, and no words.

Each chunk of text is the instant at which it was written (`@` and nanoseconds of the monotonic clock), so that whoever
reads it knows how long it was on its way. A request says in its words what it wants: see `wish`.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import sys
import time

import attrs

_WISH = re.compile(rb"bench tokens=(\d+) pause_ms=(\d+) calls=(\d) stalls=(\d)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CALLED = b'"tool_result"'

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_bench\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"


@attrs.frozen
class Wish:
    """What one request wants."""

    tokens: int = 1
    """Chunks of text in all, over all turns."""
    pause_ms: int = 0
    """Between two chunks; 0 writes as fast as they are read."""
    calls: int = 0
    """Whether it wants a tool to be called half way."""
    stalls: int = 0
    """Whether nothing more comes after the first chunk, for ever."""


def wish(tokens: int, pause_ms: int = 0, calls: int = 0, stalls: int = 0) -> str:
    """The words to put into a request."""
    return f"bench tokens={tokens} pause_ms={pause_ms} calls={calls} stalls={stalls}"


def wished(body: bytes) -> Wish:
    found = _WISH.search(body)
    return Wish(*map(int, found.groups())) if found else Wish()


def event(kind: str, **more: object) -> bytes:
    """One server-sent event as a chunk of the response."""
    data = json.dumps({"type": kind, **more}).encode()
    text = b"event: %b\ndata: %b\n\n" % (kind.encode(), data)
    return b"%x\r\n%b\r\n" % (len(text), text)


_START = event(
    "message_start",
    message={
        "id": "msg_bench", "type": "message", "role": "assistant", "model": "bench", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 1},
    },
) + event("ping")  # fmt: skip
_TEXT = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
_BLOCK_END = event("content_block_stop", index=0)


def text(written_ns: int) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": f" @{written_ns}"})


def call(number: int) -> bytes:
    """A call of the tool that adds an item, as streamd describes it to models."""
    block = {"type": "tool_use", "id": f"toolu_{number}", "name": "add_items", "input": {}}
    given = json.dumps({"items": [{"type": "inventory", "name": f"bench-{number:08}"}]})
    return (
        event("content_block_start", index=1, content_block=block)
        + event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": given})
        + event("content_block_stop", index=1)
    )


def stop(reason: str, tokens: int) -> bytes:
    return (
        event(
            "message_delta",
            delta={"stop_reason": reason, "stop_sequence": None},
            usage={"output_tokens": tokens},
        )
        + event("message_stop")
        + END
    )


class Service(asyncio.Protocol):
    """One connection: requests one after the other, each answered by a stream."""

    calls = 0

    def __init__(self) -> None:
        self._buffer = b""
        self._answering: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._dice = random.Random(id(self))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if self._answering is not None:
            self._answering.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if separator and len(rest) >= (int(length[1]) if length else 0):
            self._buffer = b""
            self._answering = asyncio.get_running_loop().create_task(self._answer(rest), name="answer")

    async def _answer(self, body: bytes) -> None:
        wanted = wished(body)
        first_half = wanted.tokens // 2 if wanted.calls else wanted.tokens
        tokens = wanted.tokens - first_half if _CALLED in body else first_half
        write = self._transport.write
        write(HEAD + _START + _TEXT)
        loop = asyncio.get_running_loop()
        # Streams that begin together do not keep time together.
        due = loop.time() + self._dice.random() * wanted.pause_ms / 1000
        for _ in range(tokens):
            due += wanted.pause_ms / 1000
            await asyncio.sleep(max(0.0, due - loop.time()) if wanted.pause_ms else 0)
            await self._writable.wait()
            write(text(time.monotonic_ns()))
            if wanted.stalls:
                await asyncio.Event().wait()
        if wanted.calls and _CALLED not in body:
            Service.calls += 1
            write(_BLOCK_END + call(Service.calls) + stop("tool_use", tokens))
        else:
            write(_BLOCK_END + stop("end_turn", tokens))


async def main(port: int, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Service, "127.0.0.1", port, backlog=2048)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
