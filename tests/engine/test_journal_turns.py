"""The journal's turns: who hands in much waits for itself, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain

import orjson
import pytest

from streamd.config import Config, JournalOptions, StoreOptions
from streamd.core.principal import Asker, Flow
from streamd.engine.engine import Engine
from streamd.errors import BusyError
from tests.support.engines import TroubledStore, add, count, done, engine_on, flow_of, submit

LARGE = 1_000_000
"""The size, in bytes, of a write that takes long."""
MANY = 16
BOUND = 40
FEW = Config(journal=JournalOptions(queue_max=BOUND), store=StoreOptions(group_commit_max=4))


@asynccontextmanager
async def busy_engine(store: TroubledStore, *flows: tuple[str, str]) -> AsyncIterator[Engine]:
    """An engine that commits four writes at a time, behind a shut door; many writes of each of these flows wait."""
    async with engine_on(store, FEW) as engine:
        await done(submit(engine, add("a")))
        store.door.clear()
        store.knocked.clear()
        submit(engine, add("first"), workspace="elsewhere")
        await store.knocked.wait()
        for workspace, flow in flows:
            for number in range(MANY):
                submit(engine, add(f"{flow}{number}"), workspace=workspace, flow=flow)
        yield engine
        store.door.set()
        await engine.journal.flushed()


def committed(store: TroubledStore) -> list[list[tuple[str, str]]]:
    """What each commit wrote: workspaces, and the first letters of the items' ids, which are the flows."""
    batches = iter(store.batches)
    return [
        [
            (batch.workspace, orjson.loads(entry.body)["item_id"][0])
            for batch in (next(batches) for _ in range(number))
            for entry in batch.entries
        ]
        for number in store.commits
    ]


def shares(one: Sequence[tuple[str, str]], *parts: tuple[str, str]) -> list[int]:
    """How many of a commit's changes each of these has."""
    return [one.count(part) for part in parts]


@pytest.mark.parametrize(
    "others", [[("bad", "b")], [("hall", "b")], [("bad", "b"), ("bad", "c"), ("bad", "d")]]
)
async def test_one_edit_is_in_the_next_group_whatever_others_have_waiting(
    others: list[tuple[str, str]],
) -> None:
    store = TroubledStore()
    async with busy_engine(store, *others) as engine:
        submit(engine, count("a"), flow="good")
    assert ("hall", "a") in committed(store)[2]  # the second had begun before


async def test_workspaces_share_alike_and_so_do_the_flows_of_one() -> None:
    store = TroubledStore()
    flows = ("one", "b"), ("two", "c"), ("two", "d")
    async with busy_engine(store, *flows):
        pass
    for group in committed(store)[2:10]:
        assert shares(group, *flows) == [2, 1, 1]


@pytest.mark.parametrize(
    "many",
    [
        [Flow(Asker("workspace hall", "bad"), number) for number in range(MANY)],
        [Flow(Asker("workspace hall", "good"), f"run {number}", is_kept=True) for number in range(MANY)],
    ],
    ids=["connections of one other user", "runs of the same user"],
)
async def test_one_connection_has_the_share_of_all_those_of_an_asker_and_so_have_the_runs_of_one(
    many: Sequence[Flow],
) -> None:
    store = TroubledStore()
    async with busy_engine(store) as engine:
        for round_number in range(2):
            for number, flow in enumerate(many):
                submit(engine, add(f"b{round_number}-{number}"), flow=flow)
        for number in range(MANY):
            submit(engine, add(f"a{number}"), flow=Flow(Asker("workspace hall", "good"), "a connection"))
    for group in committed(store)[2:9]:
        assert shares(group, ("hall", "a"), ("hall", "b")) == [2, 2]


async def test_runs_of_one_asker_take_turns_and_one_that_says_much_waits_for_itself() -> None:
    store = TroubledStore()
    asker = Asker("workspace hall", "ann")
    async with busy_engine(store) as engine:
        for letter, size in ("b", 8 * 1024), ("c", 0), ("d", 0):
            for number in range(8):
                flow = Flow(asker, f"run {letter}", is_kept=True)
                submit(engine, add(f"{letter}{number}"), flow=flow, size=size)
    first = list(chain.from_iterable(committed(store)[2:6]))
    assert shares(first, ("hall", "b"), ("hall", "c"), ("hall", "d"))[0] <= 2
    assert len(first) == 16


