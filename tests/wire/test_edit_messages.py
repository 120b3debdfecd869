import pytest

from streamd.core import change as changes
from streamd.core.item import ItemId, Seq
from streamd.errors import InvalidMessageError
from streamd.wire.messages.edit_messages import (
    AddItemMessage,
    BulkMessage,
    ChangeItemMessage,
    NewItem,
    PublishMessage,
    RemoveItemMessage,
)
from tests.support.parsing import parsed, refused_path

A = ItemId("a")


def test_a_change_is_read_with_everything_it_may_say() -> None:
    message = parsed(
        type="change_item",
        item_id="a",
        set={"supplier": "x", "note": None},
        unset=["old"],
        inc={"current_stock": -5, "weight": 0.5},
        add_to_set={"tags": ["red", "new"], "sizes": 4},
        base=1234,
        on_conflict="merge",
        op_id="op",
        user_id="u1",
        request_id=7,
    )
    assert message == ChangeItemMessage(
        changes.ChangeItem(
            A,
            {"supplier": "x", "note": None},
            ("old",),
            {"current_stock": -5, "weight": 0.5},
            {"tags": ("red", "new"), "sizes": (4,)},
            Seq(1234),
            "merge",
        ),
        "op",
        "u1",
        request_id=7,
    )


def test_a_change_overwrites_when_it_does_not_say_what_to_do_on_conflict() -> None:
    message = parsed(type="change_item", item_id="a", set={"x": 1})
    assert message == ChangeItemMessage(changes.ChangeItem(A, {"x": 1}))


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"set": {"x": 1}}, "item_id"),
        ({"item_id": "", "set": {"x": 1}}, "item_id"),
        ({"item_id": 5, "set": {"x": 1}}, "item_id"),
        ({"item_id": "a" * 201, "set": {"x": 1}}, "item_id"),
        ({"item_id": "a"}, "set"),
        ({"item_id": "a", "set": {}}, "set"),
        ({"item_id": "a", "set": ["x"]}, "set"),
        ({"item_id": "a", "set": {"id": "b"}}, "id"),
        ({"item_id": "a", "set": {"x": 2**53}}, "set.x"),
        ({"item_id": "a", "set": {"x": "y" * 70_000}}, "set.x"),
        ({"item_id": "a", "set": {str(n): 1 for n in range(257)}}, "set"),
        ({"item_id": "a", "unset": "x"}, "unset"),
        ({"item_id": "a", "unset": [1]}, "unset"),
        ({"item_id": "a", "unset": ["id"]}, "id"),
        ({"item_id": "a", "inc": ["x"]}, "inc"),
        ({"item_id": "a", "inc": {"x": "1"}}, "inc.x"),
        ({"item_id": "a", "inc": {"x": True}}, "inc.x"),
        ({"item_id": "a", "inc": {"x": 1e300}}, "inc.x"),
        ({"item_id": "a", "add_to_set": []}, "add_to_set"),
        ({"item_id": "a", "add_to_set": {"x": None}}, "add_to_set.x"),
        ({"item_id": "a", "set": {"x": 1}, "base": -1}, "base"),
        ({"item_id": "a", "set": {"x": 1}, "base": "7"}, "base"),
        ({"item_id": "a", "set": {"x": 1}, "base": True}, "base"),
        ({"item_id": "a", "set": {"x": 1}, "on_conflict": "win"}, "on_conflict"),
        ({"item_id": "a", "set": {"x": 1}, "on_conflict": []}, "on_conflict"),
        ({"item_id": "a", "set": {"x": 1}, "op_id": ""}, "op_id"),
        ({"item_id": "a", "set": {"x": 1}, "op_id": 5}, "op_id"),
        ({"item_id": "a", "set": {"x": 1}, "user_id": {}}, "user_id"),
    ],
)
def test_a_change_that_breaks_a_rule_of_shape_is_refused_by_path(keys: dict[str, object], path: str) -> None:
    assert refused_path(type="change_item", **keys) == path


@pytest.mark.parametrize("beside", [{"id": "a"}, {"item_id": "a"}, {"id": "a", "item_id": "a"}])
def test_the_id_of_a_new_item_may_stand_beside_it(beside: dict[str, object]) -> None:
    message = parsed(type="add_item", item={"type": "note", "name": "n"}, **beside)
    assert message == AddItemMessage(NewItem(A, {"type": "note", "name": "n"}))


