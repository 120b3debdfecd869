"""Runs beside each other: fair turns, busy threads, limits, questions before bulk removals, and taking things back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

import pytest

from streamd.config import Config, RunsOptions
from streamd.core.event import Author
from streamd.core.item import ItemId, Seq
from streamd.core.run import Response, RunOptions
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems
from streamd.engine.engine import Engine
from streamd.engine.journal.undo_writes import revert_change, revert_run
from streamd.engine.live import LiveRun
from streamd.errors import BusyError, ConflictError
from streamd.ports.agent import Agent, Run
from streamd.stores.memory import MemoryStore
from tests.support.blocks import all_of
from tests.support.engines import add, count, done, engine_on, submit
from tests.support.runs import PATIENCE_SECONDS, begin, ended, outcome, respond, told, types

ANN = Author("ann")


class Began(list[str]):
    """Who has begun, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Condition()

    async def add(self, name: str) -> None:
        async with self._more:
            self.append(name)
            self._more.notify_all()

    async def wait_for(self, count: int, name: str = "") -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._more:
            await self._more.wait_for(lambda: sum(name in one for one in self) >= count)


def waits(began: Began, let: asyncio.Event) -> Agent:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        await began.add(f"{run.request.user_id}{run.request.user_input}")
        yield Response("general_processing", "waiting")
        await let.wait()

    return Agent("waits", steps)


async def test_users_take_turns_whoever_asks_most() -> None:
    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=1))
    async with engine_on(MemoryStore(), limits, waits(began, let)) as engine:
        runs = [begin(engine, "waits", str(number), user_id="ann") for number in range(4)]
        runs.append(begin(engine, "waits", "0", user_id="bob"))
        await began.wait_for(1)
        let.set()
        for run in runs:
            await ended(run)
    assert began.index("bob0") <= 2


async def test_one_user_cannot_take_all_places() -> None:
    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=10, max_concurrent_per_user=2))
    async with engine_on(MemoryStore(), limits, waits(began, let)) as engine:
        runs = [begin(engine, "waits", str(number)) for number in range(5)]
        runs.append(begin(engine, "waits", "0", user_id="bob"))
        await began.wait_for(3)
        assert sorted(began) == ["ann0", "ann1", "bob0"]
        let.set()
        for run in runs:
            await ended(run)


def flood(engine: Engine, user_ids: Callable[[int], str], workspace: str = "flood") -> list[LiveRun]:
    """Ask for runs until told `busy`, but for five hundred at most."""
    runs: list[LiveRun] = []
    for number in range(500):
        try:
            user = user_ids(number)
            runs.append(begin(engine, "waits", str(number), user_id=user, workspace=workspace))
        except BusyError:
            break
    return runs


FLOODS: Mapping[str, Callable[[int], str]] = {
    "one user": lambda _: "anonymous",
    "many user ids": lambda number: f"u{number}",
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_forty_requests_beside_a_flood_get_their_turn(kind: str) -> None:
    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=20, max_concurrent_per_user=5))
    async with engine_on(MemoryStore(), limits, waits(began, let)) as engine:
        flooding = flood(engine, FLOODS[kind])
        honest = [begin(engine, "waits", f"honest{number}", user_id="anonymous") for number in range(40)]
        await began.wait_for(2, "honest")  # some places are kept from those who hold all others
        let.set()
        for run in (*honest, *flooding):
            await ended(run)
        lasts = {(await told(engine.store, run.record.run_id))[-1]["type"] for run in honest}
    assert lasts == {"complete"}


async def test_beside_forty_workspaces_that_ask_without_end_another_one_has_a_run() -> None:
    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=80, max_concurrent_per_user=10))
    async with engine_on(MemoryStore(), limits, waits(began, let)) as engine:
        flooding = [
            begin(engine, "waits", str(number), user_id=f"u{number}", workspace=f"bad-{number % 40}")
            for number in range(160)
        ]
        await began.wait_for(76)  # the others are for who holds none
        honest = [begin(engine, "waits", f"honest{number}", user_id="ann") for number in range(2)]
        await began.wait_for(1, "honest")  # while none of the others has ended
        let.set()
        for run in (*honest, *flooding):
            await ended(run)
    assert began.index("annhonest0") == 76


