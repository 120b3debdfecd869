"""What every store promises of forgetting what runs and threads leave."""

from contextlib import aclosing

import attrs
import pytest

from streamd.core.memory import MemoryFilter
from streamd.core.run import RunId, RunStatus
from streamd.core.thread import InterruptId
from streamd.ports.store import UNNAMED_THREAD, Batch, Retention, Store
from tests.stores.samples import (
    checkpoint,
    commit,
    interrupt,
    interrupts,
    memory,
    result,
    run,
    runs,
    stream_checkpoint,
    trim,
)

ALL = 10**6
UNNAMED = f"{UNNAMED_THREAD}1jf3k9"


async def trimmed(
    store: Store,
    *,
    oldest_ms: int = 0,
    results_oldest_ms: int = 0,
    now_ms: int = 0,
    memories: int = ALL,
    checkpoints: int = ALL,
) -> None:
    await trim(store, Retention(ALL, oldest_ms, results_oldest_ms, now_ms, memories, checkpoints))


async def kept_results(store: Store) -> list[str]:
    scopes = ["run/r", "run/s", "run/", "hall/ann"]
    return [scope for _, scope, _ in await store.results([("hall", scope, "op") for scope in scopes])]


@pytest.mark.parametrize("status", ["pending", "running", "interrupted"])
async def test_results_of_a_run_that_has_not_ended_stay(store: Store, status: RunStatus) -> None:
    kept = [result("op", scope=scope, at_ms=1) for scope in ("run/r", "run/s", "hall/ann")]
    await commit(
        store, Batch("hall", results=kept, runs=runs(run("r", status), run("s", "completed", ended_ms=99)))
    )
    await trimmed(store, results_oldest_ms=50)
    assert await kept_results(store) == ["run/r"]


async def test_results_of_the_run_that_is_gone_on_with_stay(store: Store) -> None:
    ended, resuming = run("r", "completed", ended_ms=99), run("s", scope="r")
    await commit(
        store, Batch("hall", results=[result("op", scope="run/r", at_ms=1)], runs=runs(ended, resuming))
    )
    await trimmed(store, results_oldest_ms=50)
    assert await kept_results(store) == ["run/r"]
    await commit(store, Batch("hall", runs=runs(run("s", "completed", ended_ms=99, scope="r"))))
    await trimmed(store, results_oldest_ms=50)
    assert await kept_results(store) == []


async def test_many_results_go_past_those_that_stay(store: Store) -> None:
    stay = [result(f"op-{number}", scope="run/r", at_ms=1) for number in range(3_000)]
    go = [result(f"op-{number}", scope="run/s", at_ms=2) for number in range(3_000)]
    await commit(store, Batch("hall", results=stay + go, runs=runs(run("r"))))
    await trimmed(store, results_oldest_ms=50)
    left = await store.results([("hall", one.scope, one.op_id) for one in stay + go])
    assert set(left) == {("hall", one.scope, one.op_id) for one in stay}


async def test_stream_checkpoints_go_when_they_expire(store: Store) -> None:
    young, old = stream_checkpoint(step="young", expires_ms=100), stream_checkpoint(step="old", expires_ms=99)
    await commit(store, Batch("hall", stream_checkpoints=[young, old]))
    await trimmed(store)
    assert await store.stream_checkpoint("hall", RunId("r"), "old") == old
    await trimmed(store, now_ms=100)
    assert await store.stream_checkpoint("hall", RunId("r"), "old") is None
    assert await store.stream_checkpoint("hall", RunId("r"), "young") == young


async def test_an_unnamed_thread_goes_when_its_last_run_has_gone(store: Store) -> None:
    first = run("r1", "completed", ended_ms=10, thread_id=UNNAMED)
    last = run("r2", "completed", ended_ms=20, thread_id=UNNAMED)
    await commit(
        store,
        Batch(
            "hall",
            runs=runs(first, last),
            checkpoints=[checkpoint(number, thread_id=UNNAMED, at_ms=9) for number in range(120)],
            interrupts=interrupts(interrupt("i", "resolved", thread_id=UNNAMED, at_ms=9)),
        ),
    )
    await trimmed(store, oldest_ms=15)
    assert await store.run("hall", first.run_id) is None
    assert len(await store.checkpoints("hall", UNNAMED, ALL)) == 120
    assert await store.interrupt("hall", InterruptId("i")) is not None
    await trimmed(store, oldest_ms=21)
    assert await store.run("hall", last.run_id) is None
    assert await store.checkpoints("hall", UNNAMED, ALL) == []
    assert await store.interrupt("hall", InterruptId("i")) is None


async def test_a_thread_that_waits_for_an_answer_stays_whole(store: Store) -> None:
    waiting = interrupt("waiting", thread_id=UNNAMED, at_ms=9)
    answered = interrupt("answered", "resolved", thread_id=UNNAMED, at_ms=8)
    there = checkpoint(1, thread_id=UNNAMED, at_ms=9)
    await commit(store, Batch("hall", interrupts=interrupts(waiting, answered), checkpoints=[there]))
    await trimmed(store, oldest_ms=ALL)
    assert await store.pending_interrupts() == [waiting]
    assert await store.interrupt("hall", answered.interrupt_id) == answered
    assert await store.checkpoint_of("hall", UNNAMED) == there
    await commit(
        store,
        Batch("hall", interrupts=interrupts(interrupt("waiting", "expired", thread_id=UNNAMED, at_ms=9))),
    )
    await trimmed(store, oldest_ms=ALL)
    assert await store.interrupt("hall", waiting.interrupt_id) is None
    assert await store.checkpoint_of("hall", UNNAMED) is None


