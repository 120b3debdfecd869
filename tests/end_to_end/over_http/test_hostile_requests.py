"""Requests that no client should make: each gets a clear answer, and leaves nothing behind."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import orjson
import pytest

from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Daemon, running

HOST: Final = b"Host: localhost\r\n"
LAST: Final = HOST + b"Connection: close\r\n"
IMPATIENT: Final = {
    "STREAMD_WS__OPEN_TIMEOUT_SECONDS": "0.5",
    "STREAMD_WS__CLOSE_TIMEOUT_SECONDS": "0.5",
    "STREAMD_HTTP__BODY_TIMEOUT_SECONDS": "0.5",
}


def get(path: str = "/items", version: str = "1.1", more: bytes = LAST) -> bytes:
    return f"GET {path} HTTP/{version}\r\n".encode("latin-1") + more + b"\r\n"


def post(body: bytes, more: bytes) -> bytes:
    return b"POST /items HTTP/1.1\r\n" + LAST + more + b"\r\n" + body


def sized(body: bytes, more: bytes = b"") -> bytes:
    return post(body, b"Content-Length: %d\r\n" % len(body) + more)


CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"

REFUSED: Final[Mapping[str, tuple[bytes, int]]] = {
    "two lengths": (post(b"{}x", b"Content-Length: 2\r\nContent-Length: 3\r\n"), 400),
    "a length and chunks": (post(b"0\r\n\r\n", b"Content-Length: 2\r\n" + CHUNKED), 400),
    "chunks and a length": (post(b"0\r\n\r\n", CHUNKED + b"Content-Length: 2\r\n"), 400),
    "two transfer encodings": (post(b"0\r\n\r\n", CHUNKED + b"Transfer-Encoding: identity\r\n"), 400),
    "another transfer encoding": (post(b"0\r\n\r\n", b"Transfer-Encoding: gzip, chunked\r\n"), 501),
    "an unknown transfer encoding": (post(b"0\r\n\r\n", b"Transfer-Encoding: xchunked\r\n"), 501),
    "chunks in HTTP/1.0": (b"POST /items HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "a folded header": (get(more=LAST + b"X-A: b\r\n c\r\n"), 400),
    "lines without carriage return": (b"GET /items HTTP/1.1\nHost: localhost\n\n", 400),
    "one line without": (get(more=b"Host: localhost\nX: y\r\n"), 400),
    "a lone carriage return": (get(more=b"Host: localhost\rX: y\r\n"), 400),
    "a space before the colon": (get(more=LAST + b"X : y\r\n"), 400),
    "a header without a name": (get(more=LAST + b": y\r\n"), 400),
    "a header with a null": (get(more=LAST + b"X: a\0b\r\n"), 400),
    "no host": (get(more=b"Connection: close\r\n"), 400),
    "two hosts": (get(more=HOST + LAST), 400),
    "two origins": (get(more=LAST + b"Origin: http://localhost\r\nOrigin: http://localhost\r\n"), 400),
    "a foreign host": (get(more=b"Host: example.org\r\nConnection: close\r\n"), 403),
    "a foreign page": (get(more=LAST + b"Origin: https://example.org\r\n"), 403),
    "a target of another host": (get("http://example.org/items"), 400),
    "HTTP/0.9": (b"GET /items\r\n\r\n", 505),
    "HTTP/0.9 by name": (get(version="0.9"), 505),
    "HTTP/2.0 by name": (get(version="2.0"), 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "what is no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "a tunnel": (b"CONNECT localhost:80 HTTP/1.1\r\n" + LAST + b"\r\n", 400),
    "a method that is not for the route": (b"DELETE /items HTTP/1.1\r\n" + LAST + b"\r\n", 405),
    "an unknown method": (b"BREW /items HTTP/1.1\r\n" + LAST + b"\r\n", 400),
    "bytes in the target": (get("/items/\xff\xfe"), 400),
    "bad escapes in the path": (get("/items/%zz%ff"), 400),
    "bad escapes in the query": (get("/items?search=%zz%ff&limit=x"), 400),
    "a long header": (get(more=LAST + b"X: " + b"a" * 20_000 + b"\r\n"), 431),
    "a long target": (get("/items?search=" + "a" * 20_000), 431),
    "thousands of headers": (get(more=LAST + b"".join(b"X%d: a\r\n" % n for n in range(5000))), 431),
    "a chunk without a size": (post(b"zz\r\n", CHUNKED), 400),
    "a chunk of negative size": (post(b"-1\r\n", CHUNKED), 400),
    "a chunk of endless size": (post(b"f" * 20 + b"\r\n", CHUNKED), 400),
    "a negative length": (post(b"{}", b"Content-Length: -2\r\n"), 400),
    "a length that is too large": (post(b"{}", b"Content-Length: 99999999999\r\n"), 413),
    "a body that is too large": (sized(b'{"name":"' + b"a" * 300_000), 413),
    "a large body in chunks": (post(b"40000\r\n" + b"a" * 0x40000 + b"\r\n40000\r\n" + b"a" * 0x40000, CHUNKED), 413),
    "a body that is not UTF-8": (sized(b'{"\xff":1}'), 400),
    "half of a JSON": (sized(b'{"a":'), 400),
    "a JSON that is no object": (sized(b"[]"), 400),
    "a compressed body": (sized(b"{}", b"Content-Encoding: gzip\r\n"), 400),
    "values of wrong types": (sized(b'{"type":5}'), 400),
    "a WebSocket without a key": (get("/ws", more=HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 400),
    "a WebSocket after a request": (
        get("/healthz", more=HOST) + get("/ws", more=HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 200,
    ),
}  # fmt: skip


async def exchange(daemon: Daemon, data: bytes, *, half_closed: bool = False) -> bytes:
    """Send bytes, and receive until the daemon ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.http_port)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(data)
            if half_closed:
                writer.write_eof()
            return await reader.read()
    finally:
        writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def is_clean(daemon: Daemon, descriptors: int) -> None:
    """Wait until the daemon has as few descriptors and requests as before."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(os.listdir(f"/proc/{daemon.pid}/fd")) > descriptors:  # noqa: PTH208
            await exchange(daemon, get("/readyz"))


async def metric(daemon: Daemon, name: str) -> float:
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        lines = (await http.get("/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


async def test_each_bad_request_gets_a_clear_answer_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP, **IMPATIENT) as daemon, daemon.client() as good:
        assert status_of(await exchange(daemon, get("/healthz"))) == 200
        before = len(os.listdir(f"/proc/{daemon.pid}/fd"))  # noqa: PTH208
        wrong = {}
        for name, (data, expected) in REFUSED.items():
            answer = await exchange(daemon, data)
            head, _, body = answer.partition(b"\r\n\r\n")
            is_problem = b"application/problem+json" in head and orjson.loads(body)["status"] == expected
            if status_of(answer) != expected or not (is_problem or "WebSocket" in name):
                wrong[name] = answer
            assert (await good.ask(type="ping"))["type"] == "pong"
        assert not wrong
        await is_clean(daemon, before)
        assert not [line for line in daemon.log if "Traceback" in line]


async def test_slow_and_silent_clients_are_told_so_or_left_without_a_word(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP, **IMPATIENT) as daemon, daemon.client() as good:
        assert status_of(await exchange(daemon, get("/healthz"))) == 200
        answers = await asyncio.gather(
            exchange(daemon, b"GET /items HTTP/1.1\r\nHost: lo"),
            exchange(daemon, post(b'{"', b"Content-Length: 20\r\n")),
            exchange(daemon, post(b"5\r\n{", CHUNKED)),
            exchange(daemon, b""),
            exchange(daemon, b"GET /items HTTP/1.1\r\nHost: lo", half_closed=True),
        )
        assert [status_of(answer) if answer else None for answer in answers] == [408, 408, 408, None, None]
        assert (await good.ask(type="ping"))["type"] == "pong"


async def test_a_body_that_nobody_asked_for_does_not_go_on_for_ever(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP, **IMPATIENT) as daemon:
        reader, writer = await asyncio.open_connection("127.0.0.1", daemon.http_port)
        writer.write(b"GET /healthz HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n")
        piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert status_of(await reader.readuntil(b"\r\n\r\n")) == 200
            with suppress(ConnectionError):
                while not reader.at_eof():
                    writer.write(piece)
                    await writer.drain()
        writer.close()
        short = get("/healthz", more=HOST + b"Content-Length: 4\r\n") + b"abcd" + get("/healthz")
        assert (await exchange(daemon, short)).count(b"HTTP/1.1 200 OK") == 2


async def test_requests_far_ahead_of_their_answers_are_answered_up_to_a_bound(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon:
        few = get("/readyz", more=HOST) * 50 + get("/readyz")
        assert (await exchange(daemon, few)).count(b"HTTP/1.1 200 OK") == 51
        flood = await exchange(daemon, get("/readyz", more=HOST) * 1000)
        assert 100 < flood.count(b"HTTP/1.1 200 OK") < 200
        last = await exchange(daemon, get("/readyz", more=HOST) + b"NONSENSE\r\n\r\n")
        assert last.count(b"HTTP/1.1") == 1


async def test_connections_of_both_listeners_have_one_bound(tmp_path: Path) -> None:
    silent = []
    async with (
        running(tmp_path, **WITH_HTTP, STREAMD_WS__MAX_CONNECTIONS="50") as daemon,
        daemon.client() as good,
    ):
        assert status_of(await exchange(daemon, get("/healthz"))) == 200
        for _ in range(49):
            silent.append(await asyncio.open_connection("127.0.0.1", daemon.http_port))
        answer = await exchange(daemon, get("/healthz"))
        assert (status_of(answer), b"retry-after" in answer) == (503, True)
        assert (await good.ask(type="ping"))["type"] == "pong"
        for _, writer in silent:
            writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while status_of(await exchange(daemon, get("/healthz"))) != 200:
                pass
        assert await metric(daemon, "streamd_refused_connections_total") >= 1


async def test_old_clients_get_answers_without_chunks(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon, daemon.client() as other:
        kept = await exchange(daemon, get("/items", "1.0", b"Connection: keep-alive\r\n"))
        assert (status_of(kept), b"connection: close" in kept, b"chunked" in kept) == (200, True, False)
        reader, writer = await asyncio.open_connection("127.0.0.1", daemon.http_port)
        writer.write(get("/events", "1.0", b""))
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"transfer-encoding" not in head
            await reader.readuntil(b"\n\n")
            await reader.readuntil(b"\n\n")
            await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
            block = await reader.readuntil(b"\n\n")
        assert block.startswith(b"id: 1")
        assert b'"item_id":"a"' in block
        writer.close()


async def test_a_client_that_asks_first_whether_to_send_its_body_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon:
        body = b'{"type":"note","name":"A"}'
        answer = await exchange(daemon, sized(body, b"Expect: 100-continue\r\n"))
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")
        refused = await exchange(daemon, post(b"", b"Expect: 100-continue\r\nContent-Length: 999999999\r\n"))
        assert status_of(refused) == 413


async def test_another_protocol_that_a_client_offers_is_not_taken(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon:
        offer = HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        assert (await exchange(daemon, get("/healthz", more=offer))).startswith(b"HTTP/1.1 200 OK")


async def test_bodies_that_wait_have_a_bound_together(tmp_path: Path) -> None:
    environ = {**WITH_HTTP, "STREAMD_LIMITS__WAITING_BYTES": "2097152"}
    async with running(tmp_path, **environ) as daemon, daemon.client() as good:
        assert status_of(await exchange(daemon, get("/healthz"))) == 200
        body = b'{"type":"note","name":"A"' + b" " * 200_000 + b"}"
        head = b"POST /items HTTP/1.1\r\n" + LAST + b"Content-Length: %d\r\n\r\n" % len(body)
        opened = [await asyncio.open_connection("127.0.0.1", daemon.http_port) for _ in range(60)]
        for _, writer in opened:
            writer.write(head + body[:-1])
        assert (await good.ask(type="ping"))["type"] == "pong"
        reads = [asyncio.create_task(reader.read()) for reader, _ in opened]
        await asyncio.wait(reads, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        assert await metric(daemon, "streamd_waiting_bytes") <= 2_097_152
        for _, writer in opened:
            with suppress(ConnectionError):
                writer.write(body[-1:])
        async with asyncio.timeout(PATIENCE_SECONDS):
            answers = await asyncio.gather(*reads)
        for _, writer in opened:
            writer.close()
        refused = [answer for answer in answers if status_of(answer) == 503]
        assert refused
        assert all(b'"busy"' in answer and b"retry-after" in answer for answer in refused)
        assert {status_of(answer) for answer in answers} == {201, 503}
        assert (await good.ask(type="ping"))["type"] == "pong"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await metric(daemon, "streamd_waiting_bytes"):
                pass


ENOUGH: Final = 8 * 1024 * 1024
"""More than the buffers of both ends hold, so that the answer comes before the end of the body."""


@pytest.mark.parametrize("path", ["/import?item_type=note", "/items", "/nowhere"])
@pytest.mark.parametrize("is_chunked", [True, False])
async def test_an_answer_ahead_of_a_long_body_tells_that_its_connection_ends(
    tmp_path: Path, path: str, *, is_chunked: bool
) -> None:
    """Who sends another request behind such a body would lose it: the connection is over after the answer."""
    environ = {**WITH_HTTP, "STREAMD_LIMITS__UPLOAD_BYTES_PER_USER": "1048576"}
    async with running(tmp_path, **environ) as daemon:
        framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % ENOUGH
        head = b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n" % (path.encode(), framing)
        body = b"name\n" + b"a" * (ENOUGH - 5)
        answer = await exchange(daemon, head + (b"%x\r\n%b\r\n" % (ENOUGH, body) if is_chunked else body))
        assert status_of(answer) in (404, 413)
        assert answer.lower().count(b"\r\nconnection: close\r\n") == 1
        short = await exchange(
            daemon, b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde" + get()
        )
        assert (short.count(b"HTTP/1.1 "), status_of(short)) == (2, 404), (
            "a short body is dropped, and the next request read"
        )
