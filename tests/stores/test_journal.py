"""What every store promises of streams and batches."""

from pathlib import Path

import pytest

from streamd.core.item import Seq
from streamd.core.memory import MemoryFilter
from streamd.core.position import Span, progress_stream, run_stream, workspace_stream
from streamd.core.run import RunId
from streamd.core.thread import InterruptId
from streamd.errors import StoreError
from streamd.ports.store import Batch, Entry, NewEntry, StaleError, Store
from tests.stores.conftest import STORES
from tests.stores.samples import (
    HALL,
    changed,
    commit,
    entry,
    holding,
    interrupt,
    interrupts,
    item,
    memory,
    positions,
    result,
    run,
    runs,
    stream_checkpoint,
    tell,
)

YARD = workspace_stream("yard")
FEED = progress_stream("hall")


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
    await commit(store, Batch("hall", list(told)))
    assert await store.entries(HALL, Seq(0), 10) == [
        Entry(one.seq, one.body, one.event_type, one.item_type) for one in told
    ]
    assert await store.entries(HALL, Seq(0), 10, with_before=True) == [
        Entry(one.seq, one.body, one.event_type, one.item_type, one.before) for one in told
    ]


async def test_a_batch_may_tell_on_several_streams(store: Store) -> None:
    run_a = run_stream("hall", "a")
    feed = progress_stream("hall")
    await commit(store, Batch("hall", [entry(1), entry(1, run_a), entry(2), entry(1, feed), entry(2, run_a)]))
    await commit(store, Batch("hall", [entry(3, run_a), entry(3)]))
    assert [await positions(store, stream) for stream in (HALL, run_a, feed)] == [[1, 2, 3], [1, 2, 3], [1]]
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
        await commit(
            store,
            Batch(
                "hall",
                [entry(1, FEED), entry(1)],
                holding(item("box", 1)),
                [result("op")],
                runs(run("r")),
            ),
        )
    assert await positions(store) == [1]
    assert await store.span(FEED) == Span(Seq(1), Seq(0))
    assert await store.known([("hall", item("box", 1).id)]) == {}
    assert await store.results([("hall", "hall/ann", "op")]) == {}
    assert await store.abandoned_runs() == []


async def test_a_commit_takes_a_batch_of_each_of_several_workspaces(store: Store) -> None:
    names = [f"w{number}" for number in range(100)]
    box = item("box", 1)
    for seq in (1, 2):
        batches = [
            Batch(
                name,
                [entry(seq, workspace_stream(name)), entry(seq, run_stream(name, f"{name}-r"))],
                holding(box if seq == 1 else changed(box, 2, place=name)),
                [result(str(seq), scope=f"{name}/ann")],
                runs(run(f"{name}-r", workspace=name)),
                memories=[memory("m", f"box of {name}", workspace=name)],
            )
            for name in names
        ]
        assert await store.commit(batches) == [None] * 100
    for name in names:
        assert await positions(store, workspace_stream(name)) == [1, 2]
        assert await positions(store, run_stream(name, f"{name}-r")) == [1, 2]
        assert [one.fields["place"] for one in await store.items(name)] == [name]
        assert await store.run(name, RunId(f"{name}-r")) is not None
        assert [one.text for one in await store.memories.latest(MemoryFilter(name))] == [f"box of {name}"]
    ops = [(name, f"{name}/ann", str(seq)) for name in names for seq in (1, 2)]
    assert list(await store.results(ops)) == ops


async def test_a_stale_batch_is_refused_and_those_beside_it_are_not(store: Store) -> None:
    await tell(store, 1)
    closed = interrupts(interrupt("i", "expired", workspace="attic"))
    verdicts = await store.commit(
        [
            Batch("yard", [entry(1, YARD)], runs=runs(run("y", workspace="yard"))),
            Batch("hall", [entry(1)], holding(item("box", 1)), [result("op")], runs(run("h"))),
            Batch(
                "attic", [entry(1, workspace_stream("attic"))], interrupts=dict(closed), closes=set(closed)
            ),
            Batch("shed", [entry(1, workspace_stream("shed"))], results=[result("op", scope="shed/ann")]),
            Batch("cellar", [entry(1, workspace_stream("cellar")), entry(3, workspace_stream("cellar"))]),
        ]
    )
    assert [type(verdict) for verdict in verdicts] == [
        type(None), StaleError, StaleError, type(None), StoreError
    ]  # fmt: skip
    tops = {
        name: (await store.span(workspace_stream(name))).top
        for name in ("yard", "hall", "attic", "shed", "cellar")
    }
    assert tops == {"yard": 1, "hall": 1, "attic": 0, "shed": 1, "cellar": 0}
    assert await store.items("hall") == []
    assert [one.run_id for one in await store.abandoned_runs()] == ["y"]
    ops = [("hall", "hall/ann", "op"), ("shed", "shed/ann", "op")]
    assert list(await store.results(ops)) == ops[1:]
    await commit(store, Batch("hall", [entry(2)]), Batch("attic", [entry(1, workspace_stream("attic"))]))


async def test_a_batch_does_not_span_two_workspaces(store: Store) -> None:
    (refused,) = await store.commit([Batch("hall", [entry(1), entry(1, YARD)])])
    assert isinstance(refused, StoreError)
    assert not isinstance(refused, StaleError)
    assert (await store.span(HALL)).top == 0


