"""What may stand in an item, whichever wish brings it."""

from collections.abc import Mapping

import pytest

from streamd.core.change import AddItem, ChangeItem
from streamd.core.decide import Decision
from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import ItemId
from streamd.core.item_type import ItemType, ItemTypes
from tests.support.hall import Hall, accepted, add, code

pytestmark = pytest.mark.requirement("A9")

A = ItemId("a")


def nested(depth: int) -> object:
    value: object = "leaf"
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"x": nested(32)}, True),
        ({"x": nested(33)}, False),
        ({"x": 2**53 - 1}, True),
        ({"x": -(2**53)}, False),
        ({"x": float("inf")}, False),
        ({"x": "é" * 32_768}, True),
        ({"x": "é" * 32_769}, False),
        ({"n" * 128: 1}, True),
        ({"n" * 129: 1}, False),
        ({"": 1}, False),
        ({"tab\t": 1}, False),
        ({"id": "b"}, False),
        ({f"n{number}": number for number in range(254)}, True),
        ({f"n{number}": number for number in range(255)}, False),
        ({"name": 5}, False),
        ({"type": ""}, False),
        ({"type": None}, False),
        ({"name": None}, False),
    ],
)  # fmt: skip
def test_limits_hold_for_new_items_and_for_changes_alike(fields: Mapping[str, object], allowed: bool) -> None:
    there = Hall()
    there.wish(add())

    added = Hall().wish(add(**fields))
    changed = there.wish(ChangeItem(A, fields))  # type: ignore[arg-type]

    for outcome in (added, changed):
        assert isinstance(outcome, Decision) if allowed else code(outcome) == "invalid_message"
    if not allowed:
        assert there.top == 1


def test_counting_stays_within_what_javascript_counts() -> None:
    hall = Hall()
    hall.wish(add(stock=2**53 - 1, note="text", tags=3))

    for wish in (
        ChangeItem(A, inc={"stock": 1}),
        ChangeItem(A, inc={"note": 1}),
        ChangeItem(A, add_to_set={"tags": (1,)}),
        ChangeItem(A, {"stock": 1}, inc={"stock": 1}),
    ):
        assert code(hall.wish(wish)) == "invalid_message"
    assert hall.top == 1


def test_the_declaration_of_a_type_holds_for_every_road_to_a_field() -> None:
    stock = FieldSpec("stock", "integer", minimum=0)
    declared = ItemType("inventory", fields={"stock": stock}, other_fields=False)
    types = ItemTypes({"inventory": declared}, accept_undeclared=False)
    hall = Hall(types)
    accepted(hall.wish(add(stock=1)))

    for wish in (
        ChangeItem(A, {"stock": -1}),
        ChangeItem(A, inc={"stock": -2}),
        ChangeItem(A, {"stock": "many"}),
        ChangeItem(A, {"colour": "red"}),
        ChangeItem(A, {"type": "boat"}),
        AddItem(ItemId("b"), {"type": "boat", "name": "Boat"}),
    ):
        assert code(hall.wish(wish)) == "invalid_message"
    assert hall.item("a").fields["stock"] == 1
