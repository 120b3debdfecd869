"""What is told about threads, what waits for a person there, and what agents remember."""

import attrs
import orjson
import pytest

from streamd.core.memory import Memory, MemoryId
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunId
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, Thread
from streamd.wire.memory_replies import memory, memory_as_json
from streamd.wire.thread_replies import (
    interrupt_as_json,
    interrupts,
    past_checkpoint,
    thread_history,
    thread_state,
)


def text_of(ms: int) -> str:
    return f"at {ms}"


BEGINNING = Checkpoint(
    CheckpointId("c1"),
    "w",
    "t",
    None,
    None,
    "fork",
    5,
    "trip_planner",
    "",
    ("planner",),
    principal=ANONYMOUS_PRINCIPAL,
)
PLANNED = Checkpoint(
    CheckpointId("c2"),
    "w",
    "t",
    RunId("r"),
    CheckpointId("c1"),
    "node",
    6,
    "trip_planner",
    "planner",
    ("travel_plan",),
    {"plan": "p", "draft": None},
    {"visits": {"planner": 1}},
    principal=ANONYMOUS_PRINCIPAL,
)
QUESTION = Interrupt(
    InterruptId("i"),
    "w",
    "t",
    RunId("r"),
    "inventory",
    "work",
    "confirmation",
    "Remove 3 items?",
    7,
    step="work#1",
)
ASKED = {
    "interrupt_id": "i",
    "run_id": "r",
    "thread_id": "t",
    "agent": "inventory",
    "node": "work",
    "reason": "confirmation",
    "message": "Remove 3 items?",
    "timestamp": "at 7",
    "status": "pending",
}


@pytest.mark.requirement("B6")
def test_a_thread_tells_its_state_what_comes_next_and_what_waits() -> None:
    reply = thread_state(Thread("t", "interrupted", PLANNED, [QUESTION], RunId("r")), text_of, request_id=1)
    assert orjson.loads(reply) == {
        "type": "thread",
        "request_id": 1,
        "thread_id": "t",
        "status": "interrupted",
        "values": {"plan": "p", "draft": None},
        "next": ["travel_plan"],
        "checkpoint": {
            "checkpoint_id": "c2",
            "parent_id": "c1",
            "source": "node",
            "node": "planner",
            "agent": "trip_planner",
            "run_id": "r",
            "timestamp": "at 6",
        },
        "interrupts": [ASKED],
        "run_id": "r",
    }


def test_a_thread_that_nobody_used_stands_nowhere() -> None:
    assert orjson.loads(thread_state(Thread("t", "idle", None), text_of)) == {
        "type": "thread",
        "thread_id": "t",
        "status": "idle",
        "values": {},
        "next": [],
        "interrupts": [],
    }


def test_a_history_lists_checkpoints_without_their_values() -> None:
    reply = orjson.loads(thread_history("t", [past_checkpoint(one, text_of) for one in (PLANNED, BEGINNING)]))
    assert [checkpoint["next"] for checkpoint in reply["checkpoints"]] == [["travel_plan"], ["planner"]]
    assert reply["checkpoints"][1] == {
        "checkpoint_id": "c1",
        "source": "fork",
        "agent": "trip_planner",
        "timestamp": "at 5",
        "next": ["planner"],
    }


def test_what_only_the_engine_needs_is_not_told() -> None:
    told = thread_state(Thread("t", "idle", PLANNED, [QUESTION]), text_of)
    assert b"visits" not in told
    assert b"work#1" not in told


def test_a_question_tells_what_may_be_answered_and_until_when() -> None:
    question = attrs.evolve(
        QUESTION, expires_ms=9, response_schema={"type": "object"}, value={"items": []}, status="resolved"
    )
    assert interrupt_as_json(question, text_of) == {
        **ASKED,
        "response_schema": {"type": "object"},
        "value": {"items": []},
        "expires_at": "at 9",
        "status": "resolved",
    }


def test_what_waits_is_told_in_the_order_it_is_given() -> None:
    later = attrs.evolve(QUESTION, interrupt_id=InterruptId("j"))
    reply = orjson.loads(
        interrupts([orjson.dumps(interrupt_as_json(one, text_of)) for one in (QUESTION, later)])
    )
    assert reply == {"type": "interrupts", "interrupts": [ASKED, {**ASKED, "interrupt_id": "j"}]}


REMEMBERED = Memory(
    MemoryId("m"), "w", "", "u", "preference", "units: metric", 5, {"key": "units", "value": None}
)


@pytest.mark.requirement("A12")
def test_a_memory_tells_all_of_its_keys_even_where_they_are_empty() -> None:
    assert orjson.loads(memory("list", [orjson.dumps(memory_as_json(REMEMBERED, text_of))])) == {
        "type": "memory",
        "action": "list",
        "memories": [
            {
                "memory_id": "m",
                "agent": "",
                "user_id": "u",
                "kind": "preference",
                "text": "units: metric",
                "data": {"key": "units", "value": None},
                "timestamp": "at 5",
            }
        ],
        "count": 1,
    }


@pytest.mark.parametrize("count", [0, 12])
def test_what_is_forgotten_is_counted_and_not_told(count: int) -> None:
    reply = orjson.loads(memory("clear", [], count=count))
    assert (reply["memories"], reply["count"]) == ([], count)
