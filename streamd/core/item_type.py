"""Item types: fields of items, constraints of their values, and named criteria.

Declared in `config.toml`. One declaration validates edits, describes the fields to agents, maps the columns of an import
and provides the vocabulary of requests.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from streamd.core.criteria import Criterion, ReadLiteral
from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.declared.item_limits import ItemLimits
from streamd.core.values import Value, caseless, is_empty
from streamd.errors import InvalidMessageError, NotFoundError, did_you_mean
from streamd.facts import frozen

COMMON_FIELDS: Final = frozenset({"type", "name", "subtitle"})
"""Fields of items of every type; their changes are published as `item_updated`, those of others as `field_changed`."""
SOURCE_ID: Final = "source_id"
"""The field of an imported item's number where it came from, which a type need not declare."""


@frozen
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

    _defaults: Mapping[str, Value] = attrs.field(init=False, eq=False, repr=False)

    @_defaults.default
    def _given_by_default(self) -> Mapping[str, Value]:
        return {name: spec.default for name, spec in self.fields.items() if spec.default is not None}

    def defaults(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the defaults of the fields that are not given; null is given."""
        if not self._defaults:
            return {}
        return {name: value for name, value in self._defaults.items() if name not in given}

    def fitted(self, name: str, value: Value) -> Value:
        """Return a field's value as it is stored. Raises InvalidMessageError when it violates the declaration."""
        spec = self.fields.get(name)
        if spec is not None:
            return spec.fitted(value)
        if name in COMMON_FIELDS:
            if not isinstance(value, str):
                raise InvalidMessageError(f"{name} must be text", path=name)
        elif not self.other_fields and name != SOURCE_ID:
            meant = self._meant(name)
            known = "" if meant else f"; they have: {', '.join(sorted(self.fields))}"
            raise InvalidMessageError(
                f"items of type {self.name} have no field {name}{meant or known}", path=name
            )
        return value

    def _meant(self, name: str) -> str:
        """Suggest the field that is called so in other words, or almost so."""
        named = self.field_named(name)
        return f"; did you mean {named}?" if named else did_you_mean(name, [*self.fields, *COMMON_FIELDS])

    def field_named(self, word: str) -> str | None:
        """Return the field that is called so, by its name, title or an alias; None when there is none."""
        if word in self.fields or word in COMMON_FIELDS:
            return word
        word = caseless(word.replace("_", " "))
        return next((spec.name for spec in self.fields.values() if word in spec.words), None)

    @property
    def words(self) -> frozenset[str]:
        """Its name, title and aliases as they are compared, without regard to case."""
        return frozenset(
            caseless(one.replace("_", " ")) for one in (self.name, self.title, *self.aliases) if one
        )

    def needs(self, name: str) -> InvalidMessageError:
        """Make the mistake of an item without a required field."""
        return InvalidMessageError(f"an item of type {self.name} needs a {name}", path=name)

    def check(self, fields: Mapping[str, Value]) -> None:
        """Raise InvalidMessageError, with all mistakes, when the fields of a whole item, including `type`, violate it."""
        mistakes = self._missing(fields)
        for name, value in fields.items():
            try:
                self.fitted(name, value)
            except InvalidMessageError as mistake:
                mistakes.append(mistake)
        if mistakes:
            raise all_of(mistakes)

    def check_required(self, fields: Mapping[str, Value]) -> None:
        """Raise InvalidMessageError, with all mistakes, where a whole item lacks required fields."""
        if mistakes := self._missing(fields):
            raise all_of(mistakes)

    def _missing(self, fields: Mapping[str, Value]) -> list[InvalidMessageError]:
        return [self.needs(name) for name in self.required if is_empty(fields.get(name))]


@frozen(eq=False)
class ItemTypes:
    """The declared types, whether others are accepted, and limits of all. Compared by identity, so that what is made of them can be cached."""

    declared: Mapping[str, ItemType] = attrs.field(factory=dict)
    accept_undeclared: bool = True
    limits: ItemLimits = attrs.field(factory=ItemLimits)
    """Of items of all types."""
    # Made once, and no cached properties: a class with one is asked for each of its attributes by a slower road.
    references: Mapping[str, tuple[FieldSpec, ...]] = attrs.field(init=False, repr=False)
    """The fields of each type that hold ids of items, for types that have any."""
    referred: frozenset[str] = attrs.field(init=False, repr=False)
    """The types that are referred to by id."""
    unique: Mapping[str, tuple[str, ...]] = attrs.field(init=False, repr=False)
    """The fields of each type that no two items share, for types that have any."""
    related: frozenset[str] = attrs.field(init=False, repr=False)
    """The types whose items are judged with a look at others."""

    @references.default
    def _references(self) -> Mapping[str, tuple[FieldSpec, ...]]:
        found = {one.name: tuple(spec for spec in one.fields.values() if spec.is_reference) for one in self}
        return {name: specs for name, specs in found.items() if specs}

    @referred.default
    def _referred(self) -> frozenset[str]:
        return self.referred_by(None)

    @unique.default
    def _unique(self) -> Mapping[str, tuple[str, ...]]:
        found = {one.name: tuple(name for name, spec in one.fields.items() if spec.unique) for one in self}
        return {name: fields for name, fields in found.items() if fields}

    @related.default
    def _related(self) -> frozenset[str]:
        return self.referred | self.references.keys() | self.unique.keys()

    def __iter__(self) -> Iterator[ItemType]:
        return iter(self.declared.values())

    def numeric_fields(self, item_types: Collection[str] | None = None) -> frozenset[str]:
        """The fields that are declared as numbers (by these types), and by none of them as anything else."""
        specs = self._specs(item_types)
        others = {spec.name for spec in specs if spec.kind not in NUMERIC_KINDS}
        return frozenset(spec.name for spec in specs) - others

    def literals(self, item_types: Collection[str] | None = None) -> Mapping[str, ReadLiteral]:
        """Readers of what is compared with fields, where all (of these) types that declare one agree on its kind."""
        kinds: dict[str, set[object]] = {}
        specs = self._specs(item_types)
        for spec in specs:
            kinds.setdefault(spec.name, set()).add((spec.kind, spec.members))
        return {
            spec.name: spec.literal for spec in specs if spec.reads_literals and len(kinds[spec.name]) == 1
        }

    def _specs(self, item_types: Collection[str] | None) -> list[FieldSpec]:
        return [
            spec
            for one in self
            if item_types is None or one.name in item_types
            for spec in one.fields.values()
        ]

    def referred_by(self, item_types: Collection[str] | None) -> frozenset[str]:
        """The types that items (of these types) refer to by id."""
        return frozenset(
            spec.refers_to
            for name, specs in self.references.items()
            if item_types is None or name in item_types
            for spec in specs
        )

    def named(self, word: str) -> str | None:
        """Return the declared type that is called so, by its name, title or an alias, one or several of it; else None."""
        if word in self.declared:
            return word
        word = caseless(word.replace("_", " "))
        return next((one.name for one in self if {word, word.removesuffix("s")} & one.words), None)

    def get(self, name: str) -> ItemType:
        """Look a type up by name. An undeclared one has no rules, or raises InvalidMessageError, as configured."""
        declared = self.declared.get(name)
        if declared is not None:
            return declared
        if not self.accept_undeclared:
            known = ", ".join(sorted(self.declared))
            raise InvalidMessageError(f"there is no item type {name}; declared are: {known}", path="type")
        return ItemType(name=name)

    def criterion(self, name: str, item_types: Collection[str] | None = None) -> Mapping[str, Criterion]:
        """Look a criterion up by name, for each item type (of these) that declares it. Raises NotFoundError."""
        declared = {one.name: one.criteria[name] for one in self if name in one.criteria}
        if not declared:
            known = sorted({criterion for one in self for criterion in one.criteria})
            raise NotFoundError(
                f"there is no criterion {name}; there are: {', '.join(known)}", criterion=name
            )
        criteria = {one: declared[one] for one in declared if item_types is None or one in item_types}
        if not criteria:
            raise NotFoundError(
                f"there is no criterion {name} for {', '.join(sorted(item_types or ()))}; "
                f"it is declared for: {', '.join(sorted(declared))}",
                criterion=name,
            )
        return criteria


def all_of(mistakes: Sequence[InvalidMessageError], **details: object) -> InvalidMessageError:
    """Make one error of all mistakes in an item; `path` is that of the first."""
    told = [{"path": one.path, "message": one.message, **_without_path(one)} for one in mistakes]
    return InvalidMessageError(
        "; ".join(one.message for one in mistakes),
        path=mistakes[0].path,
        mistakes=told,
        **details,
        **_without_path(mistakes[0]),
    )


def _without_path(mistake: InvalidMessageError) -> dict[str, Any]:
    return {name: value for name, value in mistake.details.items() if name != "path"}
