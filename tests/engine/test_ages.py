"""Retention while the time of day jumps: nothing goes that is not old, and nothing stays for ever."""

import asyncio
from pathlib import Path

import attrs
import pytest

from streamd.config import Config
from streamd.core.item import Seq
from streamd.core.position import workspace_stream
from streamd.stores import open_sqlite
from streamd.stores.memory import MemoryStore
from tests.support.engines import StillClock, add, count, done, engine_on, submit

MONTH_MS = 30 * 86_400_000
HALL = workspace_stream("hall")
OFTEN = attrs.evolve(Config(), journal=attrs.evolve(Config().journal, trim_seconds=0.01))


@attrs.define
class WatchedStore(MemoryStore):
    """A store that counts how often retention has looked at it."""

    looks: asyncio.Queue[None] = attrs.field(factory=asyncio.Queue)

    async def checkpoint(self) -> None:
        self.looks.put_nowait(None)

    async def looked_at(self) -> None:
        """Wait until retention has begun anew and ended."""
        async with asyncio.timeout(10):
            while not self.looks.empty():
                self.looks.get_nowait()
            for _ in range(2):
                await self.looks.get()


@pytest.mark.parametrize("jump_ms", [MONTH_MS, -MONTH_MS, 12 * MONTH_MS])
async def test_a_jump_of_the_time_of_day_trims_nothing(jump_ms: int) -> None:
    clock, store = StillClock(), WatchedStore()
    async with engine_on(store, OFTEN, clock=clock) as engine:
        await done(submit(engine, add("wire"), op_id="first"))
        clock.ms += jump_ms
        await done(submit(engine, count("wire"), op_id="second"))
        await store.looked_at()
        clock.ms -= jump_ms
        await store.looked_at()
        assert (await store.span(HALL)).oldest == Seq(1)
        assert (await done(submit(engine, add("wire"), op_id="first"))).repeated
        assert (await done(submit(engine, count("wire"), op_id="second"))).repeated


async def test_after_a_jump_that_stays_and_restarts_what_is_old_goes(tmp_path: Path) -> None:
    clock = StillClock()
    journal = attrs.evolve(OFTEN.journal, retain_seconds=0.2, op_retain_seconds=0.2)
    for _ in range(2):
        async with (
            open_sqlite(str(tmp_path / "journal.db")) as store,
            engine_on(store, attrs.evolve(OFTEN, journal=journal), clock=clock) as engine,
        ):
            await done(submit(engine, add(f"wire-{clock.ms}")))
            top = (await store.span(HALL)).top
            clock.ms += MONTH_MS
            async with asyncio.timeout(20):
                while (await store.span(HALL)).oldest <= top:
                    pass
