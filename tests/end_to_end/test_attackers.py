"""What one client does costs the others nothing: a good client pings and edits in another workspace meanwhile."""

import asyncio
from pathlib import Path

import pytest

from tests.support.daemon import Daemon
from tests.support.good_client import back_to, footprint, good_client, watched
from tests.support.raw import message, raw_client


async def ping_as_fast_as_pongs_are_read(daemon: Daemon, seconds: float) -> None:
    """Ask without end, and read all replies."""
    pings = message(type="ping") * 5_000
    async with raw_client(daemon, "/?workspace=bad") as client:

        async def read() -> None:
            while True:
                await client.read(1 << 20)

        reading = asyncio.create_task(read())
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            await client.send(pings)
        reading.cancel()


@pytest.mark.alone
async def test_a_flood_of_messages_takes_its_turn_with_those_of_others(tmp_path: Path) -> None:
    async with watched(tmp_path) as daemon, good_client(daemon) as good:
        before = await footprint(daemon)
        alone = await good.rounds(30)
        beside = await good.during(ping_as_fast_as_pongs_are_read(daemon, 3))
        during = await footprint(daemon)
        await back_to(daemon, before)
        assert during.longest_turn_seconds < 0.05
        beside.check(alone)
