"""Criteria: conditions on an item's fields, declared in `config.toml` or sent by a client in `where`."""

import operator
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Literal, cast, get_args

import attrs

from streamd.core.values import (
    Value,
    caseless,
    equal,
    equality_key,
    equality_keys,
    exact_product,
    is_number,
    nfc,
    spelling_in,
)
from streamd.errors import InvalidMessageError

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "contains", "=~", "!~", "in~"]
"""`==`, `!=` and `in` are exact, `=~`, `!~`, `in~` and `contains` ignore the case of texts. Texts are compared in NFC."""
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)

ORDERED: Final[frozenset[str]] = frozenset({"<", "<=", ">", ">="})


@attrs.frozen
class FieldTimes:
    """Right side of a condition: another field of the same item, times a factor."""

    field: str
    factor: float = 1.0


@attrs.frozen
class Condition:
    """One triple: a field, a comparison, and a value or another field."""

    field: str
    comparison: Comparison
    right: Value | FieldTimes
    numeric: bool = False
    """Whether the field is declared as a number: then a text in it is neither above nor below anything."""
    _members: frozenset[Hashable] | None = attrs.field(init=False, eq=False, repr=False)
    """Keys of the members of a list on the right side, so that a long one costs no more than a short one."""

    @_members.default
    def _members_of_right(self) -> frozenset[Hashable] | None:
        if not isinstance(self.right, list) or self.comparison not in ("in", "in~"):
            return None
        given = [member for member in self.right if member is not None]
        if self.comparison == "in":
            return frozenset(equality_keys(given))
        return frozenset(equality_key(member, ignore_case=True) for member in given)

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether it is true for these fields. False where a value is missing; `<` and the like only compare two of a kind."""
        left = fields.get(spelling_in(fields, self.field))
        right: Value | None
        if isinstance(self.right, FieldTimes):
            right = fields.get(spelling_in(fields, self.right.field))
            if is_number(right) and self.right.factor != 1.0:
                right = exact_product(cast("float", right), self.right.factor)
        else:
            right = self.right
        if left is None or right is None:
            return False
        if self._members is not None:
            return equality_key(left, ignore_case=self.comparison == "in~") in self._members
        if self.numeric and self.comparison in ORDERED and not is_number(left):
            return False
        return _COMPARE[self.comparison](left, right)


@attrs.frozen
class Criterion:
    """A named conjunction of conditions."""

    name: str
    conditions: tuple[Condition, ...]
    aliases: tuple[str, ...] = ()
    """Synonyms in requests, lower case."""

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether every condition is true for these fields."""
        return all(condition.holds(fields) for condition in self.conditions)


def parse_conditions(
    triples: object,
    *,
    fields: frozenset[str] = frozenset(),
    numbers: frozenset[str] = frozenset(),
    path: str = "where",
) -> tuple[Condition, ...]:
    """Parse conditions from `[[field, comparison, value-or-field], …]`.

    A text on the right side that is one of `fields`, or one of them `* <number>`, refers to that field of the item; any
    other value is literal. `numbers` are the fields that are declared as numbers. Raises InvalidMessageError with the path.
    """
    if not isinstance(triples, Sequence) or isinstance(triples, str):
        raise InvalidMessageError(f"{path} must be a list of [field, comparison, value]", path=path)
    return tuple(
        _parse_one(triple, fields, numbers, f"{path}[{index}]") for index, triple in enumerate(triples)
    )


def _parse_one(triple: object, fields: frozenset[str], numbers: frozenset[str], path: str) -> Condition:
    if not isinstance(triple, Sequence) or isinstance(triple, str) or len(triple) != 3:
        raise InvalidMessageError(f"{path} must be [field, comparison, value]", path=path)
    field, comparison, right = triple
    if not isinstance(field, str) or not field:
        raise InvalidMessageError(f"{path}[0] must be the name of a field", path=path)
    if comparison not in COMPARISONS:
        raise InvalidMessageError(f"{path}[1] must be one of {', '.join(COMPARISONS)}", path=path)
    if right is None:
        raise InvalidMessageError(f"{path}[2] must be a value or a field", path=path)
    if isinstance(right, str) and len(right) <= _LONGEST_TERM:
        match = _FIELD_TIMES.fullmatch(nfc(right.strip()))
        if match and match["field"] in fields:
            return Condition(
                field, comparison, FieldTimes(match["field"], float(match["factor"] or 1)), field in numbers
            )
    return Condition(field, comparison, right, field in numbers)


_FIELD_TIMES: Final = re.compile(r"(?P<field>\w+)(?:\s*\*\s*(?P<factor>\d+(?:\.\d+)?))?")
_LONGEST_TERM: Final = 200


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


_COMPARE: Final[Mapping[Comparison, Callable[[Value, Value], bool]]] = {
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
