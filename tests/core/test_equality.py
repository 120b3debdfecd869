"""One equality for edits, undo, sets and conditions: JSON's, with texts compared in NFC. Sums and products are those of decimals."""

import json
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.change import AddItem, ChangeItem
from streamd.core.criteria import parse_conditions
from streamd.core.item import ItemId, item_of
from streamd.core.lists.exact_numbers import exact_product, exact_sum
from streamd.core.thread import InterruptAnswer
from streamd.core.undo import Left, Past, PastChange, compensation, rebased
from streamd.core.values import MAX_INTEGER, equal, equality_key
from streamd.errors import RefusedError
from tests.support.hall import Hall, accepted, add, code

A: Final = ItemId("a")
NFC: Final = "\u00e9t\u00e9"
NFD: Final = "e\u0301te\u0301"

SAME: Final[tuple[tuple[Any, Any], ...]] = (
    (1, 1.0), (0, -0.0), (NFC, NFD), ("K", "\u212a"), ([1, {"a": [2]}], [1.0, {"a": [2.0]}]), ({NFC: 1}, {NFD: 1.0}),
    ([NFC], [NFD]), ({}, {}), (True, True), (None, None), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
)  # fmt: skip
DIFFERENT: Final[tuple[tuple[Any, Any], ...]] = (
    (True, 1), (False, 0), (True, 1.0), (None, 0), (None, False), ("1", 1), ("", None), ("a", "A"), ("e", NFC), ([], {}),
    ([True], [1]), ({"a": [True]}, {"a": [1]}), ([1], [1, 1]), ([1, 2], [2, 1]), ({"a": 1}, {"a": 1, "b": 1}),
    ({"a": None}, {}), ({"a": 1}, {"b": 1}), ({NFC: 1, NFD: 1}, {NFC: 1}), ("\u00df", "ss"), ("true", True),
)  # fmt: skip


@pytest.mark.parametrize(("left", "right"), SAME)
def test_equal_values(left: object, right: object) -> None:
    assert equal(left, right)
    assert equal(right, left)
    assert equality_key(left) == equality_key(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_values(left: object, right: object) -> None:
    assert not equal(left, right)
    assert not equal(right, left)
    assert equality_key(left) != equality_key(right)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 0.5, "", "a", "A", NFC, NFD]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", NFC]), inner, max_size=2)
    ),
    max_leaves=6,
)


