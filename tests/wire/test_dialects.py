"""Dialects: one response in, at most one event out; the last of a run always has one."""

from typing import Any, Final

import orjson
import pytest

from streamd.core.item import Seq
from streamd.core.run import LAST_TYPES, RESPONSE_TYPES
from streamd.edge.http import http_encoders
from streamd.engine.journal import CachedEntry
from streamd.errors import InvalidMessageError
from streamd.wire.dialects.graph_events import graph_event, graph_request
from streamd.wire.dialects.multi_agent_events import multi_agent_answer, multi_agent_event

RUN: Final = {"run_id": "run-1", "thread_id": "t", "timestamp": "2026-11-20T09:30:00.000Z"}
LAST: Final[dict[str, dict[str, Any]]] = {
    "complete": {"message": "Done.", "data": {"added": [], "removed": [], "changed": []}},
    "interrupt": {"message": "Go on?", "interrupt": {"interrupt_id": "i"}, "next": ["generate"]},
    "cancelled": {"message": "Stopped.", "data": {}},
    "error": {"message": "It broke.", "code": "run_failed", "retryable": False},
}


def response(kind: str, **keys: object) -> dict[str, object]:
    return {"type": kind, **RUN, **LAST.get(kind, {}), **keys}


@pytest.mark.parametrize("kind", sorted(LAST_TYPES))
def test_every_ending_of_a_run_has_an_event_that_ends_the_stream(kind: str) -> None:
    translated = multi_agent_event(response(kind))
    told = graph_event(response(kind))

    assert translated is not None
    assert translated[0] in ("complete", "error")
    assert told is not None
    assert told["event"] in ("complete", "interrupt", "error")


@pytest.mark.parametrize("name", ["sse-multi-agent", "sse-graph"])
@pytest.mark.parametrize("kind", sorted(RESPONSE_TYPES - {"node"} | {"somebody_elses"}))
def test_what_these_clients_do_not_know_is_left_out(name: str, kind: str) -> None:
    encoder = http_encoders("epoch")[name]
    sent = encoder.entry(CachedEntry(Seq(1), orjson.dumps(response(kind))), "run")

    if sent:
        size, _, block = sent.partition(b"\r\n")
        assert len(block) == int(size, 16) + 2
        assert block.endswith(b"\n\n\r\n")
        assert block.count(b"data: ") == 1
    else:
        assert kind not in LAST_TYPES
    assert encoder.entry(CachedEntry(Seq(1), b""), "run") == b""


def test_an_answer_without_one_of_the_coordinator_is_its_message() -> None:
    told = multi_agent_answer(response("complete"))

    assert (told["response"], told["primary_agent"], told["agent_interactions"]) == (
        "Done.",
        "coordinator",
        [],
    )


def test_a_chunk_of_thoughts_alone_is_left_out() -> None:
    assert multi_agent_event(response("agent_chunk", agent="a", chunk="", reasoning="Hm.")) is None


def test_a_node_tells_what_is_new_and_not_what_is_empty() -> None:
    told = graph_event(response("node", node="planner", data={"plan": "1", "draft": "", "prompts": {}}))

    assert told == {"event": "node", "node": "planner", "data": {"plan": "1"}}


def test_a_request_of_the_graph_is_one_of_ours() -> None:
    body = {"thread_id": "t", "message": "Go", "use_hitl": True, "max_revisions": None, "other": 1}

    assert graph_request(body) == {
        "thread_id": "t", "user_input": "Go", "agent": "trip_planner", "options": {"use_hitl": True},
    }  # fmt: skip
    assert graph_request({"options": {"multitask": "enqueue"}, "multitask": "interrupt"})["options"] == {
        "multitask": "interrupt"
    }


@pytest.mark.parametrize(("path", "value"), [("message", 7), ("options", []), ("assistant_id", "agent")])
def test_what_a_request_of_the_graph_cannot_have_is_named(path: str, value: object) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        graph_request({"message": "Go", path: value})

    assert refused.value.path == path
