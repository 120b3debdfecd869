import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.event import Author, Event
from streamd.core.item import ItemId
from streamd.core.run import Response
from streamd.errors import InvalidMessageError
from streamd.wire.entries import RESERVED_KEYS, event_body, response_body, with_position

AT = "2026-11-20T09:30:00.000Z"
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
        response, run_id="r", thread_id="t", timestamp=AT, request_id=0, agent_id="inventory_agent"
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
    body = response_body(Response("start"), run_id="r", thread_id="t", timestamp=AT)
    assert set(orjson.loads(body)) == {"type", "run_id", "thread_id", "timestamp"}


def test_empty_data_of_a_response_is_still_there() -> None:
    body = response_body(Response("complete", data={}), run_id="r", thread_id="t", timestamp=AT)
    assert orjson.loads(body)["data"] == {}


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_a_response_cannot_bring_a_key_that_belongs_to_the_protocol(key: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        response_body(Response("start", extra={key: "x"}), run_id="r", thread_id="t", timestamp=AT)
    assert refused.value.path == f"extra.{key}"


@given(st.dictionaries(st.text(), st.integers(0, 9)))
def test_a_response_never_looks_like_an_event(extra: dict[str, object]) -> None:
    try:
        body = response_body(Response("start", extra=extra), run_id="r", thread_id="t", timestamp=AT)
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
    body = response_body(Response("start"), run_id="r", thread_id="t", timestamp=AT)
    placed = orjson.loads(with_position(body, 1, "run", replayed=replayed))
    assert placed == {"run_seq": 1, **front, **orjson.loads(body)}
