"""What every store promises of runs and of what they changed."""

import tracemalloc
from pathlib import Path

import attrs
import orjson
import pytest

from streamd.core.change import ChangeItem
from streamd.core.item import ItemId, Seq
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import Budget, RunId, RunOptions, RunRecord, RunRequest
from streamd.core.undo import Past, compensation
from streamd.core.usage import Usage
from streamd.errors import StoreError
from streamd.ports.store import Batch, NewEntry, PastEvent, Retention, Store, past_change
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import (
    HALL,
    caused,
    commit,
    entry,
    events_of,
    run,
    runs,
    trim,
)

SECOND = 1_000
HOUR = 3_600 * SECOND

WHOLE = RunRecord(
    RunId("r-2"),
    "thread-1",
    RunRequest(
        "Write about “tea” \u0000 🚚",
        {"deep": [{"a": None, "b": 1.5}], "n": 2**53},
        "ann",
        "hall",
        "",
        "essay_agent",
        RunOptions(use_hitl=True, max_revisions=3, multitask="enqueue", budget=Budget(60.5, 10_000, 0.25)),
        request_id={"any": ["JSON", 1]},
        principal=ANONYMOUS_PRINCIPAL,
    ),
    "essay_agent",
    "interrupted",
    10,
    99,
    attempt=2,
    scope="r-1",
    resumes_run_id=RunId("r-1"),
    usage=Usage(1, 2, 3, 4, 0.1 + 0.2, estimated=True),
    owner="daemon",
)


async def test_a_run_comes_back_with_everything_needed_to_go_on(store: Store) -> None:
    await commit(store, Batch("hall", runs=runs(WHOLE)))
    assert await store.run("hall", WHOLE.run_id) == WHOLE
    assert await store.latest_run("hall", "thread-1") == WHOLE
    going_on = attrs.evolve(WHOLE, status="running", ended_ms=None, attempt=3, usage=Usage(9))
    await commit(store, Batch("hall", runs=runs(going_on)))
    assert await store.abandoned_runs() == [going_on]