async def test_where_all_wait_who_has_most_waiting_gives_way() -> None:
    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=2, max_concurrent_per_user=2))
    async with engine_on(MemoryStore(), limits, waits(began, let)) as engine:
        flooding = flood(engine, lambda _: "eve", "hall")
        newest = flooding[-1]
        honest = begin(engine, "waits", "1", user_id="bob", workspace="other")
        await ended(newest)
        last = (await told(engine.store, newest.record.run_id))[-1]
        assert (last["type"], last["code"], last["retry_after_ms"]) == ("error", "busy", 1000)
        let.set()
        for run in (honest, *flooding):
            await ended(run)
        others = [(await told(engine.store, run.record.run_id))[-1]["type"] for run in flooding[:-1]]
    assert set(others) == {"complete"}


async def test_an_answer_is_taken_whatever_others_ask_for() -> None:
    async def asks(run: Run) -> AsyncGenerator[Response, None]:
        answer = await run.ask("May I?")
        yield Response("general_complete", answer.decision)

    began = Began()
    let = asyncio.Event()
    limits = Config(runs=RunsOptions(max_concurrent=2, max_concurrent_per_user=2))
    async with engine_on(MemoryStore(), limits, waits(began, let), Agent("asks", asks)) as engine:
        asking = await ended(begin(engine, "asks"))
        flooding = flood(engine, lambda number: f"u{number}", "hall")
        question = (await told(engine.store, asking.record.run_id))[-1]["interrupt"]["interrupt_id"]
        resumed = await respond(engine, InterruptId(question), InterruptAnswer("approve"))
        let.set()
        for run in (*flooding, engine.runs.find(resumed)):
            if run is not None:
                await ended(run)
        assert (await told(engine.store, resumed))[-1]["type"] == "complete"


async def test_a_busy_thread_refuses_queues_or_is_interrupted_as_the_request_wishes() -> None:
    began = Began()
    let = asyncio.Event()
    async with engine_on(MemoryStore(), None, waits(began, let)) as engine:
        first = begin(engine, "waits", "0", thread_id="t")
        with pytest.raises(BusyError, match=str(first.record.run_id)):
            begin(engine, "waits", "1", thread_id="t")
        second = begin(engine, "waits", "2", thread_id="t", options=RunOptions(multitask="enqueue"))
        await began.wait_for(1)
        third = begin(engine, "waits", "3", thread_id="t", options=RunOptions(multitask="interrupt"))
        let.set()
        for run in (first, second, third):
            await ended(run)
        lasts = [(await told(engine.store, run.record.run_id))[-1]["type"] for run in (first, second, third)]
    assert lasts == ["cancelled", "cancelled", "complete"]
    assert began == ["ann0", "ann3"]


def removes(count: int) -> Agent:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "adding")
        outcome = await run.carry_out(
            [AddItems(tuple({"type": "note", "name": f"N{n}"} for n in range(count)))]
        )
        await run.items(fresh=True)
        yield Response("general_processing", "removing")
        await run.carry_out([RemoveItems(tuple(outcome.added), "all of them")])
        yield Response("general_complete", f"{len(run.outcome.removed)} removed")

    return Agent("removes", steps)


ASKS = Config(runs=RunsOptions(approve_removals_over=3))


async def answered(engine: Engine, run_id: str, answer: InterruptAnswer) -> list[dict[str, object]]:
    last = (await told(engine.store, run_id))[-1]
    interrupt_id = InterruptId(last["interrupt"]["interrupt_id"])
    resumed = await respond(engine, interrupt_id, answer, "bob", None)
    run = engine.runs.find(resumed)
    if run is not None:
        await ended(run)
    return await told(engine.store, resumed)


@pytest.mark.parametrize(
    ("decision", "removed", "last"),
    [("approve", 5, "complete"), ("edit", 2, "complete"), ("reject", 0, "cancelled")],
)
async def test_removing_many_asks_first_and_does_what_is_allowed_exactly_once(
    decision: str, removed: int, last: str
) -> None:
    store = MemoryStore()
    async with engine_on(store, ASKS, removes(5)) as engine:
        asked = await ended(begin(engine, "removes"))
        responses = await told(store, asked.record.run_id)
        assert types(responses)[-1] == "interrupt"
        assert responses[-1]["interrupt"]["reason"] == "confirmation"
        named = list(responses[-1]["interrupt"]["value"]["items"])
        assert len(named) == 5
        assert len(await store.items("hall")) == 5
    # The question outlives the daemon.
    async with engine_on(store, ASKS, removes(5)) as engine:
        assert len(await all_of(engine.interrupts.pending("hall"))) == 1
        value = {"item_ids": named[:2]} if decision == "edit" else None
        told_then = await answered(engine, asked.record.run_id, InterruptAnswer(decision, value))  # type: ignore[arg-type]
        assert told_then[-1]["type"] == last
        assert len(await store.items("hall")) == 5 - removed
        assert not await all_of(engine.interrupts.pending("hall"))
        assert "adding" not in [response.get("message") for response in told_then]
        assert (await store.span("ws/hall")).top == 5 + removed  # type: ignore[arg-type]


