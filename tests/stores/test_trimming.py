"""What every store promises of forgetting."""

from contextlib import aclosing

import pytest

from streamd.core.item import ItemId, Seq
from streamd.core.position import Span, run_stream, workspace_stream
from streamd.core.run import RunStatus
from streamd.ports.store import Batch, Retention, Store
from tests.stores.samples import (
    HALL,
    commit,
    entry,
    holding,
    item,
    positions,
    removed,
    result,
    run,
    runs,
    tell,
    trim,
)

ALL = 10**6
FOREVER = Retention(entries=ALL, oldest_ms=0, results_oldest_ms=0)


async def test_nothing_goes_that_is_wanted(store: Store) -> None:
    await commit(store, Batch("hall", [entry(1), entry(2)], holding(removed("box", 2)), [result("op")]))
    assert await trim(store, FOREVER) == 0
    assert await positions(store) == [1, 2]
    assert await store.known([("hall", ItemId("box"))]) != {}
    assert await store.results([("hall", "hall/ann", "op")]) != {}


async def test_the_newest_entries_are_kept(store: Store) -> None:
    await tell(store, *range(1, 11))
    assert await trim(store, Retention(3, 0, 0)) == 7
    assert await positions(store) == [8, 9, 10]
    assert await store.span(HALL) == Span(Seq(8), Seq(10))
    assert await trim(store, Retention(3, 0, 0)) == 0


async def test_entries_over_the_age_go(store: Store) -> None:
    await tell(store, 1, 2, at_ms=10)
    await tell(store, 3, at_ms=20)
    assert await trim(store, Retention(ALL, 20, 0)) == 2
    assert await positions(store) == [3]


async def test_an_old_entry_behind_a_young_one_stays(store: Store) -> None:
    await tell(store, 1, at_ms=10)
    await tell(store, 2, at_ms=30)
    await tell(store, 3, at_ms=10)
    assert await trim(store, Retention(ALL, 20, 0)) == 1
    assert await positions(store) == [2, 3]


async def test_a_stream_may_be_forgotten_whole_and_goes_on_at_its_position(store: Store) -> None:
    await tell(store, 1, 2)
    assert await trim(store, Retention(0, 0, 0)) == 2
    assert await store.span(HALL) == Span(Seq(3), Seq(2))
    await tell(store, 3)
    assert await positions(store) == [3]


async def test_many_entries_go(store: Store) -> None:
    for first in range(1, 9_001, 1_000):
        await tell(store, *range(first, first + 1_000))
    assert await trim(store, Retention(100, 0, 0)) == 8_900
    assert await positions(store) == list(range(8_901, 9_001))


async def test_marks_of_removed_items_go_with_the_entry_that_told_of_it(store: Store) -> None:
    await tell(store, *range(1, 11))
    kept, gone, live = removed("kept", 8), removed("gone", 7), item("live", 1)
    other = removed("gone", 1)
    await commit(store, Batch("hall", items=holding(kept, gone, live)))
    await commit(store, Batch("yard", items=holding(other)))
    await trim(store, Retention(3, 0, 0))
    ids = [("hall", one.id) for one in (kept, gone, live)]
    assert await store.known([*ids, ("yard", other.id)]) == {
        ("hall", kept.id): kept,
        ("hall", live.id): live,
        ("yard", other.id): other,
    }


async def test_results_over_their_age_go(store: Store) -> None:
    await commit(store, Batch("hall", results=[result("old", at_ms=10), result("young", at_ms=20)]))
    await trim(store, Retention(ALL, 0, 20))
    kept = await store.results([("hall", "hall/ann", "old"), ("hall", "hall/ann", "young")])
    assert list(kept) == [("hall", "hall/ann", "young")]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "timed_out"])
async def test_an_ended_run_goes_with_its_stream(store: Store, status: RunStatus) -> None:
    stream = run_stream("hall", "r")
    ended = run("r", status, ended_ms=99)
    await commit(store, Batch("hall", [entry(1, stream), entry(2, stream)], runs=runs(ended)))
    assert await trim(store, Retention(1, 99, 0)) == 0
    assert await positions(store, stream) == [1, 2]
    assert await trim(store, Retention(ALL, 100, 0)) == 2
    assert await store.span(stream) == Span(Seq(1), Seq(0))
    assert await store.run("hall", ended.run_id) is None


@pytest.mark.parametrize("status", ["pending", "running", "interrupted"])
async def test_a_run_that_has_not_ended_is_left_alone(store: Store, status: RunStatus) -> None:
    stream = run_stream("hall", "r")
    waiting = run("r", status, ended_ms=5 if status == "interrupted" else None)
    await commit(store, Batch("hall", [entry(1, stream), entry(2, stream)], runs=runs(waiting)))
    assert await trim(store, Retention(0, 10**15, 10**15)) == 0
    assert await positions(store, stream) == [1, 2]
    assert await store.run("hall", waiting.run_id) == waiting


async def test_a_run_that_told_nothing_goes_too(store: Store) -> None:
    silent = run("r", "failed", ended_ms=1)
    await commit(store, Batch("hall", runs=runs(silent)))
    await trim(store, Retention(ALL, 100, 0))
    assert await store.run("hall", silent.run_id) is None


async def test_long_and_many_runs_go(store: Store) -> None:
    ended = [run(f"r{number}", "completed", ended_ms=number) for number in range(150)]
    stream = run_stream("hall", "r75")
    told = [entry(seq, stream) for seq in range(1, 5_001)]
    await commit(store, Batch("hall", told, runs=runs(*ended)))
    assert await trim(store, Retention(ALL, 100, 0)) == 5_000
    assert [await store.run("hall", one.run_id) is None for one in ended] == [
        number < 100 for number in range(150)
    ]


async def test_the_stream_of_a_run_nobody_knows_is_like_any_other(store: Store) -> None:
    stream = run_stream("hall", "unknown")
    await tell(store, 1, 2, 3, stream=stream)
    assert await trim(store, Retention(1, 0, 0)) == 2
    assert await positions(store, stream) == [3]


async def test_what_goes_is_found_in_slices_that_may_be_committed_at_once(store: Store) -> None:
    names = [f"w{number}" for number in range(30)]
    for name in names:
        await tell(store, *range(1, 201), stream=workspace_stream(name))
    gone = 0
    async with aclosing(store.removals(Retention(50, 0, 0))) as slices:
        async for removals in slices:
            assert len({removal.workspace for removal in removals}) == len(removals)
            verdicts = await store.commit([Batch(one.workspace, removals=[one]) for one in removals])
            assert set(verdicts) == {None}
            gone += sum(removal.entries for removal in removals)
    assert gone == 30 * 150
    assert [await store.span(workspace_stream(name)) for name in names] == [Span(Seq(151), Seq(200))] * 30
