"""No attribute of a record is forgotten by a store or by what a run records, whichever are added later."""

import attrs
import orjson
import pytest

from streamd.core.item import ItemId, Seq
from streamd.core.json import json_codec
from streamd.core.memory import Memory, MemoryFilter
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.prompt import Text
from streamd.core.run import RunId, RunRecord, RunRequest
from streamd.core.thread import Checkpoint, Interrupt, StreamCheckpoint
from streamd.core.tool_calls import Intent, RemoveItems, Understanding
from streamd.engine.graph import GraphCursor
from streamd.engine.live.run_state import RunProgress
from streamd.engine.record import (
    ConsultationOutcome,
    RecordedCall,
    RecordedFailure,
    RecordedResult,
    RecordedTurn,
)
from streamd.errors import InvalidMessageError, ModelError, RunTimedOutError, StreamdError
from streamd.ports.model import TextDelta, ThinkingDelta, Turn
from streamd.ports.store import Batch, Store
from tests.stores.samples import commit
from tests.support.filled import filled


def record(workspace: str = "hall") -> RunRecord:
    return filled(RunRecord, request=filled(RunRequest, workspace=workspace), status="running")


async def test_a_run_comes_back_whole(store: Store) -> None:
    first = record()
    await commit(store, Batch("hall", runs={first.run_id: first}))
    assert await store.run("hall", first.run_id) == first
    assert await store.latest_run("hall", first.thread_id) == first
    assert await store.abandoned_runs() == [first]


async def test_a_run_that_is_put_again_is_replaced_whole(store: Store) -> None:
    bare = RunRecord(
        RunId("r"), "t", RunRequest("go", workspace="hall", principal=ANONYMOUS_PRINCIPAL), "", "pending", 1
    )
    await commit(store, Batch("hall", runs={bare.run_id: bare}))
    assert await store.run("hall", bare.run_id) == bare
    whole = attrs.evolve(record(), run_id=bare.run_id)
    await commit(store, Batch("hall", runs={whole.run_id: whole}))
    assert await store.run("hall", bare.run_id) == whole


async def test_a_memory_comes_back_whole(store: Store) -> None:
    one = filled(Memory, workspace="hall", kind="insight")
    await commit(store, Batch("hall", memories=[one]))
    assert await store.memories.latest(MemoryFilter("hall")) == [one]
    assert await store.memories.latest(MemoryFilter("hall", kinds=frozenset({"insight"}))) == [one]
    assert await store.memories.search(MemoryFilter("hall"), "text") == [one]


async def test_what_threads_hold_comes_back_whole(store: Store) -> None:
    checkpoint = filled(Checkpoint, workspace="hall")
    interrupt = filled(Interrupt, workspace="hall")
    broken = filled(StreamCheckpoint)
    await commit(
        store,
        Batch(
            "hall",
            checkpoints=[checkpoint],
            interrupts={interrupt.interrupt_id: interrupt},
            stream_checkpoints=[broken],
        ),
    )
    assert await store.checkpoint_of("hall", checkpoint.thread_id) == checkpoint
    assert await store.interrupt("hall", interrupt.interrupt_id) == interrupt
    assert await store.stream_checkpoint("hall", broken.run_id, broken.step) == broken


def test_what_a_run_records_of_its_steps_comes_back_whole() -> None:
    result = filled(RecordedResult)
    assert RecordedResult.decode(result.encode()) == result
    outcome = filled(ConsultationOutcome)
    assert ConsultationOutcome.decode(outcome.encode()) == outcome
    call = filled(
        RecordedCall,
        call=filled(RemoveItems),
        asked=filled(RemoveItems),
        names={ItemId("a"): "A"},
        places={ItemId("a"): Seq(3)},
    )
    assert RecordedCall.decode(call.encode()) == call
    turn = filled(Turn, blocks=(Text("text"),))
    recorded = filled(RecordedTurn, pieces=(ThinkingDelta("well"), TextDelta("yes")), turn=turn)
    assert RecordedTurn.decode(recorded.encode()) == recorded


def test_where_a_run_stands_comes_back_whole() -> None:
    cursor = filled(GraphCursor, state={"a": 1}, next=("b",))
    read = orjson.loads(orjson.dumps(cursor.as_json()))
    assert GraphCursor.from_json(cursor.state, cursor.next, read) == cursor
    assert GraphCursor.from_json({"a": 1}, ("b",), {}) == GraphCursor({"a": 1}, ("b",))
    progress = filled(RunProgress, understanding=filled(Understanding, intent=filled(Intent)))
    back = json_codec.from_json(RunProgress, json_codec.as_json(progress))
    assert attrs.asdict(back) == attrs.asdict(progress)


def test_an_outcome_of_yesterday_is_read() -> None:
    body = orjson.dumps(["failed", "no", "text", {"a": {"b": 1}}, 0.5])
    assert ConsultationOutcome.decode(body) == ConsultationOutcome(
        "failed", "no", "text", {"a": {"b": 1}}, 0.5
    )
    assert RecordedResult.decode(b'{"content":"5"}') == RecordedResult("5")


@pytest.mark.parametrize(
    "error",
    [
        ModelError("too much", kind="overloaded", retryable=True, retry_after_seconds=2.5),
        RunTimedOutError("too slow"),
        InvalidMessageError("not so", path="values", more=[1]),
        StreamdError("broken"),
    ],
)
def test_a_failure_comes_back_as_the_same_error(error: StreamdError) -> None:
    back = ConsultationOutcome.decode(ConsultationOutcome(failure=RecordedFailure.of(error)).encode()).failure
    assert back is not None
    again = back.error()
    assert (type(again), again.code, again.message) == (type(error), error.code, error.message)
    assert (again.details, again.retryable) == (error.details, error.retryable)
    if isinstance(again, ModelError) and isinstance(error, ModelError):
        assert (again.kind, again.retry_after_seconds) == (error.kind, error.retry_after_seconds)
