"""What every store promises of lists of threads and runs, of titles, and of deleting a thread."""

import attrs
import orjson
import pytest

from streamd.core.item import Seq
from streamd.core.run import RunFilter, RunId, RunRecord, RunStatus, TriggerCause
from streamd.core.thread import InterruptId, ThreadFilter
from streamd.ports.store import Batch, NewEntry, Retention, Store
from tests.stores.samples import (
    HALL,
    caused,
    checkpoint,
    commit,
    interrupt,
    interrupts,
    result,
    run,
    runs,
    stream_checkpoint,
    trim,
)

ANY = ThreadFilter()


def asked(
    run_id: str,
    thread_id: str,
    words: str,
    at_ms: int,
    *,
    user_id: str = "ann",
    status: RunStatus = "completed",
) -> RunRecord:
    made = run(
        run_id, status, thread_id=thread_id, started_ms=at_ms, ended_ms=None if status == "running" else at_ms
    )
    return attrs.evolve(made, request=attrs.evolve(made.request, user_input=words, user_id=user_id))


async def names(
    store: Store, wanted: ThreadFilter = ANY, limit: int = 10, before: int | None = None
) -> list[str]:
    return [one.thread_id for one in await store.threads("hall", wanted, limit, before)]


async def test_runs_are_listed_by_their_trigger(store: Store) -> None:
    by_hand, second = asked("r1", "boxes", "Count", 10), asked("r2", "nuts", "Count", 20)
    cause = TriggerCause(("low", "nightly"), seq=4)
    fired = attrs.evolve(second, request=attrs.evolve(second.request, trigger=cause))
    await commit(store, Batch("hall", runs=runs(by_hand, fired)))
    (found,) = await store.runs("hall", RunFilter(trigger="nightly"), 9)
    assert (found, found.trigger) == (fired, "nightly")
    assert await store.runs("hall", RunFilter(trigger="low"), 9) == []


async def filled(store: Store) -> None:
    told = [
        asked("r1", "boxes", "Count  the\nBOXES", 10),
        asked("r2", "essay", "Write about Straße", 20, user_id="bob"),
        asked("r3", "boxes", "And the nuts?", 30, status="running"),
    ]
    other = attrs.evolve(run("y", thread_id="yard"), request=attrs.evolve(told[0].request, workspace="yard"))
    await commit(
        store,
        Batch("hall", runs=runs(*told), interrupts=interrupts(interrupt("q", thread_id="essay"))),
        Batch("hall", checkpoints=[checkpoint(1, thread_id="forked", at_ms=25)]),
        Batch("yard", runs=runs(other)),
    )


async def test_threads_are_listed_the_last_used_first(store: Store) -> None:
    await filled(store)
    boxes, forked, essay = await store.threads("hall", ANY, 10)
    assert (boxes.thread_id, boxes.title, boxes.last_message) == ("boxes", "Count the BOXES", "And the nuts?")
    assert (boxes.status, boxes.last_ms, boxes.run_id) == ("busy", 30, "r3")
    assert (forked.thread_id, forked.title, forked.status, forked.run_id) == ("forked", "", "idle", None)
    assert (essay.thread_id, essay.status) == ("essay", "interrupted")
    assert await names(store, limit=1) == ["boxes"]
    assert await names(store, before=boxes.place) == ["forked", "essay"]


async def test_threads_are_listed_by_when_they_were_used_and_not_by_a_clock_that_jumps(store: Store) -> None:
    for number, at_ms in enumerate((50_000, 2_600_000_000, 38_000, 51_000)):
        used = asked(f"r{number}", f"t{number}", "Count", at_ms)
        done = checkpoint(number, thread_id=f"t{number}", at_ms=at_ms)
        await commit(store, Batch("hall", runs=runs(used), checkpoints=[done]))
    assert await names(store) == ["t3", "t2", "t1", "t0"]
    await commit(store, Batch("hall", checkpoints=[checkpoint(9, thread_id="t0", at_ms=1)]))
    assert await names(store, limit=2) == ["t0", "t3"]
    first = (await store.threads("hall", ANY, 2))[-1]
    assert await names(store, before=first.place) == ["t2", "t1"]
    await commit(store, Batch("hall", runs=runs(asked("r9", "t1", "Again", 7, status="running"))))
    assert await names(store) == ["t1", "t0", "t3", "t2"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ThreadFilter(query="boxes"), ["boxes"]),
        (ThreadFilter(query="NUTS"), ["boxes"]),
        (ThreadFilter(query="STRASSE"), ["essay"]),
        (ThreadFilter(query="%"), []),
        (ThreadFilter(status="idle"), ["forked"]),
        (ThreadFilter(status="interrupted"), ["essay"]),
        (ThreadFilter(user_id="bob"), ["essay"]),
        (ThreadFilter(user_id="bob", status="busy"), []),
    ],
)
async def test_a_list_of_threads_is_restricted(store: Store, wanted: ThreadFilter, found: list[str]) -> None:
    await filled(store)
    assert await names(store, wanted) == found


