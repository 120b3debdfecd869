"""What a store tells of what other daemons commit; those that several daemons can have open are in the table."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from streamd.core.position import run_stream
from streamd.ports.store import Batch, Entry, FollowedBatch, StaleError, Store
from streamd.stores.memory import open_memory
from tests.stores.samples import HALL, commit, entry, result, tell


@asynccontextmanager
async def _memory(_: Path) -> AsyncIterator[tuple[Store, Store]]:
    async with open_memory() as store:
        yield store, store.beside()


OPENED_TWICE: Mapping[str, Callable[[Path], AbstractAsyncContextManager[tuple[Store, Store]]]] = {
    "memory": _memory
}


@pytest.fixture(params=OPENED_TWICE)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    async with OPENED_TWICE[request.param](tmp_path) as opened:
        yield opened


async def following(followed: AsyncIterator[FollowedBatch]) -> FollowedBatch:
    async with asyncio.timeout(20):
        return await anext(followed)


async def test_nothing_is_heard_of_what_one_commits_oneself(store: Store) -> None:
    async with store.follow() as followed:
        await tell(store, 1, 2)
        heard = asyncio.ensure_future(anext(followed, None))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not heard.done() or heard.result() is None
        heard.cancel()


async def test_what_others_commit_is_heard_batch_by_batch_in_order(stores: tuple[Store, Store]) -> None:
    mine, theirs = stores
    run = run_stream("hall", "r")
    await tell(theirs, 1)
    async with mine.follow() as followed:
        await commit(theirs, Batch("hall", [entry(2), entry(1, run), entry(3)]))
        await tell(mine, 4)
        await commit(theirs, Batch("hall", results=[result("op")]))
        with pytest.raises(StaleError):
            await tell(theirs, 4)
        await commit(theirs, Batch("hall", [entry(2, run), entry(5)], ended=[run]))
        heard = [await following(followed), await following(followed)]

    def told(*entries: Entry) -> list[Entry]:
        return list(entries)

    kept = {one.seq: one for one in await mine.entries(HALL, entry(1).seq, 10)}
    of_run = await mine.entries(run, entry(0).seq, 10)
    assert heard == [
        FollowedBatch({HALL: told(kept[entry(2).seq], kept[entry(3).seq]), run: told(of_run[0])}, []),
        FollowedBatch({run: told(of_run[1]), HALL: told(kept[entry(5).seq])}, [run]),
    ]


async def test_each_of_several_daemons_hears_the_others(stores: tuple[Store, Store]) -> None:
    one, other = stores
    async with one.follow() as here, other.follow() as there:
        await tell(one, 1)
        await tell(other, 2)
        await tell(one, 3)
        assert [list(batch.entries[HALL]) for batch in [await following(there), await following(there)]] == [
            [told] for told in await one.entries(HALL, entry(0).seq, 10) if told.seq != 2
        ]
        assert [told.seq for told in (await following(here)).entries[HALL]] == [2]
