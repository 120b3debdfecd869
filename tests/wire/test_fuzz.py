"""Whatever comes in, it is a message or it is refused; nothing else ever comes out of parsing."""

import math
from typing import assert_never

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from streamd.errors import RefusedError
from streamd.wire import messages
from streamd.wire.codec import PARSERS, parse
from streamd.wire.messages import ClientMessage
from streamd.wire.replies import error

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)

VALID: list[dict[str, object]] = [
    {"type": "user_request", "user_input": "Add 5", "context": {"a": [1]}, "user_id": "u", "thread_id": "t"},
    {
        "type": "user_request",
        "user_input": "Plan",
        "options": {
            "use_hitl": True,
            "max_revisions": 2,
            "multitask": "enqueue",
            "budget": {"seconds": 1.5, "tokens": 10, "cost_usd": 0.1},
        },
    },
    {
        "type": "multi_agent_request",
        "request": {
            "query": "q",
            "coordination_mode": "m",
            "primary_agent": "p",
            "supporting_agents": ["a", "b"],
            "context": {},
            "product_id": "x",
            "thread_id": "t",
            "user_id": "u",
            "options": {"use_hitl": True},
        },
    },
    {"type": "ping"},
    {
        "type": "hello",
        "token": "t",
        "workspace": "w",
        "since": 1,
        "epoch": "e",
        "snapshot": True,
        "client": {},
    },
    {"type": "snapshot", "item_types": ["note"]},
    {"type": "subscribe", "topics": ["items"], "item_types": ["a"], "event_types": ["b"], "agents": ["c"]},
    {"type": "unsubscribe", "topics": ["items"], "types": ["a"]},
    {"type": "add_item", "item": {"type": "note", "name": "n", "tags": ["x"]}, "id": "a", "op_id": "o"},
    {
        "type": "change_item",
        "item_id": "a",
        "set": {"x": 1},
        "unset": ["y"],
        "inc": {"z": 1},
        "add_to_set": {"t": ["x"]},
        "base": 1,
        "on_conflict": "merge",
    },
    {"type": "remove_item", "item_id": "a", "reason": "r", "base": 1},
    {"type": "bulk", "operation": "add_multiple", "items": [{"name": "x"}], "atomic": True},
    {"type": "bulk", "operation": "update_multiple", "items": [{"item_id": "x", "set": {"a": 1}}]},
    {
        "type": "list_items",
        "item_type": "a",
        "where": [["a", "<", 1]],
        "criterion": "c",
        "after": 1,
        "limit": 5,
    },
    {"type": "get_item", "item_id": "a"},
    {"type": "publish", "event_type": "e", "data": {"a": 1}, "item_id": "a"},
    {"type": "import", "format": "csv", "text": "a", "filename": "f", "dry_run": False},
    {"type": "export", "format": "csv", "item_type": "a"},
    {"type": "attach", "run_id": "r", "after": 0},
    {"type": "cancel", "run_id": "r", "thread_id": "t", "mode": "after_turn"},
    {"type": "undo", "run_id": "r", "op_id": "o"},
    {"type": "undo", "seq": 5},
    {"type": "get_progress", "agents": ["a"], "history": 5},
    {"type": "respond", "interrupt_id": "i", "decision": "edit", "value": {"a": [1]}},
    {"type": "respond", "interrupt_id": "i", "approved": True, "modified_args": {"a": 1}},
    {"type": "list_interrupts", "thread_id": "t"},
    {"type": "thread", "thread_id": "t", "action": "update", "values": {"a": 1}, "as_node": "n"},
    {"type": "thread", "thread_id": "t", "action": "history", "limit": 5, "before": "c"},
    {"type": "thread", "thread_id": "t", "action": "fork", "checkpoint_id": "c", "to_thread_id": "u"},
    {"type": "memory", "query": "q", "agent": "a", "kinds": ["insight"], "limit": 3},
    {"type": "memory", "action": "set_preference", "key": "k", "value": ["v"]},
    {"type": "disconnect"},
]


