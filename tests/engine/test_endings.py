"""How runs end when something odd happens: each in one last response, and nothing else with it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from streamd.config import Config, RunsOptions
from streamd.core.run import Response, RunOptions
from streamd.core.thread import InterruptAnswer
from streamd.core.tool_calls import AddItems, RemoveItems
from streamd.ports.agent import Agent, Run
from streamd.stores.memory import MemoryStore
from tests.support.engines import engine_on
from tests.support.runs import begin, ended, outcome, respond, told


async def _wait(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "waiting")
    await asyncio.Event().wait()


async def _quick(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", "done")


QUICK = Agent("quick", _quick)


async def test_a_run_that_is_cancelled_before_its_first_step_says_so_and_frees_its_thread() -> None:
    store = MemoryStore()
    async with engine_on(store, None, Agent("waits", _wait), QUICK) as engine:
        run = begin(engine, "waits", thread_id="t")
        engine.runs.cancel(run.record.run_id, "bob")
        await ended(run)
        assert [each["type"] for each in await told(store, run.record.run_id)] == ["cancelled"]
        first = begin(engine, "waits", thread_id="t")
        second = begin(engine, "quick", thread_id="t", options=RunOptions(multitask="interrupt"))
        await ended(first)
        await ended(second)
        assert (await told(store, second.record.run_id))[-1]["type"] == "complete"
        assert engine.runs.count == 0


async def test_a_question_inside_a_task_group_is_a_question() -> None:
    async def asks(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "asking")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_ask(run))

    async with engine_on(MemoryStore(), None, Agent("asks", asks), QUICK) as engine:
        assert (await outcome(engine, "asks"))[-1]["type"] == "interrupt"
        assert (await outcome(engine, "quick"))[-1]["type"] == "complete"


async def _ask(run: Run) -> None:
    await run.ask("Really?")


@pytest.mark.parametrize("beside_another", [False, True])
async def test_an_agent_that_cancels_itself_has_failed(beside_another: bool) -> None:
    async def gives_up(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "giving up")
        raise asyncio.CancelledError

    nodes = {"start": _quick, "left": gives_up, "right": _quick}
    parts = Agent("gives_up", nodes=nodes, edges={"start": ("left", "right")})
    agent = parts if beside_another else Agent("gives_up", gives_up)
    async with engine_on(MemoryStore(), None, agent) as engine:
        responses = await outcome(engine, "gives_up")
        assert (responses[-1]["type"], responses[-1]["code"]) == ("error", "run_failed")


async def test_an_agents_own_timeout_is_not_told_as_the_runs() -> None:
    async def late(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "hurrying")
        raise TimeoutError

    async with engine_on(MemoryStore(), None, Agent("late", late)) as engine:
        assert (await outcome(engine, "late"))[-1]["code"] == "run_failed"


def _removes(sizes: tuple[int, ...]) -> Agent:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "removing")
        notes = [item.id for item in await run.items("note")]
        for size in sizes:
            await run.carry_out([RemoveItems(tuple(notes[:size]), "old")])
            notes = notes[size:]

    async def fills(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "adding")
        await run.carry_out([AddItems(tuple({"type": "note", "name": f"N{n}"} for n in range(sum(sizes))))])
        await run.items(fresh=True)

    return Agent(
        "removes",
        nodes={"fill": fills, "remove": steps},
        edges={"fill": "remove"},
        rejected={"remove": "remove"},
    )


async def test_many_small_removals_are_one_large_one_and_a_refusal_removes_nothing_more() -> None:
    store = MemoryStore()
    limits = Config(runs=RunsOptions(approve_removals_over=3))
    async with engine_on(store, limits, _removes((2, 2, 2))) as engine:
        run = await ended(begin(engine, "removes"))
        last = (await told(store, run.record.run_id))[-1]
        assert last["type"] == "interrupt"
        assert len(await store.items("hall")) == 4
        resumed = await respond(
            engine, last["interrupt"]["interrupt_id"], InterruptAnswer("reject"), "bob", None
        )
        again = engine.runs.find(resumed)
        if again is not None:
            await ended(again)
        assert len(await store.items("hall")) >= 2
        assert (await told(store, resumed))[-1]["type"] in ("cancelled", "interrupt", "complete")


async def test_a_cancel_outlives_the_daemon() -> None:
    store, reached = MemoryStore(), asyncio.Event()

    async def stubborn(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "working")
        reached.set()
        await asyncio.Event().wait()

    agent = Agent("stubborn", stubborn)
    async with engine_on(store, None, agent) as engine:
        run = begin(engine, "stubborn")
        await reached.wait()
        engine.runs.cancel(run.record.run_id, "bob", "after_turn")
        await engine.journal.flushed()
        run.control.cancelled_by = None  # the daemon dies before the turn is over
        await engine.runs.drain(0)
    async with engine_on(store, None, agent) as engine:
        await engine.journal.flushed()
        assert (await told(store, run.record.run_id))[-1]["type"] == "cancelled"
