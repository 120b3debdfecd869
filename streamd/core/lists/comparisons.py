"""Comparisons of two values, as conditions make them."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from streamd.core.values import Value, caseless, equal, equality_key, is_number, nfc

_MARK: Final = "\0"


def _alike(left: object, right: object) -> bool:
    """Whether two values are equal but for the case of their texts."""
    if isinstance(left, str) and isinstance(right, str):
        return caseless(left) == caseless(right)
    if type(left) is not type(right) and not (is_number(left) and is_number(right)):
        return False
    if isinstance(left, list | dict) and len(left) != len(cast("list[object]", right)):
        return False
    return equality_key(left, ignore_case=True) == equality_key(right, ignore_case=True)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def holds(left: Value, right: Value) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(nfc(left), nfc(right))
        return is_number(left) and is_number(right) and compare(left, right)

    return holds


def _has(members: list[object], value: object, *, ignore_case: bool) -> bool:
    """Whether a list has a member that equals a value. A long list of texts costs little more than one long text."""
    if isinstance(value, str):
        texts = [member for member in members if isinstance(member, str)]
        joined, wanted = _MARK.join(texts), caseless(value) if ignore_case else nfc(value)
        # A text that has the mark itself would look like two.
        if joined.count(_MARK) < len(texts) and _MARK not in wanted:
            joined = caseless(joined) if ignore_case else nfc(joined)
            return bool(texts) and f"{_MARK}{wanted}{_MARK}" in f"{_MARK}{joined}{_MARK}"
    same = _alike if ignore_case else equal
    return any(member is not None and same(value, member) for member in members)


def _among(*, ignore_case: bool) -> Callable[[Value, Value], bool]:
    return lambda left, right: isinstance(right, list) and _has(right, left, ignore_case=ignore_case)


def _contains(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return caseless(right) in caseless(left)
    return isinstance(left, list) and _has(left, right, ignore_case=True)


COMPARE: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "=~": _alike,
    "!~": lambda left, right: not _alike(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _among(ignore_case=False),
    "in~": _among(ignore_case=True),
    "contains": _contains,
}
