"""The syntax tree of a request, before names are resolved: conditions, noun phrases, assignments and clauses."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from streamd.core.criteria import ORDERED
from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value, caseless
from streamd.errors import StreamdError
from streamd.language._field_literals import among, literal_of
from streamd.language._imperatives import VerbKind
from streamd.language._lexicon import FieldWord
from streamd.language._quantities import Quantity


class NotUnderstoodError(StreamdError):
    """A request, or a part of one, that is refused: the message gives the reason, candidates are items that may be meant."""

    code = "not_understood"

    def __init__(self, message: str, candidates: tuple[ItemId, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class UnclearValueError(NotUnderstoodError):
    """A value in a request, such as a date or a name, that cannot be what it is compared with; no question ignores it."""


@attrs.frozen
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


@attrs.frozen
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


@attrs.frozen
class MeetsCriterion:
    """Applies a declared criterion, by type."""

    criteria: Mapping[str, str]
    surface: str

    def holds(self, fields: Mapping[str, Value], types: ItemTypes) -> bool:
        """Whether the item's type has the criterion and the item meets it."""
        item_type = str(fields.get("type", ""))
        name = self.criteria.get(item_type)
        return name is not None and types.declared[item_type].criteria[name].holds(fields)


@attrs.frozen
class HasField:
    """Checks that a field is set, or `absent`; false for an item whose type has no such field."""

    field: FieldWord
    surface: str
    absent: bool = False

    def holds(self, fields: Mapping[str, Value], _types: ItemTypes) -> bool:
        """Whether the field is set, or absent."""
        field = self.field.get(str(fields.get("type", "")))
        return field is not None and (fields.get(field) in (None, "", [], {})) == self.absent


@attrs.frozen
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


@attrs.frozen
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


@attrs.frozen
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


@attrs.frozen
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


Predicate: TypeAlias = Compare | OneOf | MeetsCriterion | HasField | ReferredBy | Not | AllOf | AnyOf

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def conjunction_of(*parts: Predicate | None) -> Predicate | None:
    """Join conditions by `and`; None without any."""
    given = tuple(part for part in parts if part is not None)
    return AllOf(given) if len(given) > 1 else (given[0] if given else None)


@attrs.frozen
class Superlative:
    """Selects the items with the highest or lowest value of a field; the field `#` is the order of adding."""

    field: FieldWord
    highest: bool
    count: int
    surface: str


@attrs.frozen
class NameMention:
    """A name in a request, and the items of exactly that name."""

    text: str
    ids: tuple[ItemId, ...] = ()
    quoted: bool = False
    key: str = ""
    """The lookup form of the name, with typing mistakes corrected."""


@attrs.frozen
class NounPhrase:
    """A noun phrase that selects items."""

    surface: str = ""
    type: str = ""
    generic: bool = False
    plural: bool = False
    everything: bool = False
    every: bool = False
    """`all`, `every`, `each`, `any`."""
    definite: bool = False
    pronoun: bool = False
    others: bool = False
    """`other`, `remaining`: without the items named last."""
    count: Quantity | None = None
    names: tuple[NameMention, ...] = ()
    condition: Predicate | None = None
    superlative: Superlative | None = None
    excluded: "tuple[NounPhrase, ...]" = ()

    @property
    def bare_of_conditions(self) -> bool:
        """Whether it selects all items of a type, or of all types."""
        return not (self.names or self.condition or self.superlative or self.pronoun or self.excluded)

    @property
    def refers_back(self) -> bool:
        """Whether it selects among the items named before: `the first`, `the last two`, `the cheapest one`."""
        if self.superlative is None or self.type or self.names or self.everything:
            return False
        return "#" in self.superlative.field or self.surface.casefold().rpartition(" ")[2] in ("one", "ones")

    @property
    def bare(self) -> bool:
        """Whether it consists of a type only."""
        return not (self.names or self.condition or self.superlative or self.pronoun or self.everything)


@attrs.frozen
class Assignment:
    """A field and its new value or change."""

    field: FieldWord
    field_surface: str
    raw: str = ""
    number: Quantity | None = None
    source: FieldWord | None = None
    """Another field of the same item whose value is copied: `to their max`."""
    delta: bool = False
    """The number is added (negative: subtracted), or is a percentage to change by."""
    factor: float | None = None
    unset: bool = False
    ids: tuple[ItemId, ...] = ()
    """Items of an order line; the number is their quantity."""
    values: Mapping[tuple[str, str], str] = attrs.field(factory=dict)


@attrs.frozen
class NewItems:
    """New items: their type, number, names and fields."""

    type: str
    count: Quantity | None = None
    names: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()


@attrs.frozen
class Clause:
    """One command as parsed."""

    kind: VerbKind
    verb: str
    targets: tuple[NounPhrase, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    new: tuple[NewItems, ...] = ()
    name: str = ""
