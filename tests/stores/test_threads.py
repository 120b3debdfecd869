"""What every store promises of checkpoints, interrupts and stream checkpoints."""

import attrs
import pytest

from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunId
from streamd.core.thread import (
    Checkpoint,
    CheckpointId,
    Interrupt,
    InterruptAnswer,
    InterruptId,
    InterruptStatus,
)
from streamd.ports.store import Batch, Retention, StaleError, Store
from tests.stores.samples import (
    HALL,
    checkpoint,
    commit,
    entry,
    interrupt,
    interrupts,
    memory,
    run,
    runs,
    stream_checkpoint,
    tell,
    trim,
)


async def test_a_checkpoint_comes_back_as_it_was_committed(store: Store) -> None:
    whole = Checkpoint(
        CheckpointId("c"), "hall", "essay", None, CheckpointId("b"), "fork", 5, "essay_agent", "", ("a", "b"),
        {"text": "\u0000 ü", "list": [1, {"x": None}], "real": 2.0}, {"visits": {"plan": 2}}, principal=ANONYMOUS_PRINCIPAL,
    )  # fmt: skip
    await commit(store, Batch("hall", checkpoints=[whole]))
    found = await store.checkpoint_of("hall", "essay")
    assert found == whole
    assert found is not None
    assert type(found.next) is tuple
    assert type(found.state["real"]) is float


async def test_the_newest_checkpoint_is_the_one_committed_last_whatever_its_id_says(store: Store) -> None:
    later, earlier = checkpoint(1), checkpoint(2)
    await commit(store, Batch("hall", checkpoints=[earlier]))
    await commit(store, Batch("hall", checkpoints=[checkpoint(9, thread_id="other"), later]))
    assert await store.checkpoint_of("hall", "thread") == later
    assert await store.checkpoints("hall", "thread", 10) == [later, earlier]


async def test_a_checkpoint_is_found_by_its_id_in_its_thread_only(store: Store) -> None:
    await commit(
        store, Batch("hall", checkpoints=[checkpoint(1), checkpoint(2), checkpoint(1, thread_id="fork")])
    )
    wanted = CheckpointId("checkpoint-1")
    assert await store.checkpoint_of("hall", "thread", wanted) == checkpoint(1)
    assert await store.checkpoint_of("hall", "fork", wanted) == checkpoint(1, thread_id="fork")
    assert await store.checkpoint_of("hall", "fork", CheckpointId("checkpoint-2")) is None
    assert await store.checkpoint_of("yard", "thread", wanted) is None
    assert await store.checkpoint_of("hall", "nobody's") is None


async def test_history_goes_on_before_a_checkpoint(store: Store) -> None:
    await commit(store, Batch("hall", checkpoints=[checkpoint(number) for number in range(1, 6)]))
    assert await store.checkpoints("hall", "thread", 2) == [checkpoint(5), checkpoint(4)]
    before = CheckpointId("checkpoint-4")
    assert await store.checkpoints("hall", "thread", 2, before) == [checkpoint(3), checkpoint(2)]
    assert await store.checkpoints("hall", "thread", 9, CheckpointId("checkpoint-1")) == []
    assert await store.checkpoints("hall", "thread", 9, CheckpointId("unknown")) == []
    assert await store.checkpoints("hall", "thread", 0) == []


async def test_a_checkpoint_is_read_without_its_state_where_that_is_not_wanted(store: Store) -> None:
    long = attrs.evolve(checkpoint(1), state={"draft": "x" * 10_000})
    await commit(store, Batch("hall", checkpoints=[long]))
    found = await store.checkpoints("hall", "thread", 9, with_states=False)
    assert found == [attrs.evolve(long, state={}, progress={})]


CONVERSATIONS: list[list[object]] = [
    [],
    ["word"] * 3,
    [{"role": "user", "text": "x" * length} for length in (1, 4_000, 511, 512, 3, 4_000)],
    [f"line {number}" for number in range(300)],
    [[1, None, {"a": [True]}], "ü🚚" * 400, 2.5, []],
]


@pytest.mark.parametrize("told", CONVERSATIONS)
async def test_a_long_state_comes_back_as_it_was(store: Store, told: list[object]) -> None:
    state: dict[str, object] = {
        "told": told,
        "draft": "d" * 5_000,
        "plan": {"steps": told},
        "n": 1,
        "none": None,
    }
    states: list[dict[str, object]] = [
        state,
        {**state, "told": [*told[1:], "and more"]},
        {"draft": "d" * 5_000},
        {},
    ]
    made = [attrs.evolve(checkpoint(number), state=one) for number, one in enumerate(states)]
    for one in made:
        await commit(store, Batch("hall", checkpoints=[one]))
    await commit(store, Batch("hall", checkpoints=[attrs.evolve(made[0], thread_id="other")]))
    assert await store.checkpoints("hall", "thread", 9) == made[::-1]
    await trim(store, Retention(9, 0, 0, checkpoints=2))
    assert await store.checkpoints("hall", "thread", 9) == made[:1:-1]
    assert await store.checkpoint_of("hall", "other") == attrs.evolve(made[0], thread_id="other")


async def test_a_checkpoint_committed_again_is_replaced_in_its_place(store: Store) -> None:
    await commit(store, Batch("hall", checkpoints=[checkpoint(1), checkpoint(2)]))
    again = attrs.evolve(checkpoint(1), state={"draft": "again"})
    await commit(store, Batch("hall", checkpoints=[again]))
    assert await store.checkpoints("hall", "thread", 9) == [checkpoint(2), again]


