"""Two daemons over one store: whoever listens to one hears what the other commits, in order and once."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random

from streamd.config import Config, JournalOptions
from streamd.core.item import Seq
from streamd.core.position import run_stream, workspace_stream
from streamd.core.run import Response
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.engine import Engine
from streamd.ports.agent import Agent, Run
from streamd.stores.memory import MemoryStore
from tests.support.engines import Pipe, add, count, done, engine_on, submit
from tests.support.frames import messages
from tests.support.runs import begin, ended, told

HALL = workspace_stream("hall")


async def heard(pipe: Pipe, outbox: Outbox, upto: int = 0, until: str = "") -> list[dict[str, object]]:
    """All that was written, once so much is there, or a message of this type."""
    async with asyncio.timeout(20):
        while True:
            found: list[dict[str, object]] = messages(bytes(pipe.data))
            if len(found) >= upto and (not until or (found and found[-1]["type"] == until)):
                return found
            await outbox.drained()
            await asyncio.sleep(0)


async def listener(engine: Engine, after: int = 0) -> tuple[Pipe, Outbox]:
    pipe = Pipe()
    outbox = engine.open_outbox(pipe, "ann")
    outbox.add(Cursor(await engine.hub.open(HALL), Seq(after)))
    return pipe, outbox


async def test_who_listens_to_one_daemon_hears_what_another_commits_in_order_and_once() -> None:
    store = MemoryStore()
    async with engine_on(store) as one, engine_on(store.beside()) as other:
        await done(submit(one, add("a")))
        pipe, outbox = await listener(other)
        for number in range(50):
            await done(submit(one, count("a"), add(f"b{number}")))
        events = await heard(pipe, outbox, 101)
    assert [event["seq"] for event in events] == list(range(1, 102))


async def test_two_daemons_that_write_to_one_workspace_tell_everybody_the_same() -> None:
    store, numbers = MemoryStore(), Random(7)
    small = Config(journal=JournalOptions(window_entries=4))
    async with engine_on(store, small) as one, engine_on(store.beside(), small) as other:
        await done(submit(one, add("a")))
        ears = [await listener(engine) for engine in (one, other)]

        async def writer() -> None:
            for _ in range(40):
                await done(submit(numbers.choice([one, other]), count("a")))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(5):
                tasks.create_task(writer())
        told_by = [await heard(pipe, outbox, 201) for pipe, outbox in ears]
        items = [await engine.store.items("hall") for engine in (one, other)]
    assert [event["seq"] for event in told_by[0]] == list(range(1, 202))
    assert told_by[0] == told_by[1]
    assert [item.fields["stock"] for (item,) in items] == [200, 200]


async def test_a_run_of_another_daemon_is_heard_to_its_end() -> None:
    gate = asyncio.Event()

    async def works(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "working")
        await gate.wait()
        yield Response("general_complete", "done")

    store, agent = MemoryStore(), Agent("works", works)
    async with engine_on(store, None, agent) as one, engine_on(store.beside(), None, agent) as other:
        run = begin(one, "works")
        await one.journal.flushed()
        live = await other.hub.open(run_stream("hall", run.record.run_id))
        pipe = Pipe()
        outbox = other.open_outbox(pipe, "ann")
        outbox.add(Cursor(live, Seq(0)))
        gate.set()
        await ended(run)
        responses = await told(store, run.record.run_id)
        there = await heard(pipe, outbox, len(responses))
        assert [response["run_seq"] for response in there] == [response["run_seq"] for response in responses]
        assert there[-1]["type"] == "complete"
        assert live.ended