async def test_what_is_of_one_workspace_is_not_found_in_another(store: Store) -> None:
    asked = interrupts(interrupt("i"))
    await commit(
        store,
        Batch(
            "hall", results=[result("op")], runs=runs(run("r")), interrupts=asked,
            stream_checkpoints=[stream_checkpoint()],
        ),
    )  # fmt: skip
    broken_off = stream_checkpoint()
    for workspace, count in (("hall", 1), ("yard", 0)):
        found = [
            await store.run(workspace, RunId("r")),
            await store.interrupt(workspace, InterruptId("i")),
            await store.stream_checkpoint(workspace, broken_off.run_id, broken_off.step),
        ]
        assert [one is not None for one in found] == [bool(count)] * 3
        assert len(await store.results([(workspace, "hall/ann", "op")])) == count


async def test_the_store_goes_on_after_a_refused_batch(store: Store) -> None:
    await tell(store, 1)
    with pytest.raises(StaleError):
        await tell(store, 1)
    await tell(store, 2)
    assert await positions(store) == [1, 2]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 255, 256, 257, 513])
async def test_a_batch_of_any_length_is_kept_whole(store: Store, count: int) -> None:
    seqs = range(1, count + 1)
    new = [item(f"läge-{seq}", seq, note="Ünit 🚚") for seq in seqs]
    results = [result(f"op-{seq}", at_ms=seq) for seq in seqs]
    await commit(store, Batch("hall", [entry(seq) for seq in seqs], holding(*new), results))
    later = [changed(one, count + seq, note=seq) for seq, one in enumerate(new, 1)]
    later[0] = changed(new[0], count + 1, type="supplier")
    await commit(store, Batch("hall", [entry(count + seq) for seq in seqs], holding(*later)))
    assert await positions(store) == [*range(1, 2 * count + 1)]
    assert await store.known([("hall", one.id) for one in later]) == {("hall", one.id): one for one in later}
    keys = [("hall", one.scope, one.op_id) for one in results]
    assert await store.results(keys) == dict(zip(keys, [one.result for one in results], strict=True))


async def test_an_empty_batch_changes_nothing(store: Store) -> None:
    await commit(store, Batch("hall"))
    assert await store.span(HALL) == Span(Seq(1), Seq(0))


async def test_results_are_kept_by_scope_and_operation(store: Store) -> None:
    await commit(store, Batch("hall", results=[result("a", at_ms=1), result("a", at_ms=2, scope="hall/bob")]))
    wanted = [
        ("hall", "hall/ann", "a"),
        ("hall", "hall/bob", "a"),
        ("hall", "hall/ann", "b"),
        ("yard", "yard/ann", "a"),
    ]
    assert await store.results(wanted) == {
        ("hall", "hall/ann", "a"): b'{"seq":1}',
        ("hall", "hall/bob", "a"): b'{"seq":2}',
    }
    assert await store.results([]) == {}


async def test_a_batch_with_an_operation_that_has_its_result_is_stale(store: Store) -> None:
    await commit(store, Batch("hall", [entry(1)], results=[result("a", at_ms=1)]))
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", [entry(2)], results=[result("b"), result("a", at_ms=2)]))
    assert await positions(store) == [1]
    assert await store.results([("hall", "hall/ann", "a"), ("hall", "hall/ann", "b")]) == {
        ("hall", "hall/ann", "a"): b'{"seq":1}'
    }


async def test_a_batch_with_two_results_of_one_operation_is_stale(store: Store) -> None:
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", results=[result("a", at_ms=1), result("a", at_ms=2)]))
    assert await store.results([("hall", "hall/ann", "a")]) == {}


async def test_a_run_is_kept_and_replaced(store: Store) -> None:
    await commit(store, Batch("hall", runs=runs(run("r"))))
    assert await store.run("hall", run("r").run_id) == run("r")
    ended = run("r", "completed", ended_ms=99)
    await commit(store, Batch("hall", runs=runs(ended)))
    assert await store.run("hall", ended.run_id) == ended
    assert await store.run("hall", run("other").run_id) is None


async def test_pending_and_running_runs_are_unfinished(store: Store) -> None:
    await commit(
        store,
        Batch(
            "hall",
            runs=runs(
                run("b"),
                run("a", "pending"),
                run("c", "interrupted", ended_ms=1),
                run("d", "completed", ended_ms=1),
                run("e", "failed", ended_ms=1),
                run("f", "cancelled", ended_ms=1),
                run("g", "timed_out", ended_ms=1),
            ),
        ),
    )
    assert await store.abandoned_runs() == [run("b"), run("a", "pending")]


async def test_the_latest_run_of_a_thread_is_the_one_started_last(store: Store) -> None:
    assert await store.latest_run("hall", "thread") is None
    await commit(store, Batch("hall", runs=runs(run("b", started_ms=20))))
    await commit(store, Batch("hall", runs=runs(run("c", started_ms=20), run("a", started_ms=10))))
    assert await store.latest_run("hall", "thread") == run("a", started_ms=10), "whatever the clock says"
    await commit(store, Batch("hall", runs=runs(run("b", "completed", started_ms=20, ended_ms=30))))
    assert await store.latest_run("hall", "thread") == run("a", started_ms=10)
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