async def test_a_batch_that_goes_on_with_another_checkpoint_than_the_newest_is_stale(store: Store) -> None:
    first, second = checkpoint(1), checkpoint(2)
    assert await store.head("hall", "thread") is None
    await commit(store, Batch("hall", checkpoints=[first], heads={"thread": None}))
    await commit(store, Batch("hall", checkpoints=[second], heads={"thread": first.checkpoint_id}))
    for expected in (None, first.checkpoint_id, CheckpointId("unknown")):
        late = Batch("hall", [entry(1)], checkpoints=[checkpoint(3)], heads={"thread": expected})
        with pytest.raises(StaleError):
            await commit(store, late)
        assert await store.head("hall", "thread") == second.checkpoint_id
        assert (await store.span(HALL)).top == 0
    other = checkpoint(4, workspace="yard")
    await commit(store, Batch("yard", checkpoints=[other], heads={"thread": None}))
    found = [await store.head(where, "thread") for where in ("hall", "yard")]
    assert found == [second.checkpoint_id, other.checkpoint_id]


async def test_an_interrupt_is_kept_and_its_answer_too(store: Store) -> None:
    asked = Interrupt(
        InterruptId("i"), "hall", "essay", RunId("r"), "essay_agent", "generate", "input_required", "Which tone?", 5,
        expires_ms=9, response_schema={"enum": ["dry", "warm"]}, value=[{"call": 1}], step="generate#1:c0",
    )  # fmt: skip
    await commit(store, Batch("hall", interrupts=interrupts(asked)))
    assert await store.interrupt("hall", asked.interrupt_id) == asked
    assert await store.pending_interrupts() == [asked]
    answered = attrs.evolve(
        asked, status="resolved", answer=InterruptAnswer("edit", {"tone": "dry"}), answered_by="bob",
        resumed_run_id=RunId("r2"),
    )  # fmt: skip
    await commit(store, Batch("hall", interrupts=interrupts(answered)))
    assert await store.interrupt("hall", asked.interrupt_id) == answered
    assert await store.pending_interrupts() == []
    assert await store.interrupt("hall", InterruptId("unknown")) is None


@pytest.mark.parametrize("status", ["resolved", "cancelled", "expired", None])
async def test_a_batch_that_closes_what_is_not_open_is_stale(
    store: Store, status: InterruptStatus | None
) -> None:
    before = {} if status is None else interrupts(interrupt("i", status))
    await commit(store, Batch("hall", interrupts=dict(before)))
    late = interrupts(interrupt("i", "expired", at_ms=7))
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", [entry(1)], runs=runs(run("r")), interrupts=late, closes=set(late)))
    assert await store.interrupt("hall", InterruptId("i")) == before.get(InterruptId("i"))
    assert (await store.span(HALL)).top == 0
    assert await store.run("hall", RunId("r")) is None


async def test_an_open_question_is_closed_once(store: Store) -> None:
    await commit(store, Batch("hall", interrupts=interrupts(interrupt("i"), interrupt("j"))))
    closed = interrupts(interrupt("i", "resolved"), interrupt("j", "cancelled"))
    await commit(store, Batch("hall", interrupts=dict(closed), closes=set(closed)))
    assert [await store.interrupt("hall", each) for each in closed] == list(closed.values())
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", interrupts=dict(closed), closes=set(closed)))


async def test_pending_interrupts_are_listed_oldest_first_by_workspace_and_thread(store: Store) -> None:
    late, early = interrupt("a", at_ms=20), interrupt("b", at_ms=10)
    other, yard = interrupt("c", thread_id="other", at_ms=15), interrupt("d", workspace="yard", at_ms=5)
    done = interrupt("e", "resolved"), interrupt("f", "cancelled"), interrupt("g", "expired")
    await commit(store, Batch("hall", interrupts=interrupts(late, early, other, yard, *done)))
    assert await store.pending_interrupts() == [late, early, other, yard], "whatever the clock says"
    assert await store.pending_interrupts("hall") == [late, early, other]
    assert await store.pending_interrupts("hall", "thread") == [late, early]
    assert await store.pending_interrupts(thread_id="thread") == [late, early, yard]
    assert await store.pending_interrupts("attic") == []


async def test_a_stream_checkpoint_is_kept_and_replaced_by_run_and_step(store: Store) -> None:
    first, second, other = (
        stream_checkpoint(),
        stream_checkpoint(content="Once upon ü"),
        stream_checkpoint(step="b"),
    )
    await commit(store, Batch("hall", stream_checkpoints=[first, other]))
    assert await store.stream_checkpoint("hall", RunId("r"), first.step) == first
    await commit(store, Batch("hall", stream_checkpoints=[second]))
    assert await store.stream_checkpoint("hall", RunId("r"), first.step) == second
    assert await store.stream_checkpoint("hall", RunId("r"), "b") == other
    assert await store.stream_checkpoint("hall", RunId("q"), first.step) is None


async def test_nothing_of_a_refused_batch_is_kept_of_runs_and_threads(store: Store) -> None:
    await tell(store, 1)
    with pytest.raises(StaleError):
        await commit(
            store,
            Batch(
                "hall",
                [entry(1)],
                runs=runs(run("r")),
                checkpoints=[checkpoint(1)],
                interrupts=interrupts(interrupt("i")),
                stream_checkpoints=[stream_checkpoint()],
                memories=[memory("m", "Boxes ran out")],
            ),
        )
    assert await store.run("hall", RunId("r")) is None
    assert await store.checkpoint_of("hall", "thread") is None
    assert await store.interrupt("hall", InterruptId("i")) is None
    assert await store.stream_checkpoint("hall", RunId("r"), "generate#1:t0") is None
