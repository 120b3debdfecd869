"""Runs belong to the daemon that does them: what another one left behind is taken over, by one, and nothing else is."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

import attrs

from streamd.config import Config, JournalOptions
from streamd.core.position import Span, StreamName
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import Response, RunId, RunRecord, RunRequest
from streamd.engine.engine import Engine
from streamd.engine.live.live_run import LiveRun
from streamd.errors import StoreError
from streamd.ports.agent import Agent, Run
from streamd.ports.store import Batch
from streamd.stores.memory import MemoryStore
from tests.support.engines import TroubledStore, engine_on
from tests.support.runs import begin, ended, told, types


def works(done: Counter[str], gate: asyncio.Event | None = None) -> Agent:
    """Counts who did it."""

    async def work(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "working")
        if gate is not None:
            await gate.wait()
        done[run.run_id] += 1
        yield Response("general_complete", "done")

    return Agent("works", work)


def left_behind(count: int, owner: str = "gone") -> Sequence[RunRecord]:
    return [
        RunRecord(
            RunId(f"run-{number}"), f"thread-{number}", RunRequest("go", user_id="ann", workspace="hall", agent="works",principal=ANONYMOUS_PRINCIPAL),
            "works", "pending", 1, scope=f"run-{number}", owner=owner,
        )
        for number in range(count)
    ]  # fmt: skip


async def leave(store: MemoryStore, records: Sequence[RunRecord]) -> None:
    assert await MemoryStore.commit(
        store, [Batch("hall", runs={record.run_id: record for record in records})]
    ) == [None]


async def all_ended(*engines: Engine) -> None:
    for engine in engines:
        for run_id in [record.run_id for record in left_behind(50)]:
            if (live := engine.runs.find(run_id)) is not None:
                await ended(live)


async def test_a_run_belongs_to_the_daemon_that_starts_it() -> None:
    store, gate = MemoryStore(), asyncio.Event()
    agent = works(Counter(), gate)
    async with engine_on(store, None, agent) as one:
        run = begin(one, "works")
        await one.journal.flushed()
        async with engine_on(store, None, agent) as other:
            assert other.runs.count == 0
            gate.set()
            await ended(run)
            kept = await store.run("hall", run.record.run_id)
            assert kept is not None
            assert kept.owner == one.runs.services.owner != other.runs.services.owner


async def test_of_two_daemons_that_find_the_same_runs_each_run_is_taken_by_one() -> None:
    store, done, gate = TroubledStore(), Counter[str](), asyncio.Event()
    agent = works(done, gate)
    records = left_behind(20)
    await leave(store, records)
    async with asyncio.TaskGroup() as tasks:
        opened = asyncio.Barrier(2)

        async def daemon() -> None:
            async with engine_on(store, None, agent) as engine:
                gate.set()
                await opened.wait()
                await all_ended(engine)
                await opened.wait()

        tasks.create_task(daemon())
        tasks.create_task(daemon())
    assert done == {record.run_id: 1 for record in records}
    for record in records:
        kept = await store.run("hall", record.run_id)
        assert kept is not None
        assert kept.status == "completed"
        assert kept.owner not in ("", "gone")
        assert types(await told(store, record.run_id))[-1] == "complete"


async def test_runs_are_taken_over_while_a_daemon_runs_when_another_is_gone() -> None:
    store, done = MemoryStore(), Counter[str]()
    async with engine_on(store, Config(journal=JournalOptions(trim_seconds=0.01)), works(done)) as engine:
        taken = asyncio.Queue[LiveRun]()
        engine.runs.watch(taken, "hall", taken.put_nowait)
        async with store.lease() as theirs:
            await leave(store, left_behind(1, theirs))
            assert engine.runs.count == 0
        async with asyncio.timeout(20):
            run = await ended(await taken.get())
        kept = await store.run("hall", run.record.run_id)
        assert kept is not None
        assert (kept.status, kept.owner) == ("completed", engine.runs.services.owner)
    assert done == {"run-0": 1}


async def test_a_run_that_cannot_be_taken_now_is_taken_later() -> None:
    store, done = TroubledStore(), Counter[str]()
    await leave(store, left_behind(2))
    store.unwritable = "hall"
    async with engine_on(store, Config(journal=JournalOptions(trim_seconds=0.01)), works(done)) as engine:
        assert engine.runs.count == 0
        taken = asyncio.Queue[LiveRun]()
        engine.runs.watch(taken, "hall", taken.put_nowait)
        store.unwritable = ""
        async with asyncio.timeout(20):
            for _ in range(2):
                await ended(await taken.get())
    assert done == {"run-0": 1, "run-1": 1}


@attrs.define
class UnreadableOnce(MemoryStore):
    """The store in memory, where the stream of one run cannot be read the first time."""

    busy_at: str = ""
    refused: asyncio.Event = attrs.field(factory=asyncio.Event)
    owners_then: list[str] = attrs.field(factory=list)
    """Whose the runs were when that happened."""

    async def span(self, stream: StreamName) -> Span:
        if self.busy_at and stream.endswith(self.busy_at):
            self.busy_at = ""
            self.owners_then += [run.owner for run in self._runs.values()]
            self.refused.set()
            raise StoreError("the disk is busy")
        return await MemoryStore.span(self, stream)


async def test_runs_that_could_not_be_read_when_they_were_found_are_found_again() -> None:
    store, done = UnreadableOnce(), Counter[str]()
    records = left_behind(4)
    async with engine_on(store, Config(journal=JournalOptions(trim_seconds=0.01)), works(done)) as engine:
        taken = asyncio.Queue[LiveRun]()
        engine.runs.watch(taken, "hall", taken.put_nowait)
        store.busy_at = "run-1"
        await leave(store, records)
        async with asyncio.timeout(20):
            await store.refused.wait()
            for _ in records:
                await ended(await taken.get())
        mine = engine.runs.services.owner
    assert store.owners_then[1:] == [mine, "gone", "gone"]  # each is claimed when its turn comes
    assert done == {record.run_id: 1 for record in records}
    for record in records:
        kept = await store.run("hall", record.run_id)
        assert kept is not None
        assert (kept.status, kept.attempt) == ("completed", 1)
