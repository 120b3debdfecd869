"""Conditions on items, as a request states them: comparisons, values, criteria, and what joins and negates them."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from streamd.core.criteria import ORDERED
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value, caseless
from streamd.facts import frozen
from streamd.language._field_literals import among, literal_of
from streamd.language._lexicon import FieldWord
from streamd.language._name_heads import head_key


@frozen
class Compare:
    """Compares a field with a number, a text, or another field of the same item."""

    field: FieldWord
    comparison: str
    right: float | str | FieldWord
    surface: str = ""

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether the comparison holds; false when a side is missing or of another kind."""
        item_type = str(fields.get("type", ""))
        name = self.field.get(item_type, "")
        left = fields.get(name)
        right: object = self.right
        if isinstance(right, Mapping):
            right = fields.get(right.get(item_type, ""))
        spec = types.declared[item_type].fields.get(name) if item_type in types.declared else None
        if isinstance(self.right, str) and spec is not None and spec.reads_literals:
            right = literal_of(spec, self.right, self.comparison)
        if left is None or right is None:
            return False
        if isinstance(left, list):
            if self.comparison in ("==", "!="):
                return among(left, right) is (self.comparison == "==")
            left = ", ".join(str(member) for member in left)
        if isinstance(left, str) and isinstance(right, str):
            if self.comparison in ORDERED and name in types.numeric_fields({item_type}):
                return False
            if self.comparison == "contains":
                return caseless(right) in caseless(left)
            if self.comparison == "starts":
                return caseless(left).startswith(caseless(right))
            if self.comparison == "ends":
                return caseless(left).endswith(caseless(right))
            return _COMPARE[self.comparison](caseless(left), caseless(right))
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        return numbers and self.comparison in _COMPARE and _COMPARE[self.comparison](left, right)


@frozen
class OneOf:
    """Matches a value that occurs in a field of the items: `in Warehouse A`, `from Global Parts Inc`."""

    values: Mapping[tuple[str, str], str]
    """(type, field) → value; any of them."""
    surface: str

    def holds(self, fields: Mapping[str, Value], _types: ItemTypes) -> bool:
        """Whether a field of the item has the value."""
        item_type = fields.get("type")
        return any(
            item_type == of and among(fields.get(field, ""), value)
            for (of, field), value in self.values.items()
        )


@frozen
class MeetsCriterion:
    """Applies a declared criterion, by type."""

    criteria: Mapping[str, str]
    surface: str

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether the item's type has the criterion and the item meets it."""
        item_type = str(fields.get("type", ""))
        name = self.criteria.get(item_type)
        return name is not None and types.declared[item_type].criteria[name].holds(fields)


@frozen
class HasField:
    """Checks that a field is set, or `absent`; false for an item whose type has no such field."""

    field: FieldWord
    surface: str
    absent: bool = False

    def holds(self, fields: Mapping[str, Value], _types: ItemTypes) -> bool:
        """Whether the field is set, or absent."""
        field = self.field.get(str(fields.get("type", "")))
        return field is not None and (fields.get(field) in (None, "", [], {})) == self.absent


@frozen
class ReferredBy:
    """Checks whether items refer to the item, or `absent`: none do; false for an item of another type."""

    by: Mapping[str, frozenset[str]]
    """By type: names and ids of the items that are referred to, in lower case."""
    surface: str
    absent: bool = False

    def holds(self, fields: Mapping[str, Value], _types: ItemTypes) -> bool:
        """Whether others refer to the item."""
        known = self.by.get(str(fields.get("type", "")))
        if known is None:
            return False
        return any(caseless(str(fields.get(one, ""))) in known for one in ("name", "id")) is not self.absent


@frozen
class HeadedBy:
    """Checks whether a name is that of one of the things that a noun means: `gloves` of `Nitrile Gloves L`."""

    noun: str
    """Lower case, the last word in the singular."""
    surface: str
    values: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
    """Values that are called so, by type and field: of a category `Mugs` are mugs, too, whatever their names."""

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether the head of the item's name ends with the noun, or the item has such a value."""
        if self.values and OneOf(self.values, self.surface).holds(fields, types):
            return True
        return f" {head_key(str(fields.get('name', '')))}".endswith(f" {self.noun}")


@frozen
class Not:
    """Negates a condition."""

    of: "Predicate"

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether the inner condition does not hold; false for types without the criterion or field."""
        item_type = str(fields.get("type", ""))
        if isinstance(self.of, MeetsCriterion) and item_type not in self.of.criteria:
            return False
        if isinstance(self.of, OneOf) and all(of != item_type for of, _ in self.of.values):
            return False
        return not self.of.holds(fields, types)

    @property
    def surface(self) -> str:
        """The condition in words."""
        return f"not {self.of.surface}"


@frozen
class AllOf:
    """Joins conditions by `and`."""

    of: "tuple[Predicate, ...]"

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether all conditions hold."""
        return all(part.holds(fields, types) for part in self.of)

    @property
    def surface(self) -> str:
        """The conditions in words."""
        return " and ".join(part.surface for part in self.of)


@frozen
class AnyOf:
    """Joins conditions by `or`."""

    of: "tuple[Predicate, ...]"

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether any condition holds."""
        return any(part.holds(fields, types) for part in self.of)

    @property
    def surface(self) -> str:
        """The conditions in words."""
        return " or ".join(part.surface for part in self.of)


Predicate: TypeAlias = (
    Compare | OneOf | MeetsCriterion | HasField | ReferredBy | HeadedBy | Not | AllOf | AnyOf
)

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def conjunction_of(*parts: Predicate | None) -> Predicate | None:
    """Join conditions by `and`; None without any."""
    given = tuple(part for part in parts if part is not None)
    return AllOf(given) if len(given) > 1 else (given[0] if given else None)