async def test_what_somebody_changed_while_the_question_was_open_is_not_removed() -> None:
    store = MemoryStore()
    async with engine_on(store, ASKS, removes(5)) as engine:
        asked = await ended(begin(engine, "removes"))
        items = await store.items("hall")
        await done(submit(engine, count(items[0].id)))
        responses = await answered(engine, asked.record.run_id, InterruptAnswer("approve"))
        assert len(responses[-1]["data"]["refused"]) == 1, responses[-1]  # type: ignore[index]
        assert [item.id for item in await store.items("hall")] == [items[0].id]


async def _edits(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "editing")
    await run.items()
    await run.carry_out(
        [
            ChangeItems((ItemEdit(ItemId("a"), set={"stock": 7, "colour": "red"}),)),
            RemoveItems((ItemId("b"),), "b is old"),
            AddItems(({"type": "note", "name": "New"},)),
            ChangeItems((ItemEdit(ItemId("a"), set={"stock": 8}),)),
        ]
    )


EDITS = Agent("edits", _edits)


async def test_undo_takes_a_whole_run_back_and_can_itself_be_undone() -> None:
    store = MemoryStore()
    async with engine_on(store, None, EDITS) as engine:
        await done(submit(engine, add("a", 1), add("b", 2)))
        before = {item.id: item.flat() for item in await store.items("hall")}
        run = await ended(begin(engine, "edits"))
        receipt = await revert_run(engine.journal, store, "hall", run.record.run_id, ANN, None)
        assert {item.id: item.flat() for item in await store.items("hall")} == before
        assert len(receipt.results) == 3
        seq = Seq(int(str(receipt.results[-1]["seq"])))
        await revert_change(engine.journal, store, "hall", seq, ANN, None)


async def test_undo_is_refused_whole_where_a_later_edit_is_in_the_way_and_says_whose() -> None:
    store = MemoryStore()
    async with engine_on(store, None, EDITS) as engine:
        await done(submit(engine, add("a", 1), add("b", 2)))
        run = await ended(begin(engine, "edits"))
        await done(submit(engine, count("a", 5)))
        top = (await store.span("ws/hall")).top  # type: ignore[arg-type]
        with pytest.raises(ConflictError, match="ann edited item a") as refusal:
            await revert_run(engine.journal, store, "hall", run.record.run_id, ANN, None)
        assert refusal.value.details["later"]["user_id"] == "ann"  # type: ignore[index]
        assert (await store.span("ws/hall")).top == top  # type: ignore[arg-type]


async def test_a_run_that_takes_too_long_is_stopped() -> None:
    limits = Config(runs=RunsOptions(request_timeout_seconds=0.05))
    async with engine_on(MemoryStore(), limits, waits(Began(), asyncio.Event())) as engine:
        responses = await outcome(engine, "waits")
        assert (responses[-1]["type"], responses[-1]["code"]) == ("error", "timed_out")


async def test_an_agent_that_says_what_cannot_be_told_fails_and_takes_nothing_else_down() -> None:
    async def tells(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("content", extra={"content": "half a character: \ud800"})

    async def remembers(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("content", extra={"content": "I will remember"})
        run.remember("insight", "\udfff")

    async def concludes(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("content", extra={"content": "in short"})
        run.conclude("\ud800")

    agents = [Agent("tells", tells), Agent("remembers", remembers), Agent("concludes", concludes)]
    async with engine_on(MemoryStore(), None, *agents, EDITS) as engine:
        for agent in agents:
            responses = await outcome(engine, agent.name)
            assert responses[-1]["type"] == "error", responses
        await done(submit(engine, add("a", 1), add("b", 2)))
        assert (await outcome(engine, "edits"))[-1]["type"] == "complete"
