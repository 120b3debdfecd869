"""Orders, shipments, notes and types that nobody declared are spoken of like any other."""

from collections.abc import Mapping, Sequence

import attrs
import pytest

from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes

from .harness import outcome_of

pytestmark = pytest.mark.requirement("A13")

MORE = [
    {"id": "po-1", "type": "order", "name": "PO-1001", "supplier": "Global Parts Inc", "status": "pending",
     "total_amount": 1200, "priority": "high"},
    {"id": "po-2", "type": "order", "name": "PO-1002", "status": "delivered", "total_amount": 300, "priority": "low"},
    {"id": "sh-1", "type": "shipment", "name": "SH-1", "status": "delayed", "destination": "Berlin",
     "origin": "Hamburg", "carrier": "DHL"},
    {"id": "sh-2", "type": "shipment", "name": "SH-2", "status": "in transit", "destination": "Paris",
     "origin": "Berlin", "carrier": "UPS"},
    {"id": "n-1", "type": "note", "name": "Call Bob", "text": "about prices"},
    {"id": "p-1", "type": "project", "name": "Apollo", "owner": "Ann", "budget": 500},
    {"id": "p-2", "type": "project", "name": "Gemini", "owner": "Bob", "budget": 900},
    {"id": "inv-e", "type": "inventory", "name": "Remove Before Flight tag", "current_stock": 5, "category": "Tools"},
    {"id": "inv-f", "type": "inventory", "name": "Glass, tempered", "current_stock": 9, "category": "Electronics"},
]  # fmt: skip


@pytest.fixture
def all_items(items: Sequence[Item]) -> Sequence[Item]:
    return [*items, *(item_of(flat) for flat in MORE)]  # type: ignore[arg-type]  # a table of plain values


@pytest.mark.parametrize(
    ("say", "removed"),
    [
        ("Remove all delayed shipments", ["sh-1"]),
        ("delete all pending orders", ["po-1"]),
        ("delete orders with a total above $1,000", ["po-1"]),
        ("Remove orders from Global Parts Inc", ["po-1"]),
        ("Remove shipments to Berlin", ["sh-1"]),
        ("Remove shipments from Berlin", ["sh-2"]),
        ("delete shipments via UPS", ["sh-2"]),
        ("Remove the note Call Bob", ["n-1"]),
        ("remove projects with budget over 600", ["p-2"]),
        ("delete all projects", ["p-1", "p-2"]),
        ("Remove all orders and shipments", ["po-1", "po-2", "sh-1", "sh-2"]),
        ("Remove the Remove Before Flight tag", ["inv-e"]),
        ("Remove Glass, tempered and Product A", ["inv-a", "inv-f"]),
        ("remove all Electronics items", ["inv-f"]),
        ("remove items in category Tools", ["inv-e"]),
    ],
)
def test_a_removal_finds_items_of_any_type(
    say: str, removed: list[str], all_items: Sequence[Item], types: ItemTypes
) -> None:
    assert sorted(outcome_of(say, all_items, types).removed) == removed


@pytest.mark.parametrize(
    ("say", "changed"),
    [
        ("mark PO-1001 as delivered", {"po-1": {"status": "delivered"}}),
        ("set the due date of PO-1001 to 2026-12-01", {"po-1": {"expected_delivery": "2026-12-01"}}),
        ("set the due date of PO-1001 to tomorrow", {}),
        ("set the budget of Apollo to 700", {"p-1": {"budget": 700}}),
        ("Double the total of PO-1001", {"po-1": {"total_amount": 2400}}),
        ("rename Call Bob to Call Ann", {"n-1": {"name": "Call Ann"}}),
        ("set the stock of Remove Before Flight tag to 7", {"inv-e": {"current_stock": 7}}),
    ],
)
def test_a_change_knows_the_fields_of_any_type(
    say: str, changed: Mapping[str, object], all_items: Sequence[Item], types: ItemTypes
) -> None:
    assert outcome_of(say, all_items, types).changed == changed


def test_an_undeclared_type_is_refused_where_only_declared_ones_are_accepted(
    items: Sequence[Item], types: ItemTypes
) -> None:
    closed = attrs.evolve(types, accept_undeclared=False)
    assert outcome_of("Create a new project item named Apollo", items, types).added
    refused = outcome_of("Create a new project item named Apollo", items, closed)
    assert refused.nothing
    assert "project" in refused.understanding.refusal


def test_a_name_that_two_items_bear_is_not_guessed(items: Sequence[Item], types: ItemTypes) -> None:
    twin = item_of({"id": "inv-t", "type": "inventory", "name": "Product A"})
    found = outcome_of("Remove Product A", [*items, twin], types)
    assert found.nothing
    assert set(found.understanding.candidates) == {"inv-a", "inv-t"}


def test_a_reply_says_what_a_rough_number_was_taken_for(items: Sequence[Item], types: ItemTypes) -> None:
    assert "«several» to mean 3" in outcome_of("create several suppliers", items, types).understanding.reply


def test_a_reply_says_what_a_misspelt_word_was_taken_for(items: Sequence[Item], types: ItemTypes) -> None:
    assert "«prodct» to be «product»" in outcome_of("remvoe prodct b", items, types).understanding.reply
