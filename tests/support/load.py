"""Load: events by the ten thousand from a client that waits for its acknowledgements, as fast as they come."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Final

import attrs

from tests.support.daemon import Daemon
from tests.support.raw import RawClient, message, raw_client

_BATCH: Final = 250
_BATCHES_IN_FLIGHT: Final = 2


@attrs.define
class Writer:
    """Publishes custom events and hears none."""

    client: RawClient
    next: int = 0
    seq: int = 0
    """Position of the newest event it published."""

    async def publish(self, count: int, *, padding: int = 0) -> None:
        """So many events more, numbered on in `n`. Returns when all are acknowledged."""
        pad = {"pad": "x" * padding} if padding else {}
        end = self.next + count
        unanswered: list[int] = []
        while self.next < end:
            size = min(_BATCH, end - self.next)
            numbers = range(self.next, self.next + size)
            await self.client.send(
                b"".join(message(type="publish", event_type="tick", data={"n": n, **pad}) for n in numbers)
            )
            self.next += size
            unanswered.append(size)
            if len(unanswered) > _BATCHES_IN_FLIGHT:
                await self._acknowledged(unanswered.pop(0))
        await self._acknowledged(sum(unanswered))

    async def _acknowledged(self, count: int) -> None:
        for reply in await self.client.replies(count):
            assert reply["type"] == "ack", reply
            self.seq = reply["seq"]


@asynccontextmanager
async def writer(daemon: Daemon, path: str = "/") -> AsyncIterator[Writer]:
    """A writer of its own connection."""
    async with raw_client(daemon, path, answers_pings=True) as client:
        await client.send(message(type="unsubscribe"))
        await client.replies(1)
        yield Writer(client)


async def median_latency(daemon: Daemon, meanwhile: "asyncio.Task[None]") -> float:
    """Seconds from an event's sending to its coming back, in the middle of those sent while something goes on."""
    seconds = []
    async with daemon.client() as probe:
        await probe.ask(type="subscribe", event_types=["probe"])
        while not meanwhile.done():
            sent_at = time.perf_counter()
            await probe.send(type="publish", event_type="probe", data={"at": sent_at})
            await probe.until(lambda heard: "event_type" in heard)
            seconds.append(time.perf_counter() - sent_at)
    await meanwhile
    return median(seconds)
