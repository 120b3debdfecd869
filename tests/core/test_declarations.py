"""Declarations that no item could ever fit, and criteria that are the same for all items, are mistakes."""

import pytest

from streamd.core.declared.declarations import item_types_from
from streamd.errors import ConfigurationError

FIELDS: dict[str, dict[str, object]] = {
    "stock": {"type": "integer"},
    "state": {"type": "string", "choices": ["open", "done"]},
    "due": {"type": "date"},
    "tags": {"type": "list", "of": "string"},
}


def mistakes(condition: list[object]) -> list[str]:
    try:
        item_types_from({"part": {"fields": FIELDS, "criteria": {"c": {"where": [condition]}}}})
    except ConfigurationError as error:
        return [mistake.what for mistake in error.mistakes]
    return []


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        (["stock", "<", "stokc"], "did you mean stock?"),
        (["stock", "==", "stokc"], "did you mean stock?"),
        (["stock", "in", [1, "two"]], "«two» is none"),
        (["state", "==", "dnoe"], "must be one of: open, done"),
        (["state", "!=", "dnoe"], "must be one of: open, done"),
        (["state", "in", ["open", "Done"]], "must be one of: open, done"),
        (["state", "=~", 3], "state is text"),
        (["due", "==", 2026], "due is text"),
        (["state", "in", "open"], "must be a list"),
        (["stock", "in~", 5], "must be a list"),
    ],
)
def test_a_criterion_that_is_the_same_for_all_items_is_a_mistake(condition: list[object], what: str) -> None:
    (told,) = mistakes(condition)
    assert what in told


@pytest.mark.parametrize(
    "condition",
    [
        ["stock", "<", 1.5], ["stock", "==", "stock * 2"], ["state", "=~", "DONE"], ["state", "in~", ["DONE"]],
        ["state", "contains", "on"], ["due", "<", "2026"], ["state", "in", "tags"], ["tags", "==", ["a"]],
    ],
)  # fmt: skip
def test_a_criterion_that_may_hold_is_none(condition: list[object]) -> None:
    assert mistakes(condition) == []


@pytest.mark.parametrize("on_remove", ["clear", "ask"])
def test_the_advice_for_a_required_reference_can_be_followed(on_remove: str) -> None:
    def declared(on_remove: str) -> None:
        field = {"type": "reference", "refers_to": "part", "required": True, "on_remove": on_remove}
        item_types_from({"part": {"fields": {"parent": field}}})

    with pytest.raises(ConfigurationError, match="say refuse"):
        declared(on_remove)
    declared("refuse")


def test_a_list_of_no_choices_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="allows no value"):
        item_types_from({"part": {"fields": {"state": {"choices": []}}}})
