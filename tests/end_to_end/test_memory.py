"""A few bytes from a client do not become much memory: what it does not read waits elsewhere, or is not read at all."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import islice
from pathlib import Path

import pytest

from streamd.wire.codes import CloseCode
from tests.support.daemon import Daemon, Message, running
from tests.support.good_client import GoodClient, back_to, footprint, good_client, watched
from tests.support.raw import CLOSE, frame, message, raw_client

MB = 1_000_000
ITEMS = 20_000
PADDING = 400
FILTERS = 12
"""More than the snapshots that are kept."""

pytestmark = pytest.mark.alone


async def fill(daemon: Daemon) -> None:
    """Many items in a workspace: 10 MB of JSON, several times as much as values."""
    async with daemon.client(workspace="large") as client:
        for start in range(0, ITEMS, 500):
            items = [
                {"id": f"i{k}", "type": "note", "name": f"N {k}", "text": "x" * PADDING, "k": k}
                for k in range(start, start + 500)
            ]
            reply = await client.ask(type="bulk", operation="add_multiple", atomic=True, items=items)
            assert reply["type"] == "ack", reply


@asynccontextmanager
async def filled(directory: Path) -> AsyncIterator[tuple[Daemon, GoodClient]]:
    """A daemon that has the items, served anew, and a good client of it."""
    async with running(directory) as daemon:
        await fill(daemon)
        await daemon.stop()
    async with watched(directory) as daemon, good_client(daemon) as good:
        yield daemon, good


async def watch(daemon: Daemon, work: Awaitable[None]) -> int:
    """The most memory that the daemon had meanwhile."""
    most = daemon.memory()
    doing = asyncio.ensure_future(work)
    while not doing.done():
        await asyncio.wait([doing], timeout=0.02)
        most = max(most, daemon.memory())
    await doing
    return most


async def unread(daemon: Daemon, *messages: bytes) -> None:
    """Ask and read nothing, for as long as a good client needs for a few answers of the same workspace."""
    async with raw_client(daemon, "/?workspace=large", receive_buffer=4_096) as greedy:
        for one in messages:
            await greedy.send(one)
        async with daemon.client(workspace="large") as other:
            for _ in range(3):
                await other.ask(type="list_items", sort=["-k"], limit=10)
                await other.ask(type="snapshot")


async def filters(daemon: Daemon) -> None:
    """Ask for snapshots with ever other filters, and read them."""
    async with daemon.client(workspace="large") as greedy:
        for number in range(FILTERS):
            await greedy.send(type="snapshot", where=[["k", ">=", number]], request_id=number)
        while (await greedy.next()).get("request_id") != FILTERS - 1:
            pass


async def earlier_lists(daemon: Daemon) -> None:
    """Ask for lists as they were at ever other positions, and read them."""
    async with daemon.client(workspace="large") as greedy:
        for number in range(4):
            at = ITEMS // 2 + number
            reply = await greedy.ask(type="list_items", at=at, sort=["-k"], total=True, limit=1)
            assert (reply["total"], reply["seq"]) == (at, at)


ATTACKS: dict[str, Callable[[Daemon], Awaitable[None]]] = {
    "snapshots": lambda daemon: unread(daemon, message(type="snapshot") * 100),
    "exports": lambda daemon: unread(daemon, message(type="export", format="csv") * 10),
    "filters": filters,
    "earlier lists": earlier_lists,
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_is_asked_for_and_not_read_takes_little_memory_and_none_afterwards(
    tmp_path: Path, attack: str
) -> None:
    async with filled(tmp_path) as (daemon, good):
        alone = await good.rounds(20)
        before = await footprint(daemon)
        most = 0

        async def attacked() -> None:
            nonlocal most
            most = await watch(daemon, ATTACKS[attack](daemon))

        beside = await good.during(attacked())
        assert most - before.memory < 48 * MB
        await back_to(daemon, before)
        beside.check(alone)


def _packed(size: int) -> bytes:
    packer = zlib.compressobj(wbits=-12)
    return packer.compress(b" " * size) + packer.flush(zlib.Z_SYNC_FLUSH)


HALVES: dict[str, bytes] = {
    "of a frame": frame(b" " * 1_000_000)[:900_000],
    "in frames": frame(b" " * 900_000, fin=False),
    "packed": frame(_packed(900_000), rsv=4, fin=False),
}


@pytest.mark.parametrize("half", HALVES)
async def test_messages_that_are_never_whole_are_in_the_account(tmp_path: Path, half: str) -> None:
    limits = {"STREAMD_WS__MAX_MESSAGE_BYTES": "1048576", "STREAMD_LIMITS__WAITING_BYTES": str(16 * MB)}
    deflate = {"Sec-WebSocket-Extensions": "permessage-deflate"}
    async with watched(tmp_path, **limits) as daemon, good_client(daemon) as good:
        alone = await good.rounds(20)
        before = await footprint(daemon)
        told: list[Message] = []

        async def sends_a_half(attackers: AsyncExitStack) -> None:
            client = await attackers.enter_async_context(raw_client(daemon, headers=deflate))
            with suppress(ConnectionError):
                await client.send(HALVES[half])
            while True:
                heard = await client.frame()
                if heard.opcode == CLOSE:
                    assert heard.close_code == CloseCode.TRY_LATER
                    return
                told.append(heard.message)

        async def attack() -> None:
            async with AsyncExitStack() as attackers:
                sending = [asyncio.create_task(sends_a_half(attackers)) for _ in range(80)]
                for refused in islice(asyncio.as_completed(sending), 55):
                    await refused
                await client_is_served(daemon)
                for task in sending:
                    task.cancel()
                await asyncio.gather(*sending, return_exceptions=True)

        most = 0

        async def attacked() -> None:
            nonlocal most
            most = await watch(daemon, attack())

        beside = await good.during(attacked())
        assert most - before.memory < 48 * MB  # all of it is 72
        assert {one["code"] for one in told} == {"busy"}
        assert all(one["retry_after_ms"] for one in told)
        await back_to(daemon, before)
        beside.check(alone)


async def client_is_served(daemon: Daemon) -> None:
    """Somebody else comes, and is served."""
    async with daemon.client(workspace="other") as other:
        items = [{"type": "note", "name": f"N {k}"} for k in range(100)]
        assert (await other.ask(type="bulk", operation="add_multiple", items=items))["type"] == "ack"


async def test_who_asks_for_one_list_does_not_wait_for_those_of_who_asks_for_many(tmp_path: Path) -> None:
    async with (
        filled(tmp_path) as (daemon, _),
        daemon.client(workspace="large") as greedy,
        daemon.client(workspace="large") as modest,
    ):
        for number in range(60):
            await greedy.send(type="list_items", sort=["-k"], where=[["k", ">=", number]], request_id=number)
        answered = 0

        async def read() -> None:
            nonlocal answered
            while answered < 60:
                answered += (await greedy.next())["type"] == "items"

        reading = asyncio.create_task(read())
        await modest.ask(type="list_items", sort=["-k"], limit=1)
        await modest.ask(type="snapshot")
        assert answered < 40
        await reading


async def test_memories_come_in_parts_that_any_client_takes(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        for number in range(12):
            await client.ask(type="memory", action="set_preference", key=f"k{number}", value="v" * 60_000)
        parts: list[Message] = []
        await client.send(type="memory", action="export", request_id="all")
        while not parts or parts[-1].get("more"):
            parts.append(await client.reply("all"))
        assert [part["more"] for part in parts] == [True] * (len(parts) - 1) + [False]
        assert len(parts) > 2
        kept = [memory["data"]["key"] for part in parts for memory in part["memories"]]
        assert kept == [f"k{number}" for number in reversed(range(12))]
        (few,) = [await client.ask(type="memory", action="list", limit=2)]
        assert "more" not in few
        assert few["count"] == 2
