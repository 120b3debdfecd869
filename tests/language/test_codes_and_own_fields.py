"""Items are also called by their codes; fields that no type declares can be asked for."""

from collections.abc import Mapping, Sequence

import pytest

from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value

from .harness import outcome_of

STATE: tuple[Mapping[str, Value], ...] = (
    {"id": "a", "type": "inventory", "name": "Lamp", "sku": "ELEC-001", "current_stock": 9, "defect_rates": 4.8},
    {"id": "b", "type": "inventory", "name": "Desk", "sku": "FURN-002", "current_stock": 4, "defect_rates": 1.2},
    {"id": "po", "type": "order", "name": "Spring order", "order_number": "PO-2024-001", "total_amount": 100},
    {"id": "sh", "type": "shipment", "name": "First load", "tracking_number": "1Z999AA1234567890",
     "status": "in transit", "origin": "Berlin", "destination": "Oslo"},
)  # fmt: skip


@pytest.fixture
def coded() -> Sequence[Item]:
    return [item_of(flat) for flat in STATE]


@pytest.mark.parametrize(
    ("say", "removed"),
    [
        ("Remove item ELEC-001", ["a"]),
        ("remove ELEC-001 and furn-002", ["a", "b"]),
        ("delete PO-2024-001", ["po"]),
        ("delete order PO-2024-001", ["po"]),
        ("remove 1Z999AA1234567890", ["sh"]),
        ("remove ELEC", []),
        ("remove all items with a defect rate above 4.5", ["a"]),
        ("remove the item with the highest defect rate", ["a"]),
    ],
)
def test_a_code_names_its_item(say: str, removed: list[str], coded: Sequence[Item], types: ItemTypes) -> None:
    assert sorted(outcome_of(say, coded, types).removed) == removed


def test_a_code_that_two_items_have_names_neither(coded: Sequence[Item], types: ItemTypes) -> None:
    twin = item_of({"id": "c", "type": "inventory", "name": "Lamp II", "sku": "ELEC-001"})
    outcome = outcome_of("remove ELEC-001", [*coded, twin], types)
    assert outcome.nothing
    assert outcome.understanding.candidates == ("a", "c")


def test_where_a_shipment_is_tells_its_way(coded: Sequence[Item], types: ItemTypes) -> None:
    assert "in transit, from Berlin to Oslo" in outcome_of("Where is 1Z999AA1234567890?", coded, types).words


def test_a_total_says_total_once(coded: Sequence[Item], types: ItemTypes) -> None:
    assert outcome_of("What is the total amount of all orders?", coded, types).words.startswith(
        "The total amount of all orders is 100."
    )