def test_the_id_of_a_new_item_may_stand_in_it_or_be_left_to_the_daemon() -> None:
    assert parsed(type="add_item", item={"id": "a", "type": "note"}, op_id="op") == AddItemMessage(
        NewItem(A, {"type": "note"}), "op"
    )
    assert parsed(type="add_item", item={"type": "note"}) == AddItemMessage(NewItem(None, {"type": "note"}))


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({}, "item"),
        ({"item": []}, "item"),
        ({"item": {"id": "a"}, "id": "b"}, "id"),
        ({"item": {"id": 5}}, "id"),
        ({"item": {"x": 2**60}}, "item.x"),
        ({"item": {"\n": 1}}, "\n"),
    ],
)
def test_a_new_item_that_breaks_a_rule_of_shape_is_refused_by_path(
    keys: dict[str, object], path: str
) -> None:
    assert refused_path(type="add_item", **keys) == path


def test_a_removal_has_a_reason_even_if_nobody_gave_one() -> None:
    assert parsed(type="remove_item", item_id="a") == RemoveItemMessage(changes.RemoveItem(A, "removed"))
    assert parsed(type="remove_item", item_id="a", reason="sold", base=3) == RemoveItemMessage(
        changes.RemoveItem(A, "sold", Seq(3))
    )
    assert refused_path(type="remove_item", item_id="a", reason="x" * 501) == "reason"


def test_a_custom_event_is_read_whatever_its_name() -> None:
    message = parsed(type="publish", event_type="rang", data={"n": 1}, item_id="a")
    assert message == PublishMessage(changes.Publish("rang", {"n": 1}, A))


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"data": {}}, "event_type"),
        ({"event_type": "e"}, "data"),
        ({"event_type": "e", "data": []}, "data"),
        ({"event_type": "e", "data": {"x": 2**60}}, "data.x"),
        ({"event_type": "e", "data": {}, "item_id": ""}, "item_id"),
    ],
)
def test_a_custom_event_that_breaks_a_rule_of_shape_is_refused_by_path(
    keys: dict[str, object], path: str
) -> None:
    assert refused_path(type="publish", **keys) == path


def test_bulk_reads_items_to_add_to_remove_and_to_update() -> None:
    add = parsed(type="bulk", operation="add_multiple", items=[{"id": "a", "name": "n"}, {"name": "m"}])
    assert add == BulkMessage("add_multiple", (NewItem(A, {"name": "n"}), NewItem(None, {"name": "m"})))
    remove = parsed(
        type="bulk", operation="remove_multiple", items=["a", {"id": "b"}, {"item_id": "c", "reason": "sold"}]
    )
    assert remove == BulkMessage(
        "remove_multiple",
        (
            changes.RemoveItem(A),
            changes.RemoveItem(ItemId("b")),
            changes.RemoveItem(ItemId("c"), "sold"),
        ),
    )
    update = parsed(
        type="bulk",
        operation="update_multiple",
        items=[{"item_id": "a", "set": {"x": 1}}],
        atomic=True,
        op_id="o",
    )
    assert update == BulkMessage(
        "update_multiple", (changes.ChangeItem(A, {"x": 1}),), atomic=True, op_id="o"
    )


def test_item_by_item_a_bad_item_refuses_only_itself() -> None:
    message = parsed(
        type="bulk", operation="update_multiple", items=[{"item_id": "a"}, {"id": "a", "inc": {"x": 1}}, 5]
    )
    assert isinstance(message, BulkMessage)
    bad, good, no_object = message.items
    assert isinstance(bad, InvalidMessageError)
    assert bad.path == "items[0].set"
    assert good == changes.ChangeItem(A, inc={"x": 1})
    assert isinstance(no_object, InvalidMessageError)
    assert no_object.path == "items[2]"


def test_all_or_nothing_a_bad_item_refuses_the_message() -> None:
    items: list[object] = ["a", {"reason": "x"}]
    assert (
        refused_path(type="bulk", operation="remove_multiple", items=items, atomic=True) == "items[1].item_id"
    )


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"items": ["a"]}, "operation"),
        ({"operation": "explode", "items": ["a"]}, "operation"),
        ({"operation": "remove_multiple"}, "items"),
        ({"operation": "remove_multiple", "items": []}, "items"),
        ({"operation": "remove_multiple", "items": {}}, "items"),
        ({"operation": "remove_multiple", "items": ["a"] * 10_001}, "items"),
        ({"operation": "remove_multiple", "items": ["a"], "atomic": "yes"}, "atomic"),
    ],
)
def test_bulk_that_breaks_a_rule_of_shape_is_refused_by_path(keys: dict[str, object], path: str) -> None:
    assert refused_path(type="bulk", **keys) == path