def normal(value: object) -> str:
    """The value as text in which equal values are spelt alike."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False).replace(NFD, NFC)
    return text.replace("0.0", "0").replace("1.0", "1")


@given(values, values)
def test_equality_is_that_of_json(left: object, right: object) -> None:
    assert (
        equal(left, right) == (normal(left) == normal(right)) == (equality_key(left) == equality_key(right))
    )


# ── where it holds ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("left", "right"), [pair for pair in SAME if None not in pair])
def test_an_equal_value_is_no_change_and_no_new_member(left: Any, right: Any) -> None:
    hall = Hall()
    hall.wish(add(note=left, tags=[left]))

    assert accepted(hall.wish(ChangeItem(A, {"note": right}))).events == ()
    assert accepted(hall.wish(ChangeItem(A, add_to_set={"tags": (right,)}))).events == ()


@pytest.mark.parametrize(("left", "right"), [pair for pair in DIFFERENT if None not in pair])
def test_a_different_value_is_a_change_and_a_new_member(left: Any, right: Any) -> None:
    hall = Hall()
    hall.wish(add(note=left, tags=[left]))

    assert accepted(hall.wish(ChangeItem(A, {"note": right}))).events
    accepted(hall.wish(ChangeItem(A, add_to_set={"tags": (right,)})))
    assert hall.item("a").fields["tags"] == [left, right]


@pytest.mark.parametrize(("left", "right"), [(True, 1), (0, False), ([True], [1]), ({"a": True}, {"a": 1.0})])
def test_undo_does_not_take_true_for_1(left: Any, right: Any) -> None:
    """The later edit left something else than what would be taken back: it is in the way."""
    past = [PastChange(2, "field_changed", A, {"note": left}, {"note": "before"})]  # type: ignore[arg-type]
    undoing, left_by = compensation(Past(past)), Left({A})
    left_by.add(past)
    item = item_of({"id": "a", "type": "inventory", "name": "Bolt", "note": right}, version=3)

    assert rebased(undoing, left_by, {A: item}) == undoing


@pytest.mark.parametrize(("left", "right"), [*SAME, *DIFFERENT])
def test_an_answer_to_a_question_is_the_same_if_its_value_is_equal(left: Any, right: Any) -> None:
    answer, again = InterruptAnswer("edit", {"a": left}), InterruptAnswer("edit", {"a": right})
    assert answer.is_same_as(again) == equal(left, right)
    assert not answer.is_same_as(InterruptAnswer("approve", {"a": left}))


def found(comparison: str, left: Any, right: Any) -> bool:
    (condition,) = parse_conditions([["x", comparison, right]])
    return condition.holds({"x": left})


@pytest.mark.parametrize(("left", "right"), [pair for pair in SAME if None not in pair])
def test_conditions_find_equal_values(left: Any, right: Any) -> None:
    assert found("==", left, right)
    assert not found("!=", left, right)
    assert found("in", left, ["other", right])
    assert found("contains", [left], right)


@pytest.mark.parametrize(
    ("left", "right"), [pair for pair in DIFFERENT if None not in pair and pair[0] not in ("a", "\u00df")]
)
def test_conditions_do_not_find_different_values(left: Any, right: Any) -> None:
    for comparison in ("==", "=~"):
        assert not found(comparison, left, right)
    for comparison in ("!=", "!~"):
        assert found(comparison, left, right)
    for comparison in ("in", "in~"):
        assert not found(comparison, left, ["other", right])
    assert not found("contains", [left], right)


def test_case_counts_but_where_the_comparison_ignores_it() -> None:
    for left, right in (("Acme", "acme"), (NFC.upper(), NFD), ("STRASSE", "straße"), (["Acme"], ["ACME"])):
        assert [found(comparison, left, right) for comparison in ("==", "!=", "=~", "!~")] == [
            False,
            True,
            True,
            False,
        ]
        assert not found("in", left, [right])
        assert found("in~", left, [right])
    assert found("contains", "Acme Metals", "METAL")
    assert found("contains", ["Acme"], "acme")
    assert found("<", "B", "a")
    assert not found("<", "a", "B")


def test_order_is_among_numbers_or_among_texts() -> None:
    for left, right in ((True, 2), (1, True), ("1", 2), (1, "2"), ([1], [2])):
        assert not any(found(comparison, left, right) for comparison in ("<", "<=", ">", ">="))
    assert found("<=", NFC, NFD)
    assert found(">=", NFC, NFD)


def test_a_field_times_a_factor_is_exact() -> None:
    (condition,) = parse_conditions([["a", "==", "b * 3"]], fields=frozenset({"a", "b"}))
    assert condition.holds({"a": 0.3, "b": 0.1})


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_of_fields_and_types_are_one_in_both_spellings() -> None:
    hall = Hall()
    accepted(hall.wish(AddItem(A, {"type": NFD, "name": NFD, NFD: 1})))
    assert hall.item("a").fields == {"type": NFC, "name": NFD, NFC: 1}

    accepted(hall.wish(ChangeItem(A, {NFD: 2})))
    accepted(hall.wish(ChangeItem(A, inc={NFD: 2})))
    assert hall.item("a").fields[NFC] == 4
    accepted(hall.wish(ChangeItem(A, unset=(NFD,))))
    assert NFC not in hall.item("a").fields
    accepted(hall.wish(ChangeItem(A, {"type": NFD + NFD})))
    assert hall.item("a").type == NFC + NFC


def test_a_field_that_is_given_in_both_spellings_is_refused() -> None:
    hall = Hall()
    assert (
        code(hall.wish(AddItem(A, {"type": "inventory", "name": "Bolt", NFC: 1, NFD: 2})))
        == "invalid_message"
    )
    hall.wish(add())
    assert code(hall.wish(ChangeItem(A, {NFC: 1, NFD: 2}))) == "invalid_message"
    assert code(hall.wish(ChangeItem(A, {NFC: 1}, inc={NFD: 2}))) == "invalid_message"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SUMS: Final = (
    (0.1, 0.2, 0.3), (1e-10, 1e-10, 2e-10), (0.1, 0.7, 0.8), (1.1, 2.2, 3.3), (0.3, -0.1, 0.2), (1e15, 0.1, 1e15 + 0.1),
    (123456789.123456789, 1e-9, 123456789.12345679), (5e-324, 5e-324, 1e-323), (1, 2, 3), (0.5, 0.5, 1.0), (2, 0.5, 2.5),
    (1e300, -1e300, 0.0), (4503599627370497, 0.5, 4503599627370497.5), (-0.1, 0.1, 0.0), (19.99, 0.01, 20.0),
)  # fmt: skip


@pytest.mark.parametrize(("value", "by", "total"), SUMS)
def test_a_sum_is_that_of_the_decimals(value: float, by: float, total: float) -> None:
    assert exact_sum((value, by)) == total


@pytest.mark.parametrize(("value", "by", "total"), [row for row in SUMS if abs(row[0]) < 1e16])
def test_inc_is_exact(value: float, by: float, total: float) -> None:
    hall = Hall()
    hall.wish(add(stock=value))
    accepted(hall.wish(ChangeItem(A, inc={"stock": by})))
    assert hall.item("a").fields["stock"] == total


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(0, 12))
def test_decimals_that_are_counted_in_any_steps_come_to_their_sum(steps: list[int], digits: int) -> None:
    hall = Hall()
    hall.wish(add())
    for step in steps:
        accepted(hall.wish(ChangeItem(A, inc={"stock": float(Fraction(step, 10**digits))})))

    exact = float(Fraction(sum(steps), 10**digits))
    assert hall.item("a").fields.get("stock", 0) == exact
    assert exact_sum(float(Fraction(step, 10**digits)) for step in steps) == exact


def test_whole_numbers_stay_whole() -> None:
    hall = Hall()
    hall.wish(add(stock=5))
    accepted(hall.wish(ChangeItem(A, inc={"stock": 2.0})))
    assert repr(hall.item("a").fields["stock"]) == "7"


@pytest.mark.parametrize(
    ("value", "by"),
    [
        (MAX_INTEGER, 1),
        (-MAX_INTEGER, -1),
        (MAX_INTEGER, 0.5),
        (1e300, 5),
        (1e16, 1),
        (1, float("inf")),
        (1, float("nan")),
    ],
)
def test_a_sum_that_no_double_or_whole_number_holds_is_refused(value: float, by: float) -> None:
    hall = Hall()
    if abs(value) <= MAX_INTEGER or abs(value) >= 1e21:
        accepted(hall.wish(add(stock=value)))
    assert isinstance(hall.wish(ChangeItem(A, inc={"stock": by})), RefusedError)


def test_a_product_is_that_of_the_decimals() -> None:
    assert (exact_product(3, 0.1), exact_product(1.1, 1.1), exact_product(4, 5)) == (0.3, 1.21, 20)
    assert exact_product(100, 1.1) == 110.0
