"""The journal's long lane: nobody waits for what takes long but those who write to the same workspace after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamd.core.item import Item, ItemId
from streamd.engine.engine import Engine
from streamd.errors import StoreError
from tests.support.engines import TroubledStore, add, count, done, engine_on, refused, submit

LARGE = 1_000_000
"""The size, in bytes, of a write that takes long."""


@asynccontextmanager
async def engine_with_a_shut_door(store: TroubledStore) -> AsyncIterator[tuple[Engine, asyncio.Event]]:
    """An engine whose next commit waits for an event."""
    opened = asyncio.Event()

    async def wait() -> None:
        await opened.wait()

    async with engine_on(store) as engine:
        store.troubles.append(wait)
        yield engine, opened


async def test_others_are_committed_while_something_takes_long() -> None:
    store = TroubledStore()
    async with engine_with_a_shut_door(store) as (engine, opened):
        long = submit(engine, add("a"), size=LARGE)
        await store.knocked.wait()
        for number in range(3):
            await done(submit(engine, add(f"b{number}"), workspace="other"))

        assert not long.done()
        opened.set()
        await done(long)


async def test_what_follows_in_the_same_workspace_is_decided_after_it() -> None:
    store = TroubledStore()
    async with engine_with_a_shut_door(store) as (engine, opened):
        before = submit(engine, add("a"))
        long = submit(engine, count("a", 10), size=LARGE)
        after = [submit(engine, count("a")) for _ in range(3)]
        longer = submit(engine, count("a", 100), size=LARGE)
        last = submit(engine, count("a"))
        opened.set()

        receipts = [await done(one) for one in (before, long, *after, longer, last)]

        assert [receipt.results[0]["seq"] for receipt in receipts] == [1, 2, 3, 4, 5, 6, 7]
        assert await _stock(store) == 114
        await done(submit(engine, count("a")))
        assert await _stock(store) == 115


async def test_one_workspace_is_flushed_while_another_takes_long() -> None:
    store = TroubledStore()
    async with engine_with_a_shut_door(store) as (engine, opened):
        long = submit(engine, add("a"), size=LARGE)
        await store.knocked.wait()
        same = asyncio.ensure_future(engine.journal.flushed("hall"))
        every = asyncio.ensure_future(engine.journal.flushed())
        await engine.journal.flushed("other")

        assert not any(one.done() for one in (same, every))
        opened.set()
        await asyncio.gather(same, every)
        assert long.done()


async def test_a_failure_of_the_store_refuses_only_what_it_was_asked_to_write() -> None:
    store = TroubledStore()

    async def fails() -> None:
        raise StoreError("the disk is full")

    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        store.troubles.append(fails)
        assert await refused(submit(engine, count("a"), size=LARGE)) == "unavailable"
        await done(submit(engine, count("a", 5), size=LARGE))
        await done(submit(engine, count("a")))

    assert await _stock(store) == 6


async def test_a_sealed_journal_finishes_what_takes_long_and_what_follows() -> None:
    store = TroubledStore()
    async with engine_with_a_shut_door(store) as (engine, opened):
        promises = [submit(engine, add("a"), size=LARGE), submit(engine, count("a"))]
        engine.journal.seal()
        opened.set()
        for promise in promises:
            await done(promise)
        await engine.broadcaster.ended.wait()

    assert await _stock(store) == 1


async def _stock(store: TroubledStore) -> object:
    (item,) = await store.items("hall")
    assert isinstance(item, Item)
    assert item.id == ItemId("a")
    return item.fields["stock"]
