"""Clients that ask for more than they take, that never finish asking, and that all come back at once."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.daemon import running
from tests.support.load import writer
from tests.support.raw import RawClient, frame, handshake, message, raw_client, raw_socket

MB = 1_000_000


async def flood_until_it_is_stopped(client: RawClient, request: Callable[[int], bytes]) -> int:
    """Send requests until nobody takes them any more; how many were sent, the last ones perhaps in part."""
    for start in range(0, 1_000_000, 100):
        client.writer.write(b"".join(request(number) for number in range(start, start + 100)))
        try:
            async with asyncio.timeout(2):
                await client.writer.drain()
        except TimeoutError:
            return start + 100
    raise AssertionError("everything was taken")


@pytest.mark.parametrize(("kind", "padding"), [("ping", 1_000), ("list_items", 20_000)])
async def test_who_reads_no_replies_is_made_to_wait_and_gets_each_of_them_later(
    tmp_path: Path, kind: str, padding: int
) -> None:
    def request(number: int) -> bytes:
        return message(type=kind, request_id=f"{number:0200}", ignored="-" * padding)

    async with running(tmp_path, module="streamd") as daemon, daemon.client() as other:
        items = [{"type": "inventory", "name": f"Item {n}", "note": "n" * 200} for n in range(100)]
        await other.ask(type="bulk", operation="add_multiple", items=items)
        async with raw_client(daemon, receive_buffer=4_096) as flooder:
            memory_before = daemon.memory()
            sent = await flood_until_it_is_stopped(flooder, request)
            assert daemon.memory() - memory_before < 32 * MB
            assert (await other.ask(type="ping"))["type"] == "pong"
            replies = await flooder.replies(sent)
            assert sorted(reply["request_id"] for reply in replies) == [f"{n:0200}" for n in range(sent)]
            assert {reply["type"] for reply in replies} == {"pong" if kind == "ping" else "items"}


async def test_an_edit_flood_is_made_to_wait_and_every_edit_is_done(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as other:
        await other.ask(
            type="add_item", id="count", item={"type": "inventory", "name": "C", "current_stock": 0}
        )
        async with raw_client(daemon, receive_buffer=4_096) as flooder:
            memory_before = daemon.memory()
            sent = await flood_until_it_is_stopped(
                flooder,
                lambda n: message(
                    type="change_item",
                    item_id="count",
                    inc={"current_stock": 1},
                    request_id=f"{n:0200}",
                    ignored="-" * 1_000,
                ),
            )
            assert daemon.memory() - memory_before < 32 * MB
            replies = await flooder.replies(sent)
            assert [reply["request_id"] for reply in replies] == [f"{n:0200}" for n in range(sent)]
        item = await other.ask(type="get_item", item_id="count")
        assert item["item"]["current_stock"] == sent


@pytest.mark.alone
async def test_handshakes_that_never_end_are_ended(tmp_path: Path) -> None:
    head = handshake("/", {})
    async with (
        running(tmp_path, module="streamd", STREAMD_WS__OPEN_TIMEOUT_SECONDS="1") as daemon,
        daemon.client() as other,
        AsyncExitStack() as stack,
    ):
        waiting = [await stack.enter_async_context(raw_socket(daemon)) for _ in range(100)]

        async def trickle(client: RawClient, portion: int) -> None:
            """Send a byte now and then, until the daemon has had enough."""
            for byte in head[portion:-1]:
                try:
                    await client.send(bytes((byte,)))
                    async with asyncio.timeout(0.05):
                        await client.frame()
                except TimeoutError:
                    continue
                except (EOFError, ConnectionError):
                    return
            raise AssertionError("it was let in, or left alone")

        started = asyncio.get_running_loop().time()
        await asyncio.gather(*(trickle(client, n % 50) for n, client in enumerate(waiting)))
        assert 0.5 < asyncio.get_running_loop().time() - started < 8
        assert (await other.ask(type="ping"))["type"] == "pong"


@pytest.mark.soak
async def test_when_all_come_back_at_once_each_gets_everything_exactly_once(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    clients, count = soak(200, 400), 10_000
    no_pings = {"STREAMD_WS__PING_INTERVAL_SECONDS": "600", "STREAMD_WS__IDLE_TIMEOUT_SECONDS": "900"}
    async with running(tmp_path, module="streamd", **no_pings) as daemon, writer(daemon) as load:
        await load.publish(100 + count)
        async with daemon.client() as reader:
            path = f"/?since=100&epoch={reader.greeting['epoch']}"
        async with raw_client(daemon, path) as first:
            told = [await first.frame() for _ in range(count)]
        assert [heard.message["seq"] for heard in told] == list(range(101, 101 + count))
        expected = b"".join(frame(heard.payload, masked=False) for heard in told)

        async def resume() -> bool:
            async with raw_client(daemon, path) as client:
                return await client.exactly(len(expected)) == expected

        memory_before = daemon.memory()
        assert all(await asyncio.gather(*(resume() for _ in range(clients))))
        assert daemon.memory() - memory_before < clients * 0.5 * MB
