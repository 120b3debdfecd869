"""Criteria: conditions on an item's fields, declared in `config.toml` or sent by a client in `where`."""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias, cast, get_args

import attrs

from streamd.core.lists.comparisons import COMPARE
from streamd.core.lists.exact_numbers import exact_product
from streamd.core.values import Value, equality_key, equality_keys, is_number, nfc, spelling_in
from streamd.errors import InvalidMessageError, did_you_mean
from streamd.facts import define, frozen

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "contains", "=~", "!~", "in~"]
"""`==`, `!=` and `in` are exact, `=~`, `!~`, `in~` and `contains` ignore the case of texts. Texts are compared in NFC."""
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)

ORDERED: Final[frozenset[str]] = frozenset({"<", "<=", ">", ">="})
MAX_CONDITIONS: Final = 32
"""Most conditions and named criteria of one `where`, whatever groups they are in."""
MAX_GROUP_DEPTH: Final = 8
"""How deep groups of conditions may be nested."""
_GROUPS: Final = ("any", "all", "not", "criterion")


@frozen
class FieldTimes:
    """Right side of a condition: another field of the same item, times a factor."""

    field: str
    factor: float = 1.0


@frozen
class Condition:
    """One triple: a field, a comparison, and a value or another field."""

    field: str
    comparison: Comparison
    right: Value | FieldTimes
    numeric: bool = attrs.field(default=False, eq=False)
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
        return COMPARE[self.comparison](left, right)

    def as_json(self) -> list[object]:
        """Return a triple that it could be parsed from."""
        right: object = self.right
        if isinstance(right, FieldTimes):
            right = right.field if right.factor == 1.0 else f"{right.field} * {right.factor:g}"
        return [self.field, self.comparison, right]


@frozen
class Where:
    """A tree of conditions: all of its parts must hold, or any of them, or not all of them."""

    parts: tuple["WhereClause", ...] = ()
    group: Literal["all", "any", "not"] = "all"

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether it is true for the fields of an item."""
        if self.group == "any":
            return any(part.holds(fields) for part in self.parts)
        return all(part.holds(fields) for part in self.parts) is not (self.group == "not")

    def __iter__(self) -> Iterator[Condition]:
        """Iterate over all conditions, in any depth; those of named criteria are not among them."""
        for part in self.parts:
            match part:
                case Condition():
                    yield part
                case Where():
                    yield from part
                case CriterionByType():
                    pass

    def as_json(self) -> object:
        """Return it as the group that it could be parsed from."""
        return {self.group: [part.as_json() for part in self.parts]}


NO_ITEM: Final = Where((Where(group="any"),))
"""Conditions that no item meets."""


@frozen
class Criterion:
    """Named conditions."""

    name: str
    conditions: Where
    aliases: tuple[str, ...] = ()
    """Synonyms in requests, lower case."""

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether its conditions are true for these fields."""
        return self.conditions.holds(fields)


@frozen
class CriterionByType:
    """A criterion by its name: each item type has its own. False for items of other types."""

    name: str
    criteria: Mapping[str, Criterion]

    def holds(self, fields: Mapping[str, Value]) -> bool:
        """Whether the criterion of the item's type is true for these fields."""
        criterion = self.criteria.get(str(fields.get("type", "")))
        return criterion is not None and criterion.holds(fields)

    def as_json(self) -> object:
        """Return what it was parsed from."""
        return {"criterion": self.name}


WhereClause: TypeAlias = Condition | CriterionByType | Where
CriteriaNamed: TypeAlias = Callable[[str], Mapping[str, Criterion]]
"""Looks a criterion up by name, for each item type that declares it."""
ReadLiteral: TypeAlias = Callable[[Value, Comparison], Value]
"""Reads a literal as the values of a field are stored. Raises InvalidMessageError that says what is expected."""


def parse_conditions(
    given: object,
    *,
    fields: frozenset[str] = frozenset(),
    numbers: frozenset[str] = frozenset(),
    literals: Mapping[str, ReadLiteral] | None = None,
    criteria: CriteriaNamed | None = None,
    path: str = "where",
) -> Where:
    """Parse conditions that must all hold, from `[[field, comparison, value-or-field], …]`.

    A text on the right that is one of `fields`, or one of them `* <number>`, refers to that field; others are literal. In place
    of a triple may stand `{"any": [...]}`, `{"all": [...]}`, `{"not": …}` or `{"criterion": name}`, also alone. `numbers` are
    the fields declared as numbers, `literals` reads what is compared with a field as its kind. Raises InvalidMessageError
    with the path, and what `criteria` raises.
    """
    return _Parser(fields, numbers, literals or {}, criteria).where(given, path)