def survives(raw: bytes | str) -> ClientMessage | None:
    """The message, or None when it was refused with an error that can be sent."""
    try:
        message = parse(raw)
    except RefusedError as refusal:
        reply = orjson.loads(error(refusal))
        assert reply["type"] == "error"
        assert reply["code"] in {"invalid_json", "unknown_type", "invalid_message"}
        return None
    return message


@given(st.binary())
@example(b'{"type":"ping"}')
def test_any_bytes(raw: bytes) -> None:
    survives(raw)


@given(st.text())
def test_any_text(raw: str) -> None:
    survives(raw)


@given(JSON)
def test_any_json(value: object) -> None:
    survives(orjson.dumps(value))


@given(st.sampled_from(sorted(PARSERS)), st.dictionaries(st.text(), JSON, max_size=5))
def test_any_keys_under_any_type(kind: str, keys: dict[str, object]) -> None:
    survives(orjson.dumps({**keys, "type": kind}))


@given(st.data())
def test_valid_messages_with_anything_in_any_place(data: st.DataObject) -> None:
    message = dict(data.draw(st.sampled_from(VALID)))
    for key in data.draw(st.lists(st.sampled_from([*message, "request_id", "op_id", "user_id"]), max_size=3)):
        message[key] = data.draw(JSON)
    for key in data.draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        inside = message[key]
        if isinstance(inside, dict) and inside:
            message[key] = {**inside, data.draw(st.sampled_from(sorted(inside))): data.draw(JSON)}
    survives(orjson.dumps(message))


@given(st.data())
def test_valid_messages_with_bytes_changed(data: st.DataObject) -> None:
    raw = bytearray(orjson.dumps(data.draw(st.sampled_from(VALID))))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(raw))


@given(st.sampled_from(VALID), SCALARS)
def test_an_accepted_request_id_is_exactly_the_one_that_was_sent(
    message: dict[str, object], request_id: object
) -> None:
    sent = orjson.loads(orjson.dumps({**message, "request_id": request_id}))["request_id"]
    accepted = survives(orjson.dumps({**message, "request_id": request_id}))
    if accepted is not None:
        assert accepted.request_id == sent
        assert not isinstance(sent, float) or math.isfinite(sent)


def test_the_union_of_messages_is_closed_and_every_valid_message_is_a_member() -> None:
    seen = {kind_of(parse(orjson.dumps(message))) for message in VALID}
    assert seen == set(PARSERS)


def kind_of(message: ClientMessage) -> str:
    match message:
        case messages.UserRequest():
            return "user_request"
        case messages.Ping():
            return "ping"
        case messages.Hello():
            return "hello"
        case messages.Snapshot():
            return "snapshot"
        case messages.Subscribe():
            return "subscribe"
        case messages.Unsubscribe():
            return "unsubscribe"
        case messages.AddItem():
            return "add_item"
        case messages.ChangeItem():
            return "change_item"
        case messages.RemoveItem():
            return "remove_item"
        case messages.Bulk():
            return "bulk"
        case messages.ListItems():
            return "list_items"
        case messages.GetItem():
            return "get_item"
        case messages.Publish():
            return "publish"
        case messages.Import():
            return "import"
        case messages.Export():
            return "export"
        case messages.Attach():
            return "attach"
        case messages.Cancel():
            return "cancel"
        case messages.MultiAgentRequest():
            return "multi_agent_request"
        case messages.Undo():
            return "undo"
        case messages.GetProgress():
            return "get_progress"
        case messages.Respond():
            return "respond"
        case messages.ListInterrupts():
            return "list_interrupts"
        case messages.Thread():
            return "thread"
        case messages.Memory():
            return "memory"
        case messages.Disconnect():
            return "disconnect"
        case _:
            assert_never(message)
