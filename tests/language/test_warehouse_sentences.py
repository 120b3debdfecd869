"""Sentences of people in a warehouse do what they say, or are refused by the words that are not understood."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streamd.core.item import Item, item_of
from streamd.core.item_type import ItemTypes

from .harness import outcome_of
from .phrasings import compact, expected_of, shown

pytestmark = pytest.mark.requirement("A6")

REFUSING = re.compile(
    r"I did not understand|I do not know|I do not see|There is no item|have no «|^Which figure do you mean"
)
FOLDER = Path(__file__).parent / "warehouse"


def lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (FOLDER / name).read_text().splitlines():
        if line and not line.startswith("#"):
            say, _, expected = line.rpartition(" :: ")
            yield say, expected


@pytest.fixture(scope="module")
def warehouse() -> Sequence[Item]:
    given = tomllib.loads((FOLDER / "items.toml").read_text())["items"]
    return [item_of({"type": "inventory", **flat}) for flat in given]


def words_of(expected: str) -> list[str]:
    return [part.strip() for part in expected.split("|") if part.strip()]


@pytest.mark.parametrize(("say", "expected"), list(lines("orders.txt")), ids=lambda text: text)
def test_an_order_does_what_it_says_or_is_refused_by_name(
    say: str, expected: str, warehouse: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, warehouse, types)
    kind, _, named = expected.partition(" ")
    if kind == "refuse":
        assert found.nothing
        assert found.understanding.refusal
        for words in words_of(named):
            assert words in found.understanding.refusal
        return
    assert not found.understanding.refusal
    wanted = expected_of(expected)
    assert not found.added
    assert sorted(found.removed) == sorted(wanted.removed)
    changed = {
        item_id: {field: shown(value) for field, value in fields.items()}
        for item_id, fields in found.changed.items()
    }
    assert changed == {item_id: compact(fields) for item_id, fields in wanted.changed.items()}


@pytest.mark.parametrize(("say", "expected"), list(lines("questions.txt")), ids=lambda text: text)
def test_a_question_is_answered_exactly_or_refused_by_name(
    say: str, expected: str, warehouse: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, warehouse, types)
    assert found.nothing
    kind, _, rest = expected.partition(" ")
    understanding = found.understanding
    if kind == "refuse":
        assert not understanding.matched
        assert understanding.refusal or REFUSING.search(understanding.reply)
        for words in words_of(rest):
            assert words in found.words
        return
    assert not understanding.refusal
    if kind == "forecast":
        assert understanding.intent.actions == ("forecast",)
        assert set(rest.split()) <= set(understanding.matched)
        return
    ids, _, said = rest.partition("|")
    assert sorted(understanding.matched) == sorted(ids.split())
    for words in words_of(said):
        assert words in understanding.reply


def test_what_only_others_name_is_counted_as_such(warehouse: Sequence[Item], types: ItemTypes) -> None:
    stock = [one for one in warehouse if one.type == "inventory"]
    reply = outcome_of("How many suppliers do we have?", stock, types).understanding.reply
    assert reply.startswith("There are no suppliers of their own here; other items name 5: Foster Supplies, ")
    assert (
        outcome_of("How many shipments do we have?", stock, types).understanding.reply
        == "0 items match «shipments»."
    )


def test_the_beginning_of_a_name_that_is_a_value_of_others_is_asked_back(
    warehouse: Sequence[Item], types: ItemTypes
) -> None:
    labels = item_of({"type": "inventory", "id": "l", "name": "Labels", "category": "Barcode"})
    assert outcome_of("remove the barcode", warehouse, types).removed == ("bs",)
    found = outcome_of("remove the barcode", [*warehouse, labels], types)
    assert found.nothing
    assert "Barcode Scanner, Labels?" in found.understanding.refusal