async def test_a_title_that_was_given_stays(store: Store) -> None:
    await filled(store)
    await commit(store, Batch("hall", titles={"boxes": "The boxes"}))
    again = runs(asked("r4", "boxes", "Again", 40))
    await commit(store, Batch("hall", runs=again, checkpoints=[checkpoint(2, thread_id="boxes", at_ms=40)]))
    assert [one.title for one in await store.threads("hall", ANY, 1)] == ["The boxes"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RunFilter(), ["r3", "r2", "r1"]),
        (RunFilter(statuses=frozenset({"completed", "failed"})), ["r2", "r1"]),
        (RunFilter(user_id="bob"), ["r2"]),
        (RunFilter(thread_id="boxes"), ["r3", "r1"]),
        (RunFilter(agent="inventory_agent"), ["r3", "r2", "r1"]),
        (RunFilter(agent="essay_agent"), []),
    ],
)
async def test_runs_are_listed_the_last_one_first(store: Store, wanted: RunFilter, found: list[str]) -> None:
    await filled(store)
    assert [one.run_id for one in await store.runs("hall", wanted, 10)] == found
    assert [one.run_id for one in await store.runs("hall", wanted, 1)] == found[:1]
    if found:
        assert [one.run_id for one in await store.runs("hall", wanted, 9, RunId(found[0]))] == found[1:]


async def test_nothing_of_a_thread_is_left_once_its_removal_is_committed(store: Store) -> None:
    ended = [asked(f"r{number}", "boxes", "Count", number) for number in range(60)]
    other = asked("s", "essay", "Write", 1)
    batch = Batch(
        "hall",
        runs=runs(*ended, other),
        results=[result("op", scope=f"run/{one.run_id}") for one in (*ended, other)],
        checkpoints=[checkpoint(number, thread_id="boxes") for number in range(60)],
        interrupts=interrupts(interrupt("i", "resolved", thread_id="boxes")),
        stream_checkpoints=[stream_checkpoint("r1"), stream_checkpoint("s")],
    )
    await commit(store, batch)
    while (removal := await store.thread_removal("hall", "boxes")) is not None:
        await commit(store, Batch("hall", removals=[removal]))
    assert await names(store) == ["essay"]
    assert await store.runs("hall", RunFilter(thread_id="boxes"), 9) == []
    kept = await store.results([("hall", f"run/{one}", "op") for one in ("r1", "s")])
    assert list(kept) == [("hall", "run/s", "op")]
    assert await store.checkpoints("hall", "boxes", 9) == []
    assert await store.interrupt("hall", InterruptId("i")) is None
    assert await store.stream_checkpoint("hall", RunId("r1"), "generate#1:t0") is None
    assert await store.stream_checkpoint("hall", RunId("s"), "generate#1:t0") is not None
    assert await store.thread_removal("hall", "essay") is not None


async def test_a_title_goes_with_the_last_that_is_left_of_its_thread(store: Store) -> None:
    await commit(store, Batch("hall", runs=runs(asked("r", "boxes", "Count", 1))))
    for _ in range(2):
        await trim(store, Retention(10, 50, 50))
    assert await store.thread_removal("hall", "boxes") is None


async def test_events_stay_without_an_author_who_is_forgotten(store: Store) -> None:
    told = [caused(1, None), caused(2, "r"), caused(3, None, event_type="shout")]
    other = NewEntry(HALL, Seq(4), b'{"user_id":"bob","data":{"a":1}}', 1, "shout")
    kept, gone = result("op", scope="@hall/bob"), result("op", scope="@hall/ann")
    await commit(store, Batch("hall", [*told, other], results=[kept, gone]))
    assert (await store.author_removal("hall", "ann", "@hall/ann", Seq(1), Seq(2))).authored == [2]
    found = await store.author_removal("hall", "ann", "@hall/ann", Seq(0), Seq(4))
    await commit(store, Batch("hall", removals=[found]))
    bodies = [orjson.loads(entry.body) for entry in await store.entries(HALL, Seq(0), 9)]
    assert [(body["user_id"], body["data"]) for body in bodies] == [
        ("", {"quantity": 2}), ("", {"quantity": 3}), ("", {}), ("bob", {"a": 1}),
    ]  # fmt: skip
    left = await store.results([("hall", "@hall/ann", "op"), ("hall", "@hall/bob", "op")])
    assert list(left) == [("hall", "@hall/bob", "op")]
    assert (await store.author_removal("hall", "ann", "@hall/ann", Seq(0), Seq(4))).authored == []