async def test_a_run_is_there_after_opening_again(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    async with open_sqlite(path) as store:
        await commit(store, Batch("hall", runs=runs(WHOLE)))
    async with open_sqlite(path) as store:
        assert await store.run("hall", WHOLE.run_id) == WHOLE


@pytest.mark.parametrize("request_id", [None, 0, "", "a", [], {"a": [1.5, None]}, False])
async def test_an_id_of_a_request_may_be_any_json(store: Store, request_id: object) -> None:
    asked = attrs.evolve(WHOLE, request=attrs.evolve(WHOLE.request, request_id=request_id))
    await commit(store, Batch("hall", runs=runs(asked)))
    found = await store.run("hall", asked.run_id)
    assert found is not None
    assert found.request.request_id == request_id
    assert type(found.request.request_id) is type(request_id)


async def test_what_is_not_json_is_refused_with_the_whole_batch(tmp_path: Path) -> None:
    odd = attrs.evolve(WHOLE, request=attrs.evolve(WHOLE.request, context={"set": {1, 2}}))
    async with open_sqlite(str(tmp_path / "journal.db")) as store:
        with pytest.raises(StoreError, match="a RunRequest cannot be kept"):
            await commit(store, Batch("hall", [entry(1)], runs=runs(odd)))
        assert (await store.span(HALL)).top == 0


async def test_events_of_a_run_are_its_own_item_events_ascending(store: Store) -> None:
    mine = run("r", "completed", started_ms=10, ended_ms=20)
    told = [
        caused(1, "r", at_ms=10),
        caused(2, "other", at_ms=11),
        caused(3, None, at_ms=12),
        caused(4, "r", at_ms=13, event_type="stock_take"),
        caused(5, "r", at_ms=20, event_type="item_added"),
    ]
    told[4] = attrs.evolve(told[4], before=None)
    await commit(store, Batch("hall", told, runs=runs(mine)))
    assert await events_of(store, mine) == [
        PastEvent(Seq(1), "field_changed", ItemId("item-1"), told[0].body, b'{"quantity":1}'),
        PastEvent(Seq(5), "item_added", ItemId("item-5"), told[4].body, None),
    ]
    assert await events_of(store, run("nobody", workspace="yard")) == []


async def test_events_of_a_run_that_goes_on_reach_to_the_top(store: Store) -> None:
    await commit(store, Batch("hall", [caused(seq, "r", at_ms=seq * HOUR) for seq in range(1, 4)]))
    found = await events_of(store, run("r", started_ms=2 * HOUR))
    assert [event.seq for event in found][-2:] == [2, 3]


async def test_events_of_a_run_are_found_although_the_clock_was_set_back(store: Store) -> None:
    mine = run("r", "completed", started_ms=100 * SECOND, ended_ms=101 * SECOND)
    seconds = [90, 100, 96, 97, 101, 97, 98, 120]
    await commit(
        store,
        Batch("hall", [caused(seq, "r", at_ms=at * SECOND) for seq, at in enumerate(seconds, start=1)][:-1]),
    )
    assert {3, 4, 5, 6, 7} <= {event.seq for event in await events_of(store, mine)}


@pytest.mark.parametrize(("first", "count"), [(1, 1), (200, 700), (3_000, 1_000), (4_999, 1)])
async def test_all_events_of_a_long_run_are_found_among_many(store: Store, first: int, count: int) -> None:
    seqs = range(first, first + count)
    told = [caused(seq, "r" if seq in seqs else "s", at_ms=seq * SECOND) for seq in range(1, 5_001)]
    await commit(store, Batch("hall", told))
    mine = run("r", "completed", started_ms=first * SECOND, ended_ms=(first + count) * SECOND)
    assert [event.seq for event in await events_of(store, mine)] == list(seqs)


async def test_events_that_were_trimmed_are_left_out(store: Store) -> None:
    await commit(store, Batch("hall", [caused(seq, "r", at_ms=seq) for seq in range(1, 7)]))
    await trim(store, Retention(2, 0, 0))
    mine = run("r", "completed", started_ms=1, ended_ms=6)
    assert [event.seq for event in await events_of(store, mine)] == [5, 6]
    await trim(store, Retention(0, 0, 0))
    assert await events_of(store, mine) == []


async def test_one_item_event_is_found_by_its_position(store: Store) -> None:
    told = [caused(1, "r"), caused(2, None), caused(3, None, event_type="stock_take")]
    await commit(store, Batch("hall", list(told)))
    assert await store.event("hall", Seq(2)) == PastEvent(
        Seq(2), "field_changed", ItemId("item-2"), told[1].body, b'{"quantity":2}'
    )
    assert await store.event("hall", Seq(3)) is None
    assert await store.event("hall", Seq(4)) is None
    assert await store.event("yard", Seq(1)) is None
    await trim(store, Retention(2, 0, 0))
    assert await store.event("hall", Seq(1)) is None


async def test_only_what_was_told_during_a_run_is_looked_at(tmp_path: Path) -> None:
    """An event that bears the run's id at another position is not one that it caused, so it shows what is read."""
    async with open_sqlite(str(tmp_path / "journal.db")) as store:
        await commit(store, Batch("hall", [caused(seq, "r") for seq in range(1, 4)]))
        await commit(store, Batch("hall", [caused(4, "r")], runs=runs(run("r", "pending"))))
        ended = run("r", "completed", started_ms=90_000, ended_ms=10)
        await commit(store, Batch("hall", [caused(5, "r"), caused(6, "r")], runs=runs(ended)))
        await commit(store, Batch("hall", [caused(7, "r")]))
        assert [event.seq for event in await events_of(store, ended)] == [4, 5, 6]


@pytest.mark.long
async def test_thousands_of_long_changes_are_read_for_undo_in_little_memory(tmp_path: Path) -> None:
    """80 MB of events of 20 items: what is kept of them is a position each, and what the items were."""
    count, items, past = 8_000, 20, Past()

    def told(seq: int) -> NewEntry:
        one = caused(seq, "r")
        body = {
            **orjson.loads(one.body),
            "item_id": f"item-{seq % items}",
            "data": {"text": f"{seq} " + "x" * 10_000},
        }
        return attrs.evolve(one, body=orjson.dumps(body), before=b'{"text":"%d"}' % seq)

    async with open_sqlite(str(tmp_path / "journal.db")) as store:
        for start in range(1, count + 1, 500):
            await commit(store, Batch("hall", [told(seq) for seq in range(start, start + 500)]))
        mine = run("r", "completed", started_ms=1, ended_ms=HOUR)
        tracemalloc.start()
        try:
            await store.events_of_run(mine, lambda events: past.add(map(past_change, events)))
            undoing = compensation(past)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 16_000_000, most
    assert sorted(seq for one in undoing for seq in one.undoes) == list(range(1, count + 1))
    assert {
        one.change.item_id: one.change.set["text"] for one in undoing if isinstance(one.change, ChangeItem)
    } == {f"item-{seq % items}": str(seq) for seq in range(1, items + 1)}
