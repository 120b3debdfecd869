"""Comparisons of two values, as conditions make them."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from streamd.core.values import Value, caseless, equal, equality_key, is_number, nfc


def _alike(left: object, right: object) -> bool:
    """Whether two values are equal but for the case of their texts."""
    if isinstance(left, str) and isinstance(right, str):
        return caseless(left) == caseless(right)
    return equality_key(left, ignore_case=True) == equality_key(right, ignore_case=True)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def holds(left: Value, right: Value) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(nfc(left), nfc(right))
        return is_number(left) and is_number(right) and compare(left, right)

    return holds


def _among(same: Callable[[object, object], bool]) -> Callable[[Value, Value], bool]:
    def holds(left: Value, right: Value) -> bool:
        return isinstance(right, list) and any(member is not None and same(left, member) for member in right)

    return holds


def _contains(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return caseless(right) in caseless(left)
    return isinstance(left, list) and any(member is not None and _alike(member, right) for member in left)


COMPARE: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "=~": _alike,
    "!~": lambda left, right: not _alike(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _among(equal),
    "in~": _among(_alike),
    "contains": _contains,
}
