"""Sentences that fresh batches found to be misread: each stands for its kind, and is answered, done or asked back now."""

from collections.abc import Collection, Sequence

import pytest

from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value

from .harness import outcome_of

pytestmark = pytest.mark.requirement("A6")

ROWS: Sequence[tuple[Value, ...]] = [
    ("ch500", "Chain 500", "Chains", 14, 10, 12.5, "Black and White Ltd", "Bay 1"),
    ("ch5000", "Chain 5000", "Chains", 3, 10, 99, "Black and White Ltd", "Bay 1"),
    ("m8", "Bolt M8", "Fasteners", 1200, 400, 0.12, "Nuts and Bolts GmbH", "Bay 1"),
    ("nm8", "Nut M8", "Fasteners", 2600, 500, 0.05, "Nuts and Bolts GmbH", "Bay 1"),
    ("ear", "Ear Plugs", "Safety", 400, 200, 0.35, "Safety First", "Shelf 2"),
    ("tarp", "Tarp Blue", "Covers", 22, 10, 18, "Boxes Inc", "Yard"),
    ("tg", "Tarp Green", "Covers", 0, 10, 18, "Boxes Inc", "Yard"),
    ("mug", "Mug 300ml", "Mugs", 48, 12, 5.5, "Boxes Inc", "Yard"),
    ("blue", "Mug 300ml Blue", "Mugs", 14, 12, 5.9, "Boxes Inc", "Yard"),
    ("decaf", "Decaf 250g", "Coffee", 0, 10, 7, "Boxes Inc", "Shelf 2"),
]  # fmt: skip
FIELDS = ("id", "name", "category", "current_stock", "reorder_point", "unit_cost", "supplier", "location")
GIVEN: list[dict[str, Value]] = [
    *({"type": "inventory", **dict(zip(FIELDS, row, strict=True))} for row in ROWS),
    {"id": "s1", "type": "supplier", "name": "Smith and Sons", "risk_level": "low", "reliability_score": 88},
    {"id": "o1", "type": "order", "name": "PO 1", "order_date": "2026-11-20", "total_amount": 40},
    {"id": "o2", "type": "order", "name": "PO 2", "order_date": "2026-09-30", "total_amount": 75},
]
GIVEN[0].update(lead_time=7, status="seasonal")


@pytest.fixture(scope="module")
def shop() -> Sequence[Item]:
    return [item_of(one) for one in GIVEN]


@pytest.mark.parametrize(
    ("say", "why"),
    [
        ('new product: "Bolt M12", price 0.3, stock 500, fasteners', "«fasteners» is a further item"),
        ("Everything supplied by Boxes Inc now comes from Safety First", "I did not understand"),
        ("assign all tarps to Safety First", "Do you mean: Tarp Blue, Tarp Green?"),
        ("increase lead times by 2 days for everything from Black and White Ltd", "Chain 5000 has no number in lead_time"),
        ("remove all ear plugs from stock", "can mean two things"),
        ("move all items from Bay 1 to Bay 6 and from Bay 6 to Bay 7", "«and from Bay 6 to Bay 7»"),
        ("delete the oldest order", "I do not know by which date"),
        ("remove all of them", "I do not know what «all of them» refers to"),
    ],
)  # fmt: skip
def test_an_order_that_was_misread_is_refused_by_name(
    say: str, why: str, shop: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, shop, types)
    assert found.nothing
    assert why in found.words


def test_an_exception_spares_what_is_so_by_name_or_by_category(
    shop: Sequence[Item], types: ItemTypes
) -> None:
    moved = outcome_of("move everything from the Yard to Shelf D except the mugs", shop, types)
    assert set(moved.changed) == {"tarp", "tg"}


@pytest.mark.parametrize(
    ("say", "matched", "told"),
    [
        ("anything from Black and White Ltd that is low?", {"ch5000"}, "1 item"),
        ("is Chain 5000 low?", {"ch5000"}, "Yes"),
        ("low suppliers", {"s1"}, "Smith and Sons"),
        ("how many items do we have in total", {row[0] for row in ROWS}, "10 items"),
        ("how much is in Bay 1", {"ch500", "ch5000", "m8", "nm8"}, "Chain 500: stock 14"),
        ("how many mugs", {"mug", "blue"}, "stock of 62 in all"),
        ("do we have any decaf left", {"decaf"}, "current stock 0"),
        ("which items are seasonal", {"ch500"}, "Chain 500"),
        ("what is the average cost of the fasteners?", {"m8", "nm8"}, "0.085"),
        ("count items by location", {row[0] for row in ROWS}, "inventory items by location: Bay 1: 4; Shelf 2: 2; Yard: 4."),
        ("items per supplier", {row[0] for row in ROWS}, "Boxes Inc: 5; Nuts and Bolts GmbH: 2"),
        ("how many per category", {row[0] for row in ROWS}, "Chains: 2; Coffee: 1; Covers: 2; Fasteners: 2; Mugs: 2; Safety: 1."),
        ("total stock per category for items over 10 euros", {"ch500", "ch5000", "tarp", "tg"}, "Chains: 17; Covers: 22"),
    ],
)  # fmt: skip
def test_a_question_that_was_misread_is_answered(
    say: str, matched: Collection[Value], told: str, shop: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, shop, types)
    assert set(found.understanding.matched) == set(matched)
    assert told in found.words


@pytest.mark.parametrize(
    ("say", "why"),
    [
        ("are the tarps in the yard", "Do you mean: Tarp Blue, Tarp Green?"),
        ("the newest order", "I do not know by which date"),
        ("stock of nuts", "may be the beginning of «Nuts and Bolts GmbH»"),
        ("item with the highest stock in each location", "ask of one group at a time"),
        ("cheapest item per category", "ask of one group at a time"),
        (
            "items under 2 euros in Bay 1 and over 2 euros in Shelf 2",
            "Nothing is «in Bay 1» and «in Shelf 2» at once",
        ),
        ("all tarps now come from Safety First", "I did not understand"),
    ],
)
def test_a_question_that_was_misread_is_asked_back(
    say: str, why: str, shop: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, shop, types)
    assert found.nothing
    assert why in found.words
