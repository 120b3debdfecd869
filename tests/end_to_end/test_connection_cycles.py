"""A connection that ends frees what it held by itself, however it ends: the garbage collector comes seldom, and finds nothing."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.support.daemon import Daemon
from tests.support.good_client import back_to, footprint, watched
from tests.support.raw import CLOSE, CONTINUATION, TEXT, frame, handshake, message, raw_client, raw_socket
from tests.support.watched_serve import CYCLES_MARK

CONNECTIONS: Final = 40
DEFLATE: Final = {"Sec-WebSocket-Extensions": "permessage-deflate"}


async def closes(daemon: Daemon) -> None:
    async with raw_client(daemon, "/?workspace=w") as client:
        await client.send(message(type="ping") + message(type="list_items") + frame(b"\x03\xe8", CLOSE))
        await client.everything()


async def says_goodbye(daemon: Daemon) -> None:
    async with raw_client(daemon) as client:
        await client.send(message(type="snapshot") + message(type="disconnect"))
        assert await client.ending() == 1000
        client.writer.write(frame(b"\x03\xe8", CLOSE))
        await client.everything()


async def is_gone(daemon: Daemon) -> None:
    async with raw_client(daemon, "/?workspace=w&since=0") as client:
        await client.send(message(type="list_items", sort=["-name"]) * 5)


async def is_refused(daemon: Daemon) -> None:
    items = [{"id": f"i{n}", "type": "note", "name": f"N{n}"} for n in range(100)]
    unknown = [["unknown", "=", 1]]
    async with daemon.client(workspace="w") as client:
        for atomic in (True, False):
            await client.ask(type="bulk", operation="add_multiple", items=items, atomic=atomic)
        assert (await client.ask(type="bulk", operation="add_multiple", items=items, atomic=True))[
            "code"
        ] == "exists"
        assert (await client.ask(type="list_items", where=unknown))["type"] == "error"
        assert (await client.ask(type="list_items", at=1_000_000))["type"] == "error"
        assert (await client.ask(type="get_item", item_id="unknown"))["code"] == "not_found"
        await client.send(type="unknown")


async def leaves_answers_unread(daemon: Daemon) -> None:
    items = [{"id": f"i{n}", "type": "note", "name": f"N{n}", "text": "x" * 2_000} for n in range(100)]
    async with raw_client(daemon, "/?workspace=w", receive_buffer=4_096) as client:
        await client.send(message(type="bulk", operation="add_multiple", items=items))
        await client.send(message(type="export", format="csv") * 10 + message(type="snapshot") * 3)
        await client.send(message(type="list_items", sort=["-name"]) * 3)


async def ends_its_half(daemon: Daemon) -> None:
    async with raw_client(daemon) as client:
        await client.send(message(type="add_item", item={"type": "note", "name": "N"}))
        client.writer.write_eof()
        await client.everything()


async def is_gone_within_a_message(daemon: Daemon) -> None:
    async with raw_client(daemon, headers=DEFLATE) as client:
        await client.send(frame(b"x" * 1000, TEXT, fin=False) + frame(b"x" * 1000, CONTINUATION, fin=False))
        await client.send(message(type="ping")[:-1])


async def breaks_the_rules(daemon: Daemon) -> None:
    async with raw_client(daemon) as client:
        await client.send(frame(b"unmasked", masked=False))
        assert await client.ending() == 1002
        await client.everything()


async def breaks_the_rules_and_is_gone(daemon: Daemon) -> None:
    async with raw_client(daemon) as client:
        await client.send(frame(b" " * 500_000))


async def leaves_the_handshake(daemon: Daemon) -> None:
    async with raw_socket(daemon) as client:
        await client.send(handshake("/", {})[:-4])


async def is_refused_in_the_handshake(daemon: Daemon) -> None:
    async with raw_socket(daemon) as client:
        await client.send(handshake("/", {"Origin": "http://elsewhere.example"}))
        assert b" 403 " in await client.everything()


async def asks_for_no_websocket(daemon: Daemon) -> None:
    async with raw_socket(daemon) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 200 " in await client.everything()


async def speaks_nonsense(daemon: Daemon) -> None:
    async with raw_socket(daemon) as client:
        await client.send(b"\x16\x03\x01 nonsense\r\n\r\n")
        await client.everything()


ENDINGS: Final[tuple[Callable[[Daemon], Awaitable[None]], ...]] = (
    closes,
    says_goodbye,
    is_gone,
    is_refused,
    leaves_answers_unread,
    ends_its_half,
    is_gone_within_a_message,
    breaks_the_rules,
    breaks_the_rules_and_is_gone,
    leaves_the_handshake,
    is_refused_in_the_handshake,
    asks_for_no_websocket,
    speaks_nonsense,
)


async def left_to_the_collector(daemon: Daemon) -> dict[str, int]:
    """How many objects of each class only the collector freed since the last time."""
    before = sum(line.startswith(CYCLES_MARK) for line in daemon.log)
    os.kill(daemon.pid, signal.SIGUSR2)
    line = (await daemon.logs(CYCLES_MARK, count=before + 1))[-1]
    found: dict[str, int] = orjson.loads(line.removeprefix(CYCLES_MARK))
    return found


@pytest.mark.parametrize("ending", ENDINGS)
async def test_no_connection_is_left_to_the_garbage_collector(
    tmp_path: Path, ending: Callable[[Daemon], Awaitable[None]]
) -> None:
    async with watched(tmp_path, WATCHED_CYCLES="1") as daemon:
        await ending(daemon)  # loads what a first connection loads
        before = await footprint(daemon)
        await left_to_the_collector(daemon)
        await asyncio.gather(*(ending(daemon) for _ in range(CONNECTIONS)))
        await back_to(daemon, before)
        found = Counter(await left_to_the_collector(daemon))
        assert {name: count for name, count in found.items() if count >= CONNECTIONS} == {}
