"""Demand, forgetting and retention take the journal's road, in its order and a slice at a time."""

import asyncio
from collections.abc import Sequence

import pytest

from streamd.config import Config, JournalOptions
from streamd.core.item import ItemId, Seq
from streamd.core.memory import Memory, MemoryFilter, MemoryId
from streamd.core.position import workspace_stream
from streamd.engine.engine import Engine
from streamd.engine.journal.sliced_writes import delete_memories, forget_memories, put_demand
from streamd.engine.journal.writes import DemandRow, RunUpdates
from streamd.errors import StoreError, UnavailableError
from streamd.stores.memory import MemoryStore
from tests.support.engines import TroubledStore, add, count, done, engine_on, submit

BOX = ItemId("box")


def day(number: int, quantity: float) -> DemandRow:
    return DemandRow(BOX, f"2026-01-{number:02}", quantity)


async def fails() -> None:
    raise StoreError("the disk is full")


async def test_demand_says_how_many_quantities_differ_from_what_was_known() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        assert await put_demand(engine.journal, "hall", [day(1, 1), day(2, 2)]) == 2
        assert await put_demand(engine.journal, "hall", [day(1, 1.0), day(2, 5)]) == 1
        assert await put_demand(engine.journal, "hall", [day(1, 8), day(1, 9)]) == 1
        assert await put_demand(engine.journal, "hall", []) == 0
        assert await put_demand(engine.journal, "yard", [day(1, 9)]) == 1
    assert await store.demand("hall") == {BOX: [("2026-01-01", 9), ("2026-01-02", 5)]}


async def test_demand_that_is_committed_together_counts_as_if_one_came_after_the_other() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        first = submit(engine, add("a"))
        await store.knocked.wait()
        tasks = [
            asyncio.create_task(put_demand(engine.journal, "hall", [day(1, quantity)]))
            for quantity in (1, 1, 2, 1)
        ]
        await asyncio.sleep(0)
        store.door.set()
        await done(first)
        assert await asyncio.gather(*tasks) == [1, 0, 1, 1]
    assert store.commits == [1, 1]


async def test_much_demand_is_committed_in_slices_and_others_have_their_turn() -> None:
    store = TroubledStore()
    rows = [DemandRow(ItemId(f"item-{number}"), "2026-01-01", number) for number in range(5_000)]
    async with engine_on(store) as engine:
        store.door.clear()
        task = asyncio.create_task(put_demand(engine.journal, "hall", rows))
        await store.knocked.wait()
        waiting = submit(engine, add("a"))
        store.door.set()
        await done(waiting)
        assert not task.done()
        assert await task == 5_000
    assert [len(batch.demand) for batch in store.batches] == [2_000, 0, 2_000, 1_000]


async def test_demand_that_cannot_be_written_is_refused() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.troubles.append(fails)
        with pytest.raises(UnavailableError):
            await put_demand(engine.journal, "hall", [day(1, 1)])
        assert await put_demand(engine.journal, "hall", [day(1, 1)]) == 1


def memory(number: int, text: str = "box") -> Memory:
    return Memory(MemoryId(f"m{number}"), "hall", "a", "ann", "insight", text, number)


async def kept(engine: Engine) -> Sequence[str]:
    return sorted(one.memory_id for one in await engine.store.memories.latest(MemoryFilter("hall"), 1_000))


async def test_what_is_cleared_is_forgotten_in_slices_and_counted() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await engine.journal.persist("hall", RunUpdates(memories=tuple(map(memory, range(450)))))
        assert await delete_memories(engine.journal, store.memories, MemoryFilter("hall", user_id="bob")) == 0
        assert await delete_memories(engine.journal, store.memories, MemoryFilter("hall", agent="a")) == 450
        assert await kept(engine) == []
    assert max(len(batch.forgotten) for batch in store.batches) == 200


async def test_forgetting_and_remembering_count_in_the_order_they_came_even_in_one_commit() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        first = submit(engine, add("a"))
        await store.knocked.wait()

        async def remember(number: int) -> None:
            await engine.journal.persist("hall", RunUpdates(memories=(memory(number),)))

        async with asyncio.TaskGroup() as tasks:
            for step in (
                remember(1), forget_memories(engine.journal, "hall", [MemoryId("m1"), MemoryId("m2")]),
                remember(2), remember(3), forget_memories(engine.journal, "hall", [MemoryId("m3")]),
                forget_memories(engine.journal, "yard", [MemoryId("m2")]),
            ):  # fmt: skip
                tasks.create_task(step)
            await asyncio.sleep(0)
            store.door.set()
        await done(first)
        assert await kept(engine) == ["m2"]
    assert store.commits == [1, 2]


async def test_retention_removes_what_is_old_through_the_journal_while_writing_goes_on() -> None:
    store = TroubledStore()
    limits = Config(journal=JournalOptions(retain_entries=10, trim_seconds=0.01))
    async with engine_on(store, limits) as engine:
        await done(submit(engine, add("a")))
        async with asyncio.timeout(20):
            for _ in range(200):
                await done(submit(engine, count("a")))
            while (await store.span(workspace_stream("hall"))).oldest < Seq(192):
                await done(submit(engine, count("a")))
        span = await store.span(workspace_stream("hall"))
        assert [entry.seq for entry in await store.entries(workspace_stream("hall"), Seq(0), 1_000)] == list(
            range(span.oldest, span.top + 1)
        )
    assert any(batch.removals for batch in store.batches)
