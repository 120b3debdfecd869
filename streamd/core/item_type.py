"""Item types: fields of items, constraints of their values, and named criteria.

Declared in `config.toml`. One declaration validates edits, describes the fields to agents, maps the columns of an import
and provides the vocabulary of requests.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, assert_never

import attrs

from streamd.core.criteria import Criterion
from streamd.core.values import Value, equal
from streamd.errors import InvalidMessageError, NotFoundError

FieldKind = Literal["string", "number", "integer", "boolean", "array", "object", "date"]

FIELD_KINDS: Final[tuple[FieldKind, ...]] = (
    "string",
    "number",
    "integer",
    "boolean",
    "array",
    "object",
    "date",
)
COMMON_FIELDS: Final = frozenset({"type", "name", "subtitle"})
"""Fields of items of every type; their changes are published as `item_updated`, those of others as `field_changed`."""


@attrs.frozen
class FieldSpec:
    """Constraints of one field's values."""

    name: str
    kind: FieldKind
    """JSON type of the value; a `date` is text `YYYY-MM-DD`, with or without a time after it (RFC 3339)."""
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
    """Value that agents give new items when the request names none; never applied to edits of users."""
    refers_to: str = ""
    """Item type whose items this field refers to by name, for example `supplier`."""

    def check(self, value: Value) -> None:
        """Raise InvalidMessageError for a value of another JSON type or outside the constraints."""
        match self.kind:
            case "string" | "date":
                fits = isinstance(value, str)
            case "number":
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            case "integer":
                fits = (isinstance(value, int) and not isinstance(value, bool)) or (
                    isinstance(value, float) and value.is_integer()
                )
            case "boolean":
                fits = isinstance(value, bool)
            case "array":
                fits = isinstance(value, list)
            case "object":
                fits = isinstance(value, dict)
            case _:
                assert_never(self.kind)
        if not fits:
            raise InvalidMessageError(f"{self.name} must be {_A[self.kind]}", path=self.name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.minimum is not None and value < self.minimum:
                raise InvalidMessageError(
                    f"{self.name} must be at least {self.minimum:g}, not {value:g}", path=self.name
                )
            if self.maximum is not None and value > self.maximum:
                raise InvalidMessageError(
                    f"{self.name} must be at most {self.maximum:g}, not {value:g}", path=self.name
                )
        if self.max_length is not None and isinstance(value, str | list) and len(value) > self.max_length:
            raise InvalidMessageError(
                f"{self.name} must not be longer than {self.max_length}", path=self.name
            )
        if self.choices and not any(equal(value, choice) for choice in self.choices):
            allowed = ", ".join(str(choice) for choice in self.choices)
            raise InvalidMessageError(f"{self.name} must be one of: {allowed}", path=self.name)


_A: Final[Mapping[FieldKind, str]] = {
    "string": "text",
    "date": "a date such as 2026-11-20",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@attrs.frozen
class ItemType:
    """One declared item type."""

    name: str
    """Value of an item's `type`: one word in lower case."""
    title: str = ""
    """Noun for one item in texts for people, for example `inventory item`."""
    aliases: tuple[str, ...] = ()
    """Synonyms in requests, lower case, singular."""
    fields: Mapping[str, FieldSpec] = attrs.field(factory=dict)
    criteria: Mapping[str, Criterion] = attrs.field(factory=dict)
    required: tuple[str, ...] = ("name",)
    """Required fields."""
    other_fields: bool = True
    """Whether undeclared fields are allowed."""

    def check(self, fields: Mapping[str, Value]) -> None:
        """Raise InvalidMessageError when the fields of a whole item, including `type`, violate the declaration."""
        for name in self.required:
            if name not in fields:
                raise InvalidMessageError(f"an item of type {self.name} needs a {name}", path=name)
        for name, value in fields.items():
            self.check_field(name, value)

    def check_field(self, name: str, value: Value) -> None:
        """Raise InvalidMessageError when a value violates the declaration of its field."""
        spec = self.fields.get(name)
        if spec is not None:
            spec.check(value)
        elif name in COMMON_FIELDS:
            if not isinstance(value, str):
                raise InvalidMessageError(f"{name} must be text", path=name)
        elif not self.other_fields:
            known = ", ".join(sorted(self.fields))
            raise InvalidMessageError(
                f"items of type {self.name} have no field {name}; they have: {known}", path=name
            )


@attrs.frozen(eq=False)
class ItemTypes:
    """The declared types, and whether others are accepted. Compared by identity, so that what is made of them can be cached."""

    declared: Mapping[str, ItemType] = attrs.field(factory=dict)
    accept_undeclared: bool = True

    def __iter__(self) -> Iterator[ItemType]:
        return iter(self.declared.values())

    def get(self, name: str) -> ItemType:
        """Look a type up by name. An undeclared one has no rules, or raises InvalidMessageError, as configured."""
        declared = self.declared.get(name)
        if declared is not None:
            return declared
        if not self.accept_undeclared:
            known = ", ".join(sorted(self.declared))
            raise InvalidMessageError(f"there is no item type {name}; declared are: {known}", path="type")
        return ItemType(name=name)

    def criterion(self, name: str, item_type: str | None = None) -> Mapping[str, Criterion]:
        """Look a criterion up by name, for each item type that declares it. Raises NotFoundError."""
        criteria = {
            declared.name: declared.criteria[name]
            for declared in self
            if name in declared.criteria and item_type in (None, declared.name)
        }
        if not criteria:
            known = sorted({criterion for declared in self for criterion in declared.criteria})
            raise NotFoundError(
                f"there is no criterion {name}; there are: {', '.join(known)}", criterion=name
            )
        return criteria
