"""Comparisons of two values, as conditions make them."""

import operator
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, cast

from streamd.core.values import Value, caseless, equal, equality_key, equality_keys, is_number, nfc

_FEW_MEMBERS: Final = 64
"""Up to so many, a list is quicker searched than its keys are made."""
_KEPT_MEMBERS: Final = 50_000


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


class _MemberKeys:
    """The keys of the members of the lists that were searched last.

    Each of many conditions searches the same list, in an item before its change and after it: the keys are made once.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[int, bool], tuple[list[object], frozenset[Hashable]]] = {}
        self._count = 0

    def of(self, members: list[object], *, ignore_case: bool) -> frozenset[Hashable]:
        """Make the keys of a list, or find them. Threads may ask at the same time."""
        place = (id(members), ignore_case)
        found = self._keys.get(place)
        if found is not None and found[0] is members:
            return found[1]
        given = [member for member in members if member is not None]
        keys = frozenset(equality_keys(given, ignore_case=ignore_case))
        if self._count + len(keys) > _KEPT_MEMBERS:
            self._keys, self._count = {}, 0
        self._keys[place] = (members, keys)
        self._count += len(keys)
        return keys


_KEYS: Final = _MemberKeys()


def _has(members: list[object], value: object, *, ignore_case: bool) -> bool:
    """Whether a list has a member that equals a value."""
    if len(members) > _FEW_MEMBERS:
        return equality_key(value, ignore_case=ignore_case) in _KEYS.of(members, ignore_case=ignore_case)
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
