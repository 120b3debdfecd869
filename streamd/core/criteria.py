"""Criteria: conditions on an item's fields, declared in `config.toml` or sent by a client in `where`."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, cast, get_args

import attrs

from streamd.core.values import Value
from streamd.errors import InvalidMessageError

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "contains"]
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)


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

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether it is true for these fields. A missing value, or one of another type, compares as false."""
        left = fields.get(self.field)
        right: Value | None
        if isinstance(self.right, FieldTimes):
            right = fields.get(self.right.field)
            if _is_number(right) and self.right.factor != 1.0:
                right = cast("float", right) * self.right.factor
        else:
            right = self.right
        if left is None or right is None:
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
    triples: object, *, fields: frozenset[str] = frozenset(), path: str = "where"
) -> tuple[Condition, ...]:
    """Parse conditions from `[[field, comparison, value-or-field], …]`.

    A text on the right side that is one of `fields`, or one of them `* <number>`, refers to that field of the item; any
    other value is literal. Raises InvalidMessageError with the path.
    """
    if not isinstance(triples, Sequence) or isinstance(triples, str):
        raise InvalidMessageError(f"{path} must be a list of [field, comparison, value]", path=path)
    return tuple(_parse_one(triple, fields, f"{path}[{index}]") for index, triple in enumerate(triples))


def _parse_one(triple: object, fields: frozenset[str], path: str) -> Condition:
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
        match = _FIELD_TIMES.fullmatch(right.strip())
        if match and match["field"] in fields:
            return Condition(field, comparison, FieldTimes(match["field"], float(match["factor"] or 1)))
    return Condition(field, comparison, right)


_FIELD_TIMES: Final = re.compile(r"(?P<field>\w+)(?:\s*\*\s*(?P<factor>\d+(?:\.\d+)?))?")
_LONGEST_TERM: Final = 200


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    return left == right


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def holds(left: Value, right: Value) -> bool:
        both_numbers = _is_number(left) and _is_number(right)
        both_texts = isinstance(left, str) and isinstance(right, str)
        return (both_numbers or both_texts) and compare(left, right)

    return holds


def _in(left: Value, right: Value) -> bool:
    return isinstance(right, list) and any(member is not None and _equal(left, member) for member in right)


def _contains(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return right.casefold() in left.casefold()
    return isinstance(left, list) and any(member is not None and _equal(member, right) for member in left)


_COMPARE: Final[Mapping[Comparison, Callable[[Value, Value], bool]]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _in,
    "contains": _contains,
}