async def test_an_unnamed_thread_of_another_workspace_keeps_nothing_here(store: Store) -> None:
    there = run("r", "running", thread_id=UNNAMED, workspace="yard")
    await commit(
        store,
        Batch("hall", checkpoints=[checkpoint(1, thread_id=UNNAMED, at_ms=9)]),
        Batch(
            "yard",
            runs=runs(there),
            checkpoints=[checkpoint(2, thread_id=UNNAMED, at_ms=9, workspace="yard")],
        ),
    )
    await trimmed(store, oldest_ms=10)
    assert await store.checkpoint_of("hall", UNNAMED) is None
    assert await store.checkpoint_of("yard", UNNAMED) is not None


async def test_an_unnamed_thread_that_was_made_just_now_stays(store: Store) -> None:
    await commit(store, Batch("hall", checkpoints=[checkpoint(1, thread_id=UNNAMED, at_ms=100)]))
    await trimmed(store, oldest_ms=100)
    assert await store.checkpoint_of("hall", UNNAMED) is not None


@pytest.mark.parametrize("thread_id", ["essay", "thread", "my-thread-1", "Thread-1"])
async def test_a_named_thread_keeps_its_checkpoints_and_interrupts(store: Store, thread_id: str) -> None:
    ended = run("r", "completed", ended_ms=1, thread_id=thread_id)
    there = checkpoint(1, thread_id=thread_id, at_ms=1)
    answered = interrupt("i", "resolved", thread_id=thread_id, at_ms=1)
    await commit(store, Batch("hall", runs=runs(ended), checkpoints=[there], interrupts=interrupts(answered)))
    await trimmed(store, oldest_ms=ALL, now_ms=ALL, memories=0)
    assert await store.run("hall", ended.run_id) is None
    assert await store.checkpoint_of("hall", thread_id) == there
    assert await store.interrupt("hall", answered.interrupt_id) == answered


async def test_a_thread_keeps_its_newest_checkpoints(store: Store) -> None:
    told = [checkpoint(number, thread_id="essay", at_ms=number) for number in range(1, 261)]
    other = [checkpoint(number, thread_id="memo", at_ms=number) for number in range(301, 304)]
    yard = checkpoint(400, thread_id="essay", at_ms=1, workspace="yard")
    here = run("r", "interrupted", thread_id="essay")
    await commit(store, Batch("hall", checkpoints=[*told, *other], runs=runs(here)))
    await commit(store, Batch("yard", checkpoints=[yard]))
    await trimmed(store, checkpoints=3)
    assert await store.checkpoints("hall", "essay", ALL) == told[:-4:-1]
    assert await store.checkpoint_of("hall", "essay") == told[-1]
    assert len(await store.checkpoints("hall", "memo", ALL)) == 3
    assert await store.checkpoints("yard", "essay", ALL) == [yard]
    await trimmed(store, checkpoints=3)
    assert len(await store.checkpoints("hall", "essay", ALL)) == 3


async def test_the_newest_memories_of_each_workspace_stay_and_all_preferences(store: Store) -> None:
    told = [memory(f"m{number}", "box", at_ms=number) for number in range(450)]
    wish = memory("wish", "wants a box", kind="preference", at_ms=0)
    yard = [memory(f"y{number}", "box", at_ms=number, workspace="yard") for number in range(3)]
    await commit(store, Batch("hall", memories=[wish, *told]), Batch("yard", memories=yard))
    await trimmed(store, memories=3)
    kept = await store.memories.latest(MemoryFilter("hall"))
    assert [one.memory_id for one in kept] == ["m449", "m448", "m447", "wish"]
    assert len(await store.memories.search(MemoryFilter("hall"), "box", ALL)) == 4
    assert len(await store.memories.latest(MemoryFilter("yard"))) == 3


async def test_what_comes_between_finding_and_removing_stays(store: Store) -> None:
    old = stream_checkpoint(step="old", expires_ms=9)
    there = checkpoint(1, thread_id=UNNAMED, at_ms=9)
    answered = interrupt("i", "resolved", thread_id=UNNAMED, at_ms=9)
    batch = Batch(
        "hall", checkpoints=[there], interrupts=interrupts(answered), stream_checkpoints=[old],
    )  # fmt: skip
    await commit(store, batch)
    anew = attrs.evolve(old, content="Anew", expires_ms=99)
    begun = run("r", thread_id=UNNAMED)
    found = 0
    async with aclosing(store.removals(Retention(ALL, 10, 0, 10))) as slices:
        async for removals in slices:
            found += len(removals)
            await commit(store, Batch("hall", runs=runs(begun), stream_checkpoints=[anew]))
            await commit(store, *(Batch(removal.workspace, removals=[removal]) for removal in removals))
    assert found >= 1
    assert await store.checkpoint_of("hall", UNNAMED) == there
    assert await store.interrupt("hall", answered.interrupt_id) == answered
    assert await store.stream_checkpoint("hall", old.run_id, "old") == anew
