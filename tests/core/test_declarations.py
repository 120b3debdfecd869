"""Declarations that no item could ever fit, and criteria that are the same for all items, are mistakes."""

import pytest

from streamd.core.criteria import parse_conditions
from streamd.core.declared.declarations import item_types_from
from streamd.errors import ConfigurationError

FIELDS: dict[str, dict[str, object]] = {
    "stock": {"type": "integer"},
    "state": {"type": "string", "choices": ["open", "done"]},
    "due": {"type": "date"},
    "seen": {"type": "datetime"},
    "price": {"type": "decimal", "places": 2},
    "seen_at": {"type": "list", "of": "datetime"},
    "tags": {"type": "list", "of": "string"},
    "sold": {"type": "boolean"},
    "notes": {"type": "list"},
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
        (["due", "==", 2026], "must be a date such as"),
        (["due", "<", "soon"], "must be a date such as"),
        (["seen", "<", "2026-02-28"], "must be an instant such as"),
        (["price", "<", "prcie"], "did you mean price?"),
        (["state", "in", "open"], "must be a list"),
        (["stock", "in~", 5], "must be a list"),
        (["stock", "in", []], "no value is in an empty list"),
        (["stock", "==", True], "stock is a number, never true"),
        (["sold", "==", 1], "sold is true or false, never 1"),
        (["sold", "<", True], "neither above nor below"),
        (["tags", "<", 3], "neither above nor below"),
        (["tags", "==", "a"], "tags is a list, never"),
        (["tags", "contains", 3], "the members of tags are of type string, never 3"),
        (["stock", "contains", "1"], "contains nothing"),
        (["state", "<", "stock"], "state is text and stock is a number"),
        (["stock", "<", float("inf")], "is not a finite number"),
        (["stock", "in", [2**53]], "is beyond ±(2^53-1)"),
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
        ["notes", "contains", 3], ["sold", "!=", True], ["tags", "contains", "state"], ["due", "contains", "-03-"],
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


@pytest.mark.parametrize(
    ("condition", "literal"),
    [
        (["seen", "<", "2026-02-28T10:30:00+02:00"], "2026-02-28T08:30:00.000000Z"),
        (["seen", "=~", "2026-02-28t10:30z"], "2026-02-28T10:30:00.000000Z"),
        (["seen", "in", ["2026-02-28T10:30:00.5Z"]], ["2026-02-28T10:30:00.500000Z"]),
        (["seen", "contains", "2026-02"], "2026-02"),
        (["seen_at", "contains", "2026-02-28T10:30:00.000Z"], "2026-02-28T10:30:00.000000Z"),
        (["seen_at", "==", ["2026-02-28T10:30:00.000Z"]], ["2026-02-28T10:30:00.000000Z"]),
        (["price", "==", "1.50"], 1.5),
        (["price", ">", 1.505], 1.505),
        (["price", ">", "1.50"], 1.5),
        (["due", "<", "2026-03"], "2026-03"),
    ],
)
def test_what_a_field_is_compared_with_is_read_as_its_kind(condition: list[object], literal: object) -> None:
    types = item_types_from({"part": {"fields": FIELDS, "criteria": {"c": {"where": [condition]}}}})
    (declared,) = types.get("part").criteria["c"].conditions
    (sent,) = parse_conditions([condition], literals=types.literals())
    assert declared.right == sent.right == literal


def test_a_field_that_two_types_declare_differently_is_compared_as_it_is_written() -> None:
    tables: dict[str, object] = {
        "part": {"fields": FIELDS}, "note": {"fields": {"seen": {"type": "string"}}},
    }  # fmt: skip
    types = item_types_from(tables)
    assert "seen" not in types.literals()
    assert {"due", "price"} <= types.literals().keys()
    assert "seen" in types.literals({"part"})


def test_the_texts_of_instants_are_in_the_order_of_time() -> None:
    field = item_types_from({"part": {"fields": FIELDS}}).get("part").fields["seen"]
    written = ["T10:00Z", "T12:00:00.25+02:00", "T10:00:00.5Z", "T10:00:00.500001Z", "T10:00:01Z"]
    stored = [str(field.fitted(f"2026-02-28{one}")) for one in written]
    assert stored == sorted(stored)
    assert len({len(one) for one in stored}) == 1


@pytest.mark.parametrize(
    ("field", "where", "what"),
    [
        ({"type": "number", "default": 12345678901234567890}, "default", "is beyond ±(2^53-1)"),
        ({"type": "number", "minimum": float("-inf")}, "minimum", "is not a finite number"),
        ({"type": "number", "choices": [1, float("nan")]}, "choices[1]", "is not a finite number"),
        ({"type": "object", "default": {"a": [1e16]}}, "default.a[0]", "is beyond ±(2^53-1)"),
        (
            {"type": "string", "required": True, "default": " "},
            "default",
            "is no value, and the field is required",
        ),
    ],
)
def test_no_value_is_declared_that_no_item_can_hold(field: dict[str, object], where: str, what: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        item_types_from({"part": {"fields": {"size": field}}})
    (told,) = caught.value.mistakes
    assert told.where == f"item_types.part.fields.size.{where}"
    assert what in told.what
