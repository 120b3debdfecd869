import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.event import Author, Event
from streamd.core.item import ItemId
from streamd.core.run import LAST_TYPES, RESPONSE_TYPES, Response, ResponseType
from streamd.errors import InvalidMessageError
from streamd.wire.entries import RESERVED_KEYS, event_body, feed_body, response_body, with_position
from streamd.wire.replies import REPLY_TYPES

AT = "2026-11-20T09:30:00.000Z"
AT_MS = 1_795_512_600_000
AGENT = Author("u1", "inventory_agent", "run-1")
ADDED = Event("item_added", ItemId("a"), {"id": "a", "type": "inventory", "name": "Wire"}, "inventory")


def test_an_event_carries_who_what_where_and_when() -> None:
    body = event_body(ADDED, workspace="default", author=AGENT, timestamp=AT, op_id="op")
    assert orjson.loads(body) == {
        "event_type": "item_added",
        "item_id": "a",
        "data": {"id": "a", "type": "inventory", "name": "Wire"},
        "timestamp": AT,
        "agent_id": "inventory_agent",
        "user_id": "u1",
        "workspace": "default",
        "run_id": "run-1",
        "op_id": "op",
    }


def test_keys_that_do_not_apply_are_absent_from_an_event() -> None:
    body = event_body(Event("rang", None, {}), workspace="w", author=Author("u1"), timestamp=AT)
    assert set(orjson.loads(body)) == {"event_type", "data", "timestamp", "agent_id", "user_id", "workspace"}


def test_a_removed_field_is_null_in_the_data_of_an_event() -> None:
    event = Event("field_changed", ItemId("a"), {"note": None})
    body = event_body(event, workspace="w", author=Author("u1"), timestamp=AT)
    assert orjson.loads(body)["data"] == {"note": None}


def test_a_response_carries_its_run_and_what_it_tells() -> None:
    response = Response("item_added", "Added Wire", {"n": 1}, {"item_id": "a"})
    body = response_body(
        response,
        run_id="r",
        thread_id="t",
        timestamp=AT,
        at_ms=AT_MS,
        request_id=0,
        agent_id="inventory_agent",
    )
    assert orjson.loads(body) == {
        "type": "item_added",
        "run_id": "r",
        "thread_id": "t",
        "request_id": 0,
        "message": "Added Wire",
        "agent_id": "inventory_agent",
        "item_id": "a",
        "data": {"n": 1},
        "timestamp": AT,
    }


def test_keys_that_do_not_apply_are_absent_from_a_response() -> None:
    body = response_body(Response("start"), run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS)
    assert set(orjson.loads(body)) == {"type", "run_id", "thread_id", "timestamp"}


def test_empty_data_of_a_response_is_still_there() -> None:
    body = response_body(Response("complete", data={}), run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS)
    assert orjson.loads(body)["data"] == {}


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_a_response_cannot_bring_a_key_that_belongs_to_the_protocol(key: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        response_body(
            Response("start", extra={key: "x"}), run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS
        )
    assert refused.value.path == f"extra.{key}"


@given(st.dictionaries(st.text(), st.integers(0, 9)))
def test_a_response_never_looks_like_an_event(extra: dict[str, object]) -> None:
    try:
        body = response_body(
            Response("start", extra=extra), run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS
        )
    except InvalidMessageError:
        assert RESERVED_KEYS & set(extra)
    else:
        assert "event_type" not in orjson.loads(body)
        assert orjson.loads(body)["type"] == "start"


def test_an_event_at_a_position_has_seq_and_version_in_front() -> None:
    body = event_body(ADDED, workspace="w", author=AGENT, timestamp=AT)
    placed = with_position(body, 1235, "workspace")
    assert placed.startswith(b'{"seq":1235,"version":1235,"event_type":')
    assert orjson.loads(placed) == {"seq": 1235, "version": 1235, **orjson.loads(body)}
    assert "type" not in orjson.loads(placed)


@pytest.mark.parametrize(("replayed", "front"), [(False, {}), (True, {"replayed": True})])
def test_a_response_at_a_position_has_run_seq_and_no_seq(*, replayed: bool, front: dict[str, object]) -> None:
    body = response_body(Response("start"), run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS)
    placed = orjson.loads(with_position(body, 1, "run", replayed=replayed))
    assert placed == {"run_seq": 1, **front, **orjson.loads(body)}


def told(response: Response) -> dict[str, object]:
    body = response_body(response, run_id="r", thread_id="t", timestamp=AT, at_ms=AT_MS)
    found: dict[str, object] = orjson.loads(body)
    return found


@pytest.mark.parametrize("kind", sorted(RESPONSE_TYPES))
@pytest.mark.requirement("C2")
def test_only_content_tells_its_time_as_a_number(kind: ResponseType) -> None:
    assert told(Response(kind))["timestamp"] == (AT_MS if kind == "content" else AT)


@pytest.mark.requirement("C2")
def test_content_is_flat_as_older_clients_read_it() -> None:
    chunk = {"content": "Low ", "reasoning": "", "confidence": 0.8, "message_id": "m"}
    assert told(Response("content", extra=chunk)) == {
        "type": "content", "run_id": "r", "thread_id": "t", **chunk, "timestamp": AT_MS
    }  # fmt: skip


@pytest.mark.requirement("C3")
def test_a_section_brings_its_own_metadata() -> None:
    metadata = {"confidence": 0.7, "reasoning": "", "timestamp": AT_MS}
    body = told(Response("body", extra={"content": "x", "metadata": metadata}))
    assert (body["type"], body["content"], body["metadata"]) == ("body", "x", metadata)


@pytest.mark.requirement("B5")
def test_a_node_brings_what_it_changed_and_the_names_that_agents_go_by() -> None:
    extra = {"node": "planner", "agent": "trip_planner", "message_id": "m", "internal": True}
    body = told(Response("node", data={"plan": "p"}, extra=extra))
    assert {**body, **extra, "data": {"plan": "p"}} == body


def test_the_step_of_a_response_stays_inside() -> None:
    assert told(Response("start", step="open#1")) == told(Response("start"))


def test_a_response_has_the_name_of_a_reply_only_where_both_tell_progress_or_an_error() -> None:
    shared = RESPONSE_TYPES & REPLY_TYPES
    assert shared == {"progress", "error"}
    assert LAST_TYPES < RESPONSE_TYPES


def test_what_is_on_a_feed_is_a_broadcast_without_a_position() -> None:
    body = feed_body("agent_progress", "inventory_agent", {"percentage": 40}, "w", AT)
    assert with_position(body, 7, "feed") == body
    assert orjson.loads(body) == {
        "event_type": "agent_progress",
        "agent_id": "inventory_agent",
        "data": {"percentage": 40},
        "timestamp": AT,
        "workspace": "w",
    }