@define
class _Parser:
    _fields: frozenset[str]
    _numbers: frozenset[str]
    _literals: Mapping[str, ReadLiteral]
    _criteria: CriteriaNamed | None
    _count: int = 0

    def where(self, given: object, path: str) -> Where:
        if isinstance(given, Mapping):
            return Where((self._group(given, path, 1),))
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise InvalidMessageError(f"{path} must be a list of [field, comparison, value]", path=path)
        return Where(self._all(given, path, 0))

    def _all(self, given: Sequence[object], path: str, depth: int) -> tuple[WhereClause, ...]:
        return tuple(self._clause(one, f"{path}[{index}]", depth) for index, one in enumerate(given))

    def _clause(self, given: object, path: str, depth: int) -> WhereClause:
        if isinstance(given, Mapping):
            return self._group(given, path, depth + 1)
        self._counted(path)
        return self._condition(given, path)

    def _group(self, given: Mapping[object, object], path: str, depth: int) -> WhereClause:
        if depth > MAX_GROUP_DEPTH:
            raise InvalidMessageError(f"{path} is nested deeper than {MAX_GROUP_DEPTH}", path=path)
        if len(given) != 1 or not any(name in given for name in _GROUPS):
            raise InvalidMessageError(
                f"{path} must be [field, comparison, value], or an object with one key of {', '.join(_GROUPS)}",
                path=path,
            )
        ((group, inner),) = given.items()
        path = f"{path}.{group}"
        if group == "criterion":
            return self._named(inner, path)
        if group == "not" and (isinstance(inner, Mapping) or _is_triple(inner)):
            return Where((self._clause(inner, path, depth),), "not")
        if not isinstance(inner, Sequence) or isinstance(inner, str) or not inner:
            raise InvalidMessageError(f"{path} must be a list of at least one condition", path=path)
        return Where(self._all(inner, path, depth), cast("Literal['all', 'any', 'not']", group))

    def _named(self, name: object, path: str) -> WhereClause:
        self._counted(path)
        if self._criteria is None:
            raise InvalidMessageError(f"{path} cannot stand here; write its conditions", path=path)
        if not isinstance(name, str) or not name:
            raise InvalidMessageError(f"{path} must be the name of a criterion", path=path)
        return CriterionByType(name, self._criteria(name))

    def _condition(self, triple: object, path: str) -> Condition:
        if not isinstance(triple, Sequence) or isinstance(triple, str) or len(triple) != 3:
            raise InvalidMessageError(f"{path} must be [field, comparison, value]", path=path)
        field, comparison, right = triple
        if not isinstance(field, str) or not field:
            raise InvalidMessageError(f"{path}[0] must be the name of a field", path=path)
        if comparison not in COMPARISONS:
            raise InvalidMessageError(f"{path}[1] must be one of {', '.join(COMPARISONS)}", path=path)
        if right is None:
            raise InvalidMessageError(f"{path}[2] must be a value or a field", path=path)
        numeric = field in self._numbers
        if isinstance(right, str) and len(right) <= _LONGEST_TERM:
            match = _FIELD_TIMES.fullmatch(nfc(right.strip()))
            if match and match["field"] in self._fields:
                return Condition(
                    field, comparison, FieldTimes(match["field"], float(match["factor"] or 1)), numeric
                )
        if numeric and isinstance(right, str):
            self._refuse_term(right, comparison, f"{path}[2]", is_read=field in self._literals)
        if comparison in ("in", "in~") and not isinstance(right, list):
            raise InvalidMessageError(f"{path}[2] must be a list, or a field that holds one", path=path)
        if read := self._literals.get(field):
            if comparison in ("in", "in~"):
                right = [
                    member
                    if member is None
                    else self._literal(read, member, comparison, f"{path}[2][{index}]")
                    for index, member in enumerate(right)
                ]
            else:
                right = self._literal(read, right, comparison, f"{path}[2]")
        return Condition(field, comparison, right, numeric)

    def _refuse_term(self, right: str, comparison: Comparison, path: str, *, is_read: bool) -> None:
        """Refuse a text that a number is compared with where it reads like a term with a name that is no field.

        A number alone is none where `is_read`: the field reads numbers from texts.
        """
        term = _TERM.fullmatch(nfc(right.strip())) if len(right) <= _LONGEST_TERM else None
        if term is None or not (term["operator"] or comparison in ORDERED):
            return
        if is_read and not term["operator"] and right.strip()[0].isdecimal():
            return
        name = next((one for one in (term["left"], term["right"]) if one and not one[0].isdecimal()), None)
        if name is None and comparison not in ORDERED:
            return
        meant = did_you_mean(name, self._fields) if name is not None and name not in self._fields else ""
        raise InvalidMessageError(
            f"{path} must be a number, a field, or a field times a number such as max_stock * 1.2{meant}",
            path=path,
        )

    def _literal(self, read: ReadLiteral, value: Value, comparison: Comparison, path: str) -> Value:
        try:
            return read(value, comparison)
        except InvalidMessageError as error:
            meant = did_you_mean(value, self._fields) if isinstance(value, str) else ""
            what = error.message.partition("must be ")[2]
            raise InvalidMessageError(f"{path} must be {what}, or a field{meant}", path=path) from None

    def _counted(self, path: str) -> None:
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise InvalidMessageError(
                f"{path} is one too many: there may be {MAX_CONDITIONS} conditions", path=path
            )


def _is_triple(given: object) -> bool:
    return isinstance(given, Sequence) and len(given) == 3 and isinstance(given[0], str)


_FIELD_TIMES: Final = re.compile(r"(?P<field>\w+)(?:\s*\*\s*(?P<factor>\d+(?:\.\d+)?))?")
_TERM: Final = re.compile(r"(?P<left>[\w.]+)(?:(?P<operator>\s*\*\s*-?|\s+[/+-]\s+)(?P<right>[\w.]+))?")
"""What was meant as arithmetic: a name or a number, or two of them with an operator between."""
_LONGEST_TERM: Final = 200
