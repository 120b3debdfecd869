"""Fields of items: the kinds of their values and the constraints that a declaration puts on them."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Literal, cast, get_args

import attrs

from streamd.core.values import MAX_INTEGER, Value, caseless, equal, is_number
from streamd.errors import InvalidMessageError
from streamd.facts import frozen

FieldKind = Literal[
    "string", "number", "integer", "decimal", "boolean", "array", "object", "date", "datetime", "reference"
]
FIELD_KINDS: Final[tuple[FieldKind, ...]] = get_args(FieldKind)
NUMERIC_KINDS: Final[frozenset[FieldKind]] = frozenset({"number", "integer", "decimal"})
_WRITTEN_KINDS: Final[frozenset[FieldKind | None]] = frozenset({"decimal", "date", "datetime"})
MEMBER_KINDS: Final[tuple[FieldKind, ...]] = tuple(
    kind for kind in FIELD_KINDS if kind not in ("array", "object", "reference")
)
"""Kinds that the members of a list may have."""

OnRemove = Literal["refuse", "ask", "clear"]
"""What the removal of an item does to the references to it: it is refused, it needs a person's consent and then clears
them, or it clears them."""
ON_REMOVE: Final[tuple[OnRemove, ...]] = get_args(OnRemove)

_EXACT_DIGITS: Final = 15
"""Every decimal number of so many digits survives as a double."""
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_START_OF_DATE: Final = re.compile(r"\d{4}(?:-\d{2})?", re.ASCII)
_DATETIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


@frozen
class FieldSpec:
    """Constraints of one field's values."""

    name: str
    kind: FieldKind
    """Kind of the value: a JSON type, or text: a `date` is `YYYY-MM-DD`, with or without a time after it, a `datetime` is
    RFC 3339 in UTC with six digits after the point, a `reference` the id of an item. A `decimal` is a number of at most 15 digits, exact as it is written."""
    title: str = ""
    aliases: tuple[str, ...] = ()
    """Synonyms in requests and column names, lower case."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    """Most characters of a text, or most members of an array."""
    choices: tuple[Value, ...] = ()
    """The allowed values; empty: any."""
    default: Value | None = None
    """Value that new items get when they come without the field."""
    refers_to: str = ""
    """Item type whose items this field refers to: a `reference` by id, other fields by name."""
    required: bool = attrs.field(default=False, kw_only=True)
    """Whether every item of the type needs it."""
    unique: bool = attrs.field(default=False, kw_only=True)
    """Whether no two items of the type in a workspace have the same value."""
    members: FieldKind | None = attrs.field(default=None, kw_only=True)
    """Kind of the members of an array; None: any values."""
    places: int | None = attrs.field(default=None, kw_only=True)
    """Most digits after the point of a decimal."""
    on_remove: OnRemove | None = attrs.field(default=None, kw_only=True)
    """What the removal of the item referred to does; None: this is no reference."""

    @property
    def is_reference(self) -> bool:
        """Whether its values are ids of items."""
        return self.kind == "reference"

    @property
    def words(self) -> frozenset[str]:
        """Its name, title and aliases as they are compared, without regard to case."""
        return frozenset(caseless(one.replace("_", " ")) for one in (self.name, self.title, *self.aliases))

    def fitted(self, value: Value) -> Value:
        """Return the value as it is stored. Raises InvalidMessageError for one that is none of the kind or breaks a constraint."""
        if self.default is not None and value is self.default:
            return value  # it fitted when it was declared
        stored = _of_kind(value, self.kind, self.name, self.places)
        if self.members is not None and isinstance(stored, list):
            stored = [
                _of_kind(cast("Value", one), self.members, f"{self.name}[{index}]", self.places)
                for index, one in enumerate(stored)
            ]
        self._check_constraints(stored)
        return stored

    def members_as_stored(self, members: Iterable[object]) -> tuple[object, ...]:
        """Return members that are to join its list as they are stored; those that do not fit as they are."""
        return tuple(map(self._member_as_stored, members))

    def _member_as_stored(self, member: object) -> object:
        if self.members is None:
            return member
        try:
            return _of_kind(cast("Value", member), self.members, self.name, self.places)
        except InvalidMessageError:
            return member

    @property
    def word(self) -> str:
        """Its kind as declarations name it."""
        return "list" if self.kind == "array" else self.kind

    @property
    def reads_literals(self) -> bool:
        """Whether one value of its kind can be written in several ways, of which one is stored."""
        return self.kind in _WRITTEN_KINDS or self.members in _WRITTEN_KINDS

    def literal(self, value: Value, comparison: str) -> Value:
        """Return what stands in a condition as it is stored in this field. Constraints do not count: any bound is one.

        Raises InvalidMessageError where it is none of the kind.
        """
        if self.members is None:
            return value if comparison == "contains" else _literal(value, self.kind, self.name)
        if isinstance(value, list):
            return [_literal(cast("Value", one), self.members, self.name) for one in value]
        return _literal(value, self.members, self.name) if comparison == "contains" else value

    def _check_constraints(self, value: Value) -> None:
        if (self.minimum is not None or self.maximum is not None) and is_number(value):
            number = cast("float", value)
            if self.minimum is not None and number < self.minimum:
                raise self._mistake(f"must be at least {self.minimum:g}, not {number:g}")
            if self.maximum is not None and number > self.maximum:
                raise self._mistake(f"must be at most {self.maximum:g}, not {number:g}")
        if self.max_length is not None and isinstance(value, str | list) and len(value) > self.max_length:
            raise self._mistake(f"must not be longer than {self.max_length}")
        if self.choices and not any(equal(value, choice) for choice in self.choices):
            raise self._mistake(f"must be one of: {', '.join(str(choice) for choice in self.choices)}")

    def _mistake(self, what: str) -> InvalidMessageError:
        return InvalidMessageError(f"{self.name} {what}", path=self.name)


def _of_kind(value: Value, kind: FieldKind, path: str, places: int | None) -> Value:
    """Return a value as one of a kind is stored. Raises InvalidMessageError when it is none."""
    stored = _decimal(value, places) if kind == "decimal" else _KINDS[kind](value)
    if stored is None:
        what = _A[kind] if places is None else f"{_A[kind]}, with at most {places} digits after the point"
        raise InvalidMessageError(f"{path} must be {what}", path=path)
    return stored


def _literal(value: Value, kind: FieldKind, path: str) -> Value:
    """As `_of_kind`, but a bound may be a number of more digits, or the start of a date: a year or a month."""
    if kind == "decimal" and is_number(value):
        return value
    if kind == "date" and isinstance(value, str) and _START_OF_DATE.fullmatch(value):
        return value
    return _of_kind(value, kind, path, None)


def _date(value: Value) -> Value | None:
    """A date that is on the calendar; with the time after it where there is one."""
    if not isinstance(value, str) or not _DATE.match(value):
        return None
    try:
        (date if len(value) == len("2026-11-20") else datetime).fromisoformat(value)
    except ValueError:
        return None
    return value


def _datetime(value: Value) -> Value | None:
    """The instant in UTC to the microsecond, always as long, so that instants are ordered as their texts are."""
    if not isinstance(value, str) or not _DATETIME.fullmatch(value):
        return None
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _decimal(value: Value, places: int | None) -> Value | None:
    """The number, read from a text, too, if no digit of it is lost."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value.strip() if isinstance(value, str) else repr(value)
    if not _DECIMAL.fullmatch(text):
        return None
    number = Decimal(text).normalize()
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) > _EXACT_DIGITS:
        return None
    if places is not None and -exponent > places:
        return None
    if not isinstance(value, str):
        return value
    if exponent < 0:
        return float(number) or None  # None for one so small that it would be 0
    return int(number) if number.copy_abs() <= MAX_INTEGER else None


def _instance_of(*kinds: type) -> Callable[[Value], Value | None]:
    return lambda value: value if isinstance(value, kinds) else None


def _integer(value: Value) -> Value | None:
    is_whole = is_number(value) and (isinstance(value, int) or cast("float", value).is_integer())
    return value if is_whole else None


_KINDS: Final[Mapping[FieldKind, Callable[[Value], Value | None]]] = {
    "string": _instance_of(str),
    "number": lambda value: value if is_number(value) else None,
    "integer": _integer,
    "boolean": _instance_of(bool),
    "array": _instance_of(list),
    "object": _instance_of(dict),
    "date": _date,
    "datetime": _datetime,
    "reference": lambda value: value if isinstance(value, str) and value else None,
}
"""From a value to what is stored of it; None: it is none of the kind. `decimal` is beside them: it has `places`."""

_A: Final[Mapping[FieldKind, str]] = {
    "string": "text",
    "date": "a date such as 2026-11-20",
    "datetime": "an instant such as 2026-11-20T09:30:00Z",
    "number": "a number",
    "integer": "a whole number",
    "decimal": f"a decimal number of at most {_EXACT_DIGITS} digits",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "reference": "the id or the name of an item",
}
