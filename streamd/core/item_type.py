"""Item types: which fields items of a type have, what their values must be, and which named criteria select them.

They come from `config.toml`. The same declaration validates edits, tells agents what they may write, maps the columns
of an import and gives the language of requests its words.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, assert_never

import attrs

from streamd.core.criteria import Criterion
from streamd.core.values import Value
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
"""Fields that items of every type have; their changes travel as `item_updated`, all others as `field_changed`."""


@attrs.frozen
class FieldSpec:
    """What values one field may have."""

    name: str
    kind: FieldKind
    """JSON type of the value; a `date` is text `YYYY-MM-DD`, with or without a time after it (RFC 3339)."""
    title: str = ""
    aliases: tuple[str, ...] = ()
    """Other words for the field: in people's requests and as column names, lower case."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    """Longest text in characters, or most members of an array."""
    choices: tuple[Value, ...] = ()
    """When not empty: the only values allowed."""
    default: Value | None = None
    """What an agent gives a new item when nobody said; never filled in behind a user's back."""
    refers_to: str = ""
    """Name of the item type whose items' names stand in this field, for example `supplier`."""

    def check(self, value: Value) -> None:
        """Refuse a value of the wrong JSON type or outside the field's limits, saying which rule it breaks."""
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
        if self.choices and value not in self.choices:
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
    """One declared type of items."""

    name: str
    """As it stands in an item's `type`: lower case, one word."""
    title: str = ""
    """What a person calls one of them, for example `inventory item`."""
    aliases: tuple[str, ...] = ()
    """Other words for one of them in requests, lower case, singular."""
    fields: Mapping[str, FieldSpec] = attrs.field(factory=dict)
    criteria: Mapping[str, Criterion] = attrs.field(factory=dict)
    required: tuple[str, ...] = ("name",)
    """Fields that every item of the type must have."""
    other_fields: bool = True
    """Whether items may have fields that are not declared."""

    def check(self, fields: Mapping[str, Value]) -> None:
        """Refuse fields (a whole item's, `type` among them) that break the declaration."""
        for name in self.required:
            if name not in fields:
                raise InvalidMessageError(f"an item of type {self.name} needs a {name}", path=name)
        for name, value in fields.items():
            self.check_field(name, value)

    def check_field(self, name: str, value: Value) -> None:
        """Refuse one value that the declaration of its field does not allow."""
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


@attrs.frozen
class ItemTypes:
    """All declared types, and whether others are accepted."""

    declared: Mapping[str, ItemType] = attrs.field(factory=dict)
    accept_undeclared: bool = True

    def __iter__(self) -> Iterator[ItemType]:
        return iter(self.declared.values())

    def get(self, name: str) -> ItemType:
        """The type of that name. An undeclared one has no rules of its own, or is refused, as configured."""
        declared = self.declared.get(name)
        if declared is not None:
            return declared
        if not self.accept_undeclared:
            known = ", ".join(sorted(self.declared))
            raise InvalidMessageError(f"there is no item type {name}; declared are: {known}", path="type")
        return ItemType(name=name)

    def criterion(self, name: str, item_type: str | None = None) -> Mapping[str, Criterion]:
        """The criterion of that name, for each type that has it (or for the one type asked for)."""
        found = {
            declared.name: declared.criteria[name]
            for declared in self
            if name in declared.criteria and item_type in (None, declared.name)
        }
        if not found:
            known = sorted({criterion for declared in self for criterion in declared.criteria})
            raise NotFoundError(
                f"there is no criterion {name}; there are: {', '.join(known)}", criterion=name
            )
        return found
