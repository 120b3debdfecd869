"""What a value costs grows with its size, and never with its square; and many values are judged as each of them is."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.core.change import joined
from streamd.core.criteria import Comparison, parse_conditions
from streamd.core.values import (
    MAX_INTEGER,
    _fault,
    _is_surely_valid,
    equal,
    equality_key,
    equality_keys,
)
from tests.core.test_equality import NFC, NFD, values

FEW: Final = 5_000
TIMES: Final = 8

texts = st.sampled_from(["", "a", "A", "ss", "\u00df", "\0", "a\0A", "\u212a", "k", NFC, NFD])
odd = st.recursive(
    st.none()
    | st.booleans()
    | texts
    | st.floats()
    | st.integers(-MAX_INTEGER - 1, MAX_INTEGER + 1)
    | st.sampled_from(["\ud800", "\udc00", "x" * 16_385, "é" * 32_769, 1e16, 1e22, (), b""]),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(texts | st.just("\ud800"), inner, max_size=3),
)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value, {"a": value}]
    return value


@given(odd)
def test_what_a_look_at_all_finds_valid_is_valid_one_by_one(value: object) -> None:
    assert _fault(value, 1) is None or not _is_surely_valid(value)


@pytest.mark.parametrize("value", [[1] * 9, ["a", NFC] * 9, [[{"a": [None, 0.5, True]}]], nested(8), {}, []])
def test_a_look_at_all_is_enough_for_what_is_usual(value: object) -> None:
    assert _is_surely_valid(value)


@given(st.lists(values, min_size=5, max_size=9), st.lists(values, min_size=5, max_size=9))
def test_long_lists_are_equal_where_each_member_is(left: list[object], right: list[object]) -> None:
    assert equal(left, right) == (len(left) == len(right) and all(map(equal, left, right)))
    assert equality_keys(left) == [equality_key(member) for member in left]
    assert (equality_key(left) == equality_key(right)) == equal(left, right)


@given(
    st.lists(values | texts, max_size=9), (values | texts).filter(lambda value: value is not None), st.booleans(), st.sampled_from([1, 100])
)  # fmt: skip
def test_a_list_has_what_one_of_its_members_equals(
    members: list[object], value: object, ignore_case: bool, times: int
) -> None:
    wanted = equality_key(value, ignore_case=ignore_case)
    is_there = any(equality_key(one, ignore_case=ignore_case) == wanted for one in members if one is not None)
    fields: Any = {"list": members * times, "value": value}

    comparison: Comparison = "in~" if ignore_case else "in"
    among = parse_conditions([["value", comparison, "list"]], fields=frozenset({"list"}))
    assert among.holds(fields) == is_there
    if ignore_case:
        assert parse_conditions([["list", "contains", value]]).holds(fields) == is_there


def letters(count: int) -> list[object]:
    return [f"{n:x}" for n in range(count)]


GROWING: Final[dict[str, Callable[[Sequence[Any]], object]]] = {
    "a set": lambda given: joined(list(given), "f", tuple(given)),
    "a set of objects": lambda given: joined([{"a": n} for n in given], "f", tuple({"a": n} for n in given)),
    "a check": lambda given: _is_surely_valid([[{"a": [n]}] for n in given]),
    "equality": lambda given: equal([[n] for n in given], [[n] for n in given]),
    "among literals": lambda given: [
        parse_conditions([["f", "in", list(given)]]).holds({"f": one}) for one in given[:10]
    ],
    "conditions of a list": lambda given: [
        parse_conditions([["f", "contains", "no"]]).holds({"f": list(given)}) for _ in range(10)
    ],
}


@pytest.mark.alone
@pytest.mark.parametrize("name", GROWING)
def test_eight_times_as_many_members_cost_about_eight_times_as_much(name: str) -> None:
    few, many = letters(FEW), letters(FEW * TIMES)

    def seconds(members: Sequence[Any]) -> float:
        gc.disable()  # a collection looks at all that the tests have made
        try:
            start = time.thread_time()
            GROWING[name](members)
            return time.thread_time() - start
        finally:
            gc.enable()

    least = min(seconds(few) for _ in range(3))
    # With the square of the number it would be 64 times as much.
    assert min(seconds(many) for _ in range(3)) < max(least, 0.0005) * TIMES * 4
