import pytest

from streamd.core.item import ItemId, Seq
from streamd.wire.messages.connection_messages import (
    DisconnectMessage,
    HelloMessage,
    SubscribeMessage,
    UnsubscribeMessage,
)
from streamd.wire.messages.item_messages import (
    GetItemMessage,
    ListItemsMessage,
    SnapshotMessage,
)
from streamd.wire.messages.table_messages import ExportMessage, ImportMessage
from tests.support.parsing import parsed, refused_path


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
    assert message == HelloMessage("t", "w", Seq(0), "e", snapshot=True, client={"name": "c"}, user_id="u")
    assert "'t'" not in repr(message)


def test_hello_may_say_nothing_and_name_its_program_by_a_text() -> None:
    assert parsed(type="hello") == HelloMessage()
    assert parsed(type="hello", client="canvas", snapshot=1) == HelloMessage(
        client={"name": "canvas"}, snapshot=True
    )


@pytest.mark.parametrize("keys", [{"item_types": ["note"]}, {"types": ["note"]}, {"item_type": "note"}])
@pytest.mark.parametrize("kind", ["snapshot", "subscribe", "unsubscribe"])
def test_item_types_have_three_names(kind: str, keys: dict[str, object]) -> None:
    message = parsed(type=kind, **keys)
    assert isinstance(message, SnapshotMessage | SubscribeMessage | UnsubscribeMessage)
    assert message.item_types == frozenset({"note"})


def test_a_subscription_names_topics_and_filters() -> None:
    message = parsed(
        type="subscribe", topics=["items", "quality"], event_types=["item_added"], agents=["inventory_agent"]
    )
    assert message == SubscribeMessage(
        frozenset({"items", "quality"}), None, frozenset({"item_added"}), frozenset({"inventory_agent"})
    )


def test_an_empty_filter_is_not_an_absent_one() -> None:
    assert parsed(type="subscribe", item_types=[]) == SubscribeMessage(item_types=frozenset())


def test_a_list_begins_at_the_first_item_and_has_a_hundred() -> None:
    assert parsed(type="list_items") == ListItemsMessage(after=Seq(0), limit=100)


def test_a_list_may_be_narrowed() -> None:
    where = [["current_stock", "<", "reorder_point"], ["tags", "contains", "red"]]
    message = parsed(type="list_items", item_type="note", where=where, criterion="low", after=7, limit=1000)
    assert message == ListItemsMessage("note", tuple(where), "low", Seq(7), 1000)


def test_the_other_messages_are_read() -> None:
    assert parsed(type="get_item", item_id="a", request_id=1) == GetItemMessage(ItemId("a"), request_id=1)
    assert parsed(type="disconnect") == DisconnectMessage()
    assert parsed(type="export", item_type="note") == ExportMessage("note")
    assert parsed(type="import", format="csv", text="a\n1", filename="a.csv", dry_run=True) == ImportMessage(
        "a\n1", None, "a.csv", dry_run=True
    )


@pytest.mark.parametrize(
    ("keys", "path"),
    [
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
    ],
)
def test_a_message_that_breaks_a_rule_of_shape_is_refused_by_path(keys: dict[str, object], path: str) -> None:
    assert refused_path(**keys) == path
