"""Slow clients cost nobody anything and lose nothing; those that are gone are let go."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from streamd.wire.codes import CloseCode
from tests.support.daemon import running
from tests.support.load import median_latency, writer
from tests.support.raw import PING, RawClient, frame, message, raw_client

pytestmark = pytest.mark.requirement("E3")

MB = 1_000_000


async def drain(client: RawClient) -> None:
    """Read for as long as there is something, and answer pings."""
    while True:
        await client.frame()


def check_all_came(events: list[dict[str, Any]], ticks: int) -> None:
    """Everything, in order, exactly once."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["data"]["n"] for event in events if event["event_type"] == "tick"] == list(range(ticks))


@pytest.mark.alone
@pytest.mark.soak
async def test_a_client_that_stops_reading_costs_the_others_nothing_and_loses_nothing(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    count = soak(100_000, 500_000)
    async with (
        running(tmp_path, module="streamd") as daemon,
        raw_client(daemon, receive_buffer=65_536) as slow,
        raw_client(daemon, answers_pings=True) as other,
        writer(daemon) as load,
    ):
        others = asyncio.create_task(drain(other))
        await load.publish(20_000)
        before = await median_latency(daemon, asyncio.create_task(load.publish(10_000)))
        events = await slow.events_until(load.seq)
        memory_before = memory = daemon.memory()

        async def overwhelm() -> None:
            nonlocal memory
            for _ in range(10):
                await load.publish(count // 10)
                memory = max(memory, daemon.memory())

        during = await median_latency(daemon, asyncio.create_task(overwhelm()))
        while events[-1]["seq"] < load.seq:
            events += await slow.events_until(min(load.seq, events[-1]["seq"] + 10_000))
            memory = max(memory, daemon.memory())
        others.cancel()
    check_all_came(events, 30_000 + count)
    assert memory - memory_before < 32 * MB
    assert during < 2 * before + 0.005


@pytest.mark.alone
async def test_who_takes_nothing_is_dropped_and_who_takes_a_little_now_and_then_is_not(
    tmp_path: Path,
) -> None:
    limits = {
        "STREAMD_WS__STALL_TIMEOUT_SECONDS": "2",
        "STREAMD_WS__PING_INTERVAL_SECONDS": "0.5",
        "STREAMD_WS__IDLE_TIMEOUT_SECONDS": "2",
    }
    async with (
        running(tmp_path, module="streamd", **limits) as daemon,
        raw_client(daemon, receive_buffer=4_096) as stuck,
        raw_client(daemon, receive_buffer=4_096, answers_pings=True) as slow,
        writer(daemon) as load,
    ):
        await load.publish(2_000, padding=6_000)  # 12 MB: more than the kernel takes for a client
        loop = asyncio.get_running_loop()
        until = loop.time() + 7
        while loop.time() < until:
            await slow.read(4_096)
            await asyncio.sleep(0.05)  # the pace of a slow line
        dropped = orjson.loads((await daemon.logs("connection_dropped"))[0])
        assert dropped["code"] == CloseCode.NO_PROGRESS
        assert dropped["buffered_bytes"] > 0
        check_all_came(await slow.events_until(load.seq), load.next)
        assert await stuck.ending() == 1006  # there was no room left to tell it why


async def test_what_dropped_clients_had_not_read_is_freed(tmp_path: Path) -> None:
    limits = {"STREAMD_WS__STALL_TIMEOUT_SECONDS": "1", "STREAMD_WS__MAX_MESSAGE_BYTES": "1000000"}
    async with running(tmp_path, module="streamd", **limits) as daemon, writer(daemon) as load:
        await load.publish(400, padding=60_000)
        memory = []
        for turn in range(1, 4):
            async with AsyncExitStack() as stack:
                for _ in range(100):
                    await stack.enter_async_context(raw_client(daemon, receive_buffer=4_096))
                for _ in range(5):
                    await load.publish(20, padding=60_000)
                await daemon.logs("connection_dropped", count=turn * 100)
            memory.append(daemon.memory())
        assert memory[-1] - memory[0] < 16 * MB


async def test_a_flood_of_pings_that_reads_no_pong_is_cut(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as other:
        memory_before = memory = daemon.memory()

        async def flood(client: RawClient) -> None:
            nonlocal memory
            for _ in range(1_000):
                await client.send(frame(b"p" * 125, PING) * 1_000)
                memory = max(memory, daemon.memory())

        async with raw_client(daemon, receive_buffer=4_096) as flooder:
            with pytest.raises(ConnectionError):
                await flood(flooder)
        assert memory - memory_before < 16 * MB
        assert (await other.ask(type="ping"))["type"] == "pong"


async def test_who_falls_silent_is_dropped_and_who_only_answers_pings_is_not(tmp_path: Path) -> None:
    limits = {"STREAMD_WS__PING_INTERVAL_SECONDS": "0.3", "STREAMD_WS__IDLE_TIMEOUT_SECONDS": "1"}
    async with (
        running(tmp_path, module="streamd", **limits) as daemon,
        raw_client(daemon) as silent,
        raw_client(daemon, answers_pings=True) as quiet,
    ):
        listening = asyncio.create_task(drain(quiet))
        assert await silent.ending() == CloseCode.NO_HEARTBEAT
        async with raw_client(daemon) as silent_too:
            assert await silent_too.ending() == CloseCode.NO_HEARTBEAT
        assert not listening.done()
        listening.cancel()
        await quiet.send(message(type="ping"))
