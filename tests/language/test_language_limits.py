"""Large workspaces and hostile texts are answered soon and without harm."""

import time
from collections.abc import Sequence

import pytest

from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes
from streamd.language import understand
from tests.support.machine import calibrated

pytestmark = pytest.mark.long

HOSTILE = {
    "connectors": "and " * 30_000,
    "quotes": '"' * 60_000,
    "brackets": "(" * 60_000,
    "one long word": "a" * 60_000,
    "digits": "9" * 60_000,
    "negations": "not " * 1_900,
    "nested exceptions": "Remove all items" + " except all items" * 600,
    "alternatives": "remove items in Hall 1" + " or in Hall 2" * 450,
    "nouns": "remove items" + " and items" * 900,
    "half conditions": "remove items " + "with stock " * 900,
    "addresses": "@a" * 900,
    "unknown words": "remove " + "flurbl " * 1_900,
    "misspelt words": "remove " + " ".join(f"produc{chr(97 + n % 26)}t" for n in range(1_900)),
    "unfinished additions": "add a supplier named " * 400,
    "a long list": "Add " + ", ".join(f"Thing{n}" for n in range(900)),
    "many clauses": "add an item. " * 600,
    "many preferences": "I prefer suppliers from Europe. " * 600,
    "a preference of many places": "I prefer suppliers from Europe" + " and Asia" * 30,
    "many analyses": "check stock, " * 600,
    "many needs": "recommend suppliers for " + "5 Part, " * 600,
    "courtesies": "please could you " * 600,
    "surrogates and controls": "\0\x01\ud800 remove",
}
SECONDS = 5.0
"""Of processor time; half a second where coverage is not traced. The bound only has to tell linear from worse."""


@pytest.fixture(scope="module")
def many() -> Sequence[Item]:
    return [
        item_of(
            {"id": f"inv-{n}", "type": "inventory", "name": f"Part {n} Mk{n % 7}", "current_stock": n % 50,
             "max_stock": 100, "reorder_point": 20, "supplier": f"Supplier {n % 300}", "location": f"Hall {n % 40}"}
        )
        for n in range(10_000)
    ]  # fmt: skip


@pytest.mark.long  # traced line by line it would take five times as long
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_answered_soon(text: str, many: Sequence[Item], types: ItemTypes) -> None:
    started = time.process_time()
    understand(text, {}, many, types)
    assert time.process_time() - started < SECONDS * calibrated()


@pytest.mark.parametrize(
    "text",
    [
        "Remove all low stock items in Hall 7",
        "Remove Part 77 Mk0",
        "set the stock of all items to 5",
        "add 10000 items",
    ],
)
def test_ten_thousand_items_are_no_burden(text: str, many: Sequence[Item], types: ItemTypes) -> None:
    started = time.process_time()
    assert understand(text, {}, many, types).calls
    assert time.process_time() - started < SECONDS * calibrated()


@pytest.mark.parametrize(
    "text",
    [
        "I prefer to buy from Supplier 77",
        "Recommend suppliers for Part 77 Mk0",
        "Check stock, forecast demand for what is low and recommend suppliers",
    ],
)
def test_ten_thousand_items_are_no_burden_for_analyses_and_preferences(
    text: str, many: Sequence[Item], types: ItemTypes
) -> None:
    started = time.process_time()
    assert not understand(text, {}, many, types).refusal
    assert time.process_time() - started < SECONDS * calibrated()


def test_a_text_of_too_many_words_is_refused(items: Sequence[Item], types: ItemTypes) -> None:
    assert "2,000 words" in understand("remove Product A " * 1_000, {}, items, types).refusal
