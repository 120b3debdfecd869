"""What every store promises of streams and batches."""

from pathlib import Path

import pytest

from streamd.core.item import Seq
from streamd.core.position import Span, run_stream, workspace_stream
from streamd.errors import StoreError
from streamd.ports.store import Batch, Entry, NewEntry, StaleError, Store
from tests.stores.conftest import STORES
from tests.stores.samples import HALL, entry, holding, item, positions, result, run, runs, tell

YARD = workspace_stream("yard")


async def test_a_stream_nobody_wrote_to_begins_at_one_and_is_empty(store: Store) -> None:
    assert await store.span(HALL) == Span(Seq(1), Seq(0))
    assert await store.entries(HALL, Seq(0), 10) == []


async def test_entries_come_back_as_they_were_committed(store: Store) -> None:
    body = '{"name":"Ünit \\u0000 🚚","n":1.50}'.encode()
    told = [
        NewEntry(HALL, Seq(1), body, 5, "item_added", "inventory", b'{"a":null}'),
        NewEntry(HALL, Seq(2), b"{}", 6),
        NewEntry(HALL, Seq(3), b'{\n "pretty": true\n}', 6, 'quo"ted\\event', "läge,r"),
    ]
    await store.commit(Batch(list(told)))
    assert await store.entries(HALL, Seq(0), 10) == [
        Entry(one.seq, one.body, one.event_type, one.item_type) for one in told
    ]


async def test_a_batch_may_tell_on_several_streams(store: Store) -> None:
    run_a = run_stream("hall", "a")
    await store.commit(Batch([entry(1), entry(1, run_a), entry(2), entry(1, YARD), entry(2, run_a)]))
    await store.commit(Batch([entry(3, run_a), entry(3)]))
    assert [await positions(store, stream) for stream in (HALL, run_a, YARD)] == [[1, 2, 3], [1, 2, 3], [1]]
    assert await store.span(run_a) == Span(Seq(1), Seq(3))


async def test_entries_after_a_position_come_ascending_and_at_most_so_many(store: Store) -> None:
    await tell(store, *range(1, 1201))
    assert [told.seq for told in await store.entries(HALL, Seq(3), 4)] == [4, 5, 6, 7]
    assert await positions(store, after=100) == list(range(101, 1201))
    assert await store.entries(HALL, Seq(1200), 4) == []
    assert await store.entries(HALL, Seq(5000), 4) == []
    assert await store.entries(HALL, Seq(0), 0) == []


@pytest.mark.parametrize("seq", [1, 2, 4, 900])
async def test_a_batch_that_does_not_begin_above_the_top_is_stale(store: Store, seq: int) -> None:
    await tell(store, 1, 2)
    with pytest.raises(StaleError):
        await tell(store, seq)
    assert await positions(store) == [1, 2]


async def test_a_first_entry_above_one_is_stale(store: Store) -> None:
    with pytest.raises(StaleError):
        await tell(store, 2)
    assert await store.span(HALL) == Span(Seq(1), Seq(0))


async def test_a_gap_within_a_batch_is_refused_and_not_as_stale(store: Store) -> None:
    with pytest.raises(StoreError) as refused:
        await tell(store, 1, 2, 4)
    assert not isinstance(refused.value, StaleError)
    assert await positions(store) == []


async def test_nothing_of_a_refused_batch_is_kept(store: Store) -> None:
    await tell(store, 1)
    with pytest.raises(StaleError):
        await store.commit(
            Batch(
                [entry(1, YARD), entry(1)],
                holding(item("box", 1)),
                [result("op")],
                runs(run("r")),
            )
        )
    assert await positions(store) == [1]
    assert await store.span(YARD) == Span(Seq(1), Seq(0))
    assert await store.known([("hall", item("box", 1).id)]) == {}
    assert await store.results([("hall/ann", "op")]) == {}
    assert await store.unfinished_runs() == []


async def test_the_store_goes_on_after_a_refused_batch(store: Store) -> None:
    await tell(store, 1)
    with pytest.raises(StaleError):
        await tell(store, 1)
    await tell(store, 2)
    assert await positions(store) == [1, 2]


async def test_an_empty_batch_changes_nothing(store: Store) -> None:
    await store.commit(Batch())
    assert await store.span(HALL) == Span(Seq(1), Seq(0))


async def test_results_are_kept_by_scope_and_operation(store: Store) -> None:
    await store.commit(Batch(results=[result("a", at_ms=1), result("a", at_ms=2, scope="hall/bob")]))
    wanted = [("hall/ann", "a"), ("hall/bob", "a"), ("hall/ann", "b"), ("yard/ann", "a")]
    assert await store.results(wanted) == {
        ("hall/ann", "a"): b'{"seq":1}',
        ("hall/bob", "a"): b'{"seq":2}',
    }
    assert await store.results([]) == {}


async def test_a_batch_with_an_operation_that_has_its_result_is_stale(store: Store) -> None:
    await store.commit(Batch([entry(1)], results=[result("a", at_ms=1)]))
    with pytest.raises(StaleError):
        await store.commit(Batch([entry(2)], results=[result("b"), result("a", at_ms=2)]))
    assert await positions(store) == [1]
    assert await store.results([("hall/ann", "a"), ("hall/ann", "b")]) == {("hall/ann", "a"): b'{"seq":1}'}


async def test_a_batch_with_two_results_of_one_operation_is_stale(store: Store) -> None:
    with pytest.raises(StaleError):
        await store.commit(Batch(results=[result("a", at_ms=1), result("a", at_ms=2)]))
    assert await store.results([("hall/ann", "a")]) == {}


async def test_a_run_is_kept_and_replaced(store: Store) -> None:
    await store.commit(Batch(runs=runs(run("r"))))
    assert await store.run(run("r").run_id) == run("r")
    ended = run("r", "completed", ended_ms=99)
    await store.commit(Batch(runs=runs(ended)))
    assert await store.run(ended.run_id) == ended
    assert await store.run(run("other").run_id) is None


async def test_pending_and_running_runs_are_unfinished(store: Store) -> None:
    await store.commit(
        Batch(
            runs=runs(
                run("b"),
                run("a", "pending"),
                run("c", "interrupted", ended_ms=1),
                run("d", "completed", ended_ms=1),
                run("e", "failed", ended_ms=1),
                run("f", "cancelled", ended_ms=1),
                run("g", "timed_out", ended_ms=1),
            )
        )
    )
    assert await store.unfinished_runs() == [run("b"), run("a", "pending")]


async def test_the_latest_run_of_a_thread_is_the_one_started_last(store: Store) -> None:
    assert await store.latest_run("hall", "thread") is None
    await store.commit(Batch(runs=runs(run("b", started_ms=20))))
    await store.commit(Batch(runs=runs(run("c", started_ms=20), run("a", started_ms=10))))
    assert await store.latest_run("hall", "thread") == run("c", started_ms=20)
    assert await store.latest_run("hall", "another thread") is None
    assert await store.latest_run("yard", "thread") is None


@pytest.mark.parametrize("kind", STORES)
async def test_every_new_store_has_an_epoch_of_its_own(kind: str, tmp_path: Path) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for place in places:
        place.mkdir()
    async with STORES[kind](places[0]) as first, STORES[kind](places[1]) as second:
        assert len(first.epoch) >= 8
        assert first.epoch != second.epoch


async def test_checkpoints_may_be_asked_for_at_any_time(store: Store) -> None:
    await store.checkpoint()
    await tell(store, 1)
    await store.checkpoint()
    await store.checkpoint()
    assert await positions(store) == [1]