async def test_an_asker_with_many_connections_fills_its_own_part_of_the_queue() -> None:
    store = TroubledStore()
    async with busy_engine(store) as engine:
        for number in range(BOUND):
            submit(engine, add(f"b{number}"), flow=Flow(Asker("bad", "bad"), number))
        good, late = flow_of("good"), flow_of("late")
        for number in range(8):
            submit(engine, add(f"a{number}"), flow=good)
        assert engine.journal.is_full("hall", Flow(Asker("bad", "bad"), 0))
        assert not engine.journal.is_full("hall", good)
        assert not engine.journal.is_full("hall", late)


async def test_what_is_large_counts_for_more() -> None:
    store = TroubledStore()
    flows = ("one", "b"), ("two", "c")
    async with busy_engine(store) as engine:
        for number in range(16):
            submit(engine, add(f"b{number}"), workspace="one", flow="b", size=3 * 1024)
            submit(engine, add(f"c{number}"), workspace="two", flow="c")
    groups = committed(store)
    assert shares(list(chain.from_iterable(groups[2:6])), *flows) == [4, 12]


async def test_the_order_of_a_flow_stays_while_others_have_their_turns() -> None:
    store = TroubledStore()
    async with busy_engine(store, ("hall", "b"), ("hall", "c")) as engine:
        sizes = (0, LARGE, 0, 0, LARGE, LARGE, 0)
        promises = [submit(engine, count("a"), flow="good", size=size) for size in sizes]
        store.door.set()
        seqs = [(await done(promise)).results[0]["seq"] for promise in promises]
    assert seqs == sorted(seqs, key=lambda seq: int(str(seq)))


async def test_a_flush_of_a_workspace_waits_for_all_its_flows_and_that_of_a_flow_only_for_this() -> None:
    store = TroubledStore()
    async with busy_engine(store, ("hall", "b")) as engine:
        mine = submit(engine, count("a"), flow="good")
        last = submit(engine, add("last"), flow="b")
        flushes: list[str] = []

        async def flush(name: str, workspace: str = "", flow: Flow | None = None) -> None:
            await engine.journal.flushed(workspace, flow)
            assert mine.done()
            assert name == "own" or last.done()
            flushes.append(name)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flush("every"))
            tasks.create_task(flush("workspace", "hall"))
            tasks.create_task(flush("own", "hall", flow_of("good")))
            await asyncio.sleep(0)
            for number in range(MANY):  # what comes later is waited for by none of them
                submit(engine, add(f"e{number}"), workspace="elsewhere")
            store.door.set()
        assert flushes[0] == "own"


async def test_the_bound_is_for_who_has_most_waiting_and_not_for_who_comes_last() -> None:
    store = TroubledStore()
    async with busy_engine(store, ("bad", "b"), ("bad", "c"), ("bad", "d")) as engine:
        assert engine.journal.is_full("bad", flow_of("b"))
        for number in range(2 * BOUND - 3 * MANY):
            submit(engine, add(f"more{number}"), workspace="bad", flow="b")
        with pytest.raises(BusyError):
            submit(engine, add("last"), workspace="bad", flow="b")
        waiting = asyncio.ensure_future(engine.journal.room("bad", flow_of("b")))
        async with asyncio.timeout(1):
            await engine.journal.room("hall", flow_of("good"))
        for number in range(4):
            submit(engine, add(f"mine{number}"), flow="good")
        assert not waiting.done()
        store.door.set()
        await waiting


async def test_long_writes_of_a_workspace_hold_back_only_this() -> None:
    store = TroubledStore()
    async with busy_engine(store, ("bad", "b")) as engine:
        longs = [
            submit(engine, add(f"c{number}"), workspace="bad", flow="c", size=LARGE) for number in range(3)
        ]
        submit(engine, count("a"), flow="good")
        store.door.set()
        await asyncio.gather(*longs)
    groups = committed(store)
    assert ("hall", "a") in groups[2]
    assert all(("bad", "c") not in group or ("hall", "a") not in group for group in groups)
