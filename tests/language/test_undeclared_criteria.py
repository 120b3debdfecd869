"""A criterion that no type here declares is not understood: dropped, it would mean every item."""

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.core.item import item_of
from streamd.core.item_type import ItemTypes
from tests.language.harness import outcome_of

PROJECTS = item_types_from({"project": {"fields": {"budget": {"type": "number"}}}})
ITEMS = [
    item_of({"id": "a", "type": "project", "name": "Apollo", "budget": 3}),
    item_of({"id": "b", "type": "project", "name": "Borg", "stock": 5}),
]


@pytest.mark.parametrize(
    "text",
    [
        "Show low stock items",
        "Show low stock projects",
        "List out of stock items",
        "Show sold out projects",
        "Which projects are urgent?",
        "Show projects that are delayed",
        "Which items are low on stock?",
        "Remove all low stock items",
        "Remove urgent projects",
    ],
)
@pytest.mark.parametrize("types", [PROJECTS, ItemTypes()], ids=["declared", "nothing declared"])
def test_it_is_not_dropped(text: str, types: ItemTypes) -> None:
    check_nothing_is_told(text, types)


def test_it_is_not_dropped_from_a_question_after_a_number() -> None:
    # Only with declared types: without any, `items` is no word, and the question is after all of them.
    check_nothing_is_told("How many low stock items are there?", PROJECTS)


def check_nothing_is_told(text: str, types: ItemTypes) -> None:
    outcome = outcome_of(text, ITEMS, types)
    assert outcome.nothing
    assert "Apollo" not in outcome.words
    assert "Borg" not in outcome.words


LOW_PARTS = item_types_from(
    {
        "part": {
            "fields": {"stock": {"type": "number"}},
            "criteria": {"low": {"where": [["stock", "<", 5]]}},
        },
        "task": {
            "fields": {"done": {"type": "boolean"}},
            "criteria": {"late": {"where": [["done", "==", False]]}},
        },
        "project": {"fields": {"budget": {"type": "number"}}},
    }
)
PARTS = [
    *ITEMS,
    item_of({"id": "p", "type": "part", "name": "Pin", "stock": 2}),
    item_of({"id": "t", "type": "task", "name": "Tidy up", "stock": 2}),
]


@pytest.mark.parametrize(
    "text",
    [
        "Show low projects",
        "Show projects that are low",
        "Show projects that are not low",
        "Which projects are low?",
        "How many low projects are there?",
        "Is Apollo low?",
        "Show all projects except low ones",
        "Show low parts and low projects",
        "Remove low projects",
        "Remove all low projects",
        "Remove all projects that are low",
        "Set the budget of all low projects to 3",
        "Remove low tasks",
    ],
)
def test_a_criterion_of_another_type_is_refused(text: str) -> None:
    outcome = outcome_of(text, PARTS, LOW_PARTS)
    assert outcome.nothing
    has_no = "Tasks have no «low»; they can be late" if "tasks" in text else "Projects have no «low»; compare"
    assert outcome.words.strip().startswith(has_no)


@pytest.mark.parametrize("text", ["Show low parts", "Show low items", "Which are low?", "Is Pin low?"])
def test_a_criterion_of_the_type_is_understood_beside_types_without_it(text: str) -> None:
    words = outcome_of(text, PARTS, LOW_PARTS).words
    assert "Pin" in words
    assert "(stock 2)" in words


@pytest.mark.parametrize(
    "text",
    [
        "Show all projects",
        "Which projects are there?",
        "What projects do we have?",
        "Show me the list of projects",
    ],
)
def test_the_whole_type_is_still_listed(text: str) -> None:
    assert "Apollo, Borg" in outcome_of(text, ITEMS, PROJECTS).words


def test_a_text_in_a_field_of_numbers_is_neither_low_nor_high() -> None:
    types = item_types_from(
        {
            "part": {
                "fields": {"stock": {"type": "number"}, "least": {"type": "number", "aliases": ["minimum"]}},
                "criteria": {"low": {"where": [["stock", "<=", "least"]]}},
            }
        }
    )
    items = [item_of({"id": "p", "type": "part", "name": "Pin", "stock": "100", "least": "20"})]
    for text in (
        "Remove all low parts",
        "Remove all parts with stock below minimum",
        "Remove parts with stock below 200",
    ):
        assert outcome_of(text, items, types).removed == (), text
