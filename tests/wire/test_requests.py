import orjson
import pytest

from streamd.core.item import ItemId, Seq
from streamd.errors import InvalidMessageError
from streamd.wire import messages
from streamd.wire.codec import parse


def parsed(**keys: object) -> messages.ClientMessage:
    return parse(orjson.dumps(keys))


def test_a_request_as_row_a2_has_it() -> None:
    message = parse(b'{"type":"user_request","user_input":"Add 5 items","context":{},"user_id":"u1"}')
    assert message == messages.UserRequest("Add 5 items", {}, "u1")


@pytest.mark.parametrize(
    "context", [{"action": "remove", "item_id": "a"}, '{"action":"remove","item_id":"a"}']
)
def test_a_context_is_an_object_or_the_json_text_of_one_and_may_say_all(context: object) -> None:
    message = parsed(
        type="user_request", context=context, agent="inventory", thread_id="t", options={"use_hitl": True}
    )
    assert message == messages.UserRequest(
        "", {"action": "remove", "item_id": "a"}, None, "t", "inventory", {"use_hitl": True}
    )


@pytest.mark.parametrize("context", [None, "", "  ", "null", "{}", {}])
def test_an_empty_context_is_no_context(context: object) -> None:
    message = parsed(type="user_request", user_input="hello", context=context)
    assert message == messages.UserRequest("hello", {})


def test_keys_of_a_context_that_nobody_knows_are_kept_row_a7() -> None:
    message = parsed(
        type="user_request", user_input="plan", context={"context": "Q1 planning", "historical_data": []}
    )
    assert isinstance(message, messages.UserRequest)
    assert message.context == {"context": "Q1 planning", "historical_data": []}


def test_an_empty_name_is_as_good_as_none() -> None:
    message = parsed(type="user_request", user_input="x", user_id="", thread_id="", agent="")
    assert message == messages.UserRequest("x", {})


def test_hello_says_what_the_address_could_have_said() -> None:
    message = parsed(
        type="hello",
        token="t",
        workspace="w",
        since=0,
        epoch="e",
        snapshot=True,
        client={"name": "c"},
        user_id="u",
    )
    assert message == messages.Hello("t", "w", Seq(0), "e", snapshot=True, client={"name": "c"}, user_id="u")
    assert "'t'" not in repr(message)


def test_hello_may_say_nothing_and_name_its_program_by_a_text() -> None:
    assert parsed(type="hello") == messages.Hello()
    assert parsed(type="hello", client="canvas", snapshot=1) == messages.Hello(
        client={"name": "canvas"}, snapshot=True
    )


@pytest.mark.parametrize("keys", [{"item_types": ["note"]}, {"types": ["note"]}, {"item_type": "note"}])
@pytest.mark.parametrize("kind", ["snapshot", "subscribe", "unsubscribe"])
def test_item_types_have_three_spellings(kind: str, keys: dict[str, object]) -> None:
    message = parsed(type=kind, **keys)
    assert isinstance(message, messages.Snapshot | messages.Subscribe | messages.Unsubscribe)
    assert message.item_types == frozenset({"note"})


def test_a_subscription_names_topics_and_filters() -> None:
    message = parsed(
        type="subscribe", topics=["items", "quality"], event_types=["item_added"], agents=["inventory_agent"]
    )
    assert message == messages.Subscribe(
        frozenset({"items", "quality"}), None, frozenset({"item_added"}), frozenset({"inventory_agent"})
    )


def test_an_empty_filter_is_not_an_absent_one() -> None:
    assert parsed(type="subscribe", item_types=[]) == messages.Subscribe(item_types=frozenset())


def test_a_list_begins_at_the_first_item_and_has_a_hundred() -> None:
    assert parsed(type="list_items") == messages.ListItems(after=Seq(0), limit=100)


def test_a_list_may_be_narrowed() -> None:
    where = [["current_stock", "<", "reorder_point"], ["tags", "contains", "red"]]
    message = parsed(type="list_items", item_type="note", where=where, criterion="low", after=7, limit=1000)
    assert message == messages.ListItems("note", tuple(where), "low", Seq(7), 1000)


def test_the_other_messages_are_read() -> None:
    assert parsed(type="get_item", item_id="a", request_id=1) == messages.GetItem(ItemId("a"), 1)
    assert parsed(type="attach", run_id="r", after=3) == messages.Attach("r", None, Seq(3))
    assert parsed(type="attach", thread_id="t") == messages.Attach(None, "t", Seq(0))
    assert parsed(type="cancel", run_id="r") == messages.Cancel("r")
    assert parsed(type="disconnect") == messages.Disconnect()
    assert parsed(type="export", item_type="note") == messages.Export("note")
    assert parsed(
        type="import", format="csv", text="a\n1", filename="a.csv", dry_run=True
    ) == messages.Import("a\n1", None, "a.csv", dry_run=True)


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"type": "user_request"}, "user_input"),
        ({"type": "user_request", "user_input": "  ", "context": {}}, "user_input"),
        ({"type": "user_request", "user_input": 5}, "user_input"),
        ({"type": "user_request", "user_input": "x" * 70_000}, "user_input"),
        ({"type": "user_request", "user_input": "x", "context": []}, "context"),
        ({"type": "user_request", "user_input": "x", "context": "Q1 planning"}, "context"),
        ({"type": "user_request", "user_input": "x", "context": "[1]"}, "context"),
        ({"type": "user_request", "user_input": "x", "context": {"n": 2**53}}, "context.n"),
        ({"type": "user_request", "user_input": "x", "options": "fast"}, "options"),
        ({"type": "user_request", "user_input": "x", "user_id": "u" * 201}, "user_id"),
        ({"type": "hello", "since": -1}, "since"),
        ({"type": "hello", "since": 1.5}, "since"),
        ({"type": "hello", "workspace": "a b"}, "workspace"),
        ({"type": "hello", "workspace": 7}, "workspace"),
        ({"type": "hello", "client": 7}, "client"),
        ({"type": "hello", "snapshot": "yes"}, "snapshot"),
        ({"type": "snapshot", "item_types": "note"}, "item_types"),
        ({"type": "snapshot", "types": ["a", 5]}, "types[1]"),
        ({"type": "subscribe", "topics": ["news"]}, "topics"),
        ({"type": "subscribe", "event_types": ["x"] * 101}, "event_types"),
        ({"type": "subscribe", "agents": [""]}, "agents[0]"),
        ({"type": "list_items", "limit": 0}, "limit"),
        ({"type": "list_items", "limit": 1001}, "limit"),
        ({"type": "list_items", "after": "x"}, "after"),
        ({"type": "list_items", "where": {"a": 1}}, "where"),
        ({"type": "list_items", "where": [["a", "=", 1]]}, "where[0]"),
        ({"type": "list_items", "where": [["a", "==", "x" * 501]]}, "where[0]"),
        ({"type": "list_items", "where": [["a", "==", 1]] * 33}, "where"),
        ({"type": "get_item"}, "item_id"),
        ({"type": "import"}, "text"),
        ({"type": "import", "text": ""}, "text"),
        ({"type": "import", "text": "a", "format": "xlsx"}, "format"),
        ({"type": "export", "format": "xlsx"}, "format"),
        ({"type": "attach"}, "run_id"),
        ({"type": "attach", "run_id": "r", "after": -1}, "after"),
        ({"type": "cancel"}, "run_id"),
    ],
)
def test_a_message_that_breaks_a_rule_of_shape_is_refused_by_path(keys: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidMessageError) as refusal:
        parsed(**keys)
    assert refusal.value.path == path
    assert refusal.value.message
