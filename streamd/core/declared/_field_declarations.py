"""Parses the declaration of one field."""

from typing import Any, Final

import attrs

from streamd.core.declared._declaration_reader import DeclarationTable
from streamd.core.declared.field_spec import (
    FIELD_KINDS,
    MEMBER_KINDS,
    NUMERIC_KINDS,
    ON_REMOVE,
    FieldKind,
    FieldSpec,
    OnRemove,
)
from streamd.core.values import check_field_name, is_empty
from streamd.errors import InvalidMessageError

_KEYS: Final = (
    "type", "title", "aliases", "unit", "minimum", "maximum", "max_length", "choices", "default", "refers_to",
    "required", "unique", "of", "places", "on_remove",
)  # fmt: skip
_WORDS: Final[dict[str, FieldKind]] = {**{kind: kind for kind in FIELD_KINDS}, "list": "array"}
_RESERVED: Final = {
    "id": "`id` belongs to the daemon; choose another name",
    "type": "`type` names the item's type; choose another name",
}
_TEXTS: Final = frozenset({"name", "subtitle"})


def field_from(name: str, table: DeclarationTable) -> FieldSpec:
    """Parse the declaration of a field; what is wrong with it is noted in the table."""
    table.refuse_unknown(_KEYS)
    table = table.without_invalid()
    if fault := unsayable(name) or _RESERVED.get(name, ""):
        table.mistake("", fault)
    kind = _WORDS[table.choice("type", _WORDS, "string")]
    if name in _TEXTS and kind != "string":
        table.mistake("type", f"every item's {name} is text: leave out the type, or say string")
        kind = "string"
    member_kinds: tuple[FieldKind | None, ...] = MEMBER_KINDS
    members = table.choice("of", member_kinds, None)
    table = table.without(_note_unfitting(FieldSpec(name, kind, members=members), table))
    on_remove: tuple[OnRemove | None, ...] = ON_REMOVE
    spec = FieldSpec(
        name=name,
        kind=kind,
        title=table.text("title") or name.replace("_", " "),
        aliases=table.texts("aliases"),
        unit=table.text("unit"),
        minimum=table.number("minimum"),
        maximum=table.number("maximum"),
        max_length=table.whole_number("max_length"),
        refers_to=table.text("refers_to"),
        required=table.flag("required", default=False),
        unique=table.flag("unique", default=False),
        members=members,
        places=table.whole_number("places"),
        on_remove=table.choice("on_remove", on_remove, "refuse" if kind == "reference" else None),
    )
    _check(spec, table)
    spec = _with_choices(spec, table)
    default = table.entries.get("default")
    return spec if default is None else attrs.evolve(spec, default=_fitting(spec, default, "default", table))


def unsayable(name: str) -> str:
    """Say why nobody can call something by this name; empty when one can."""
    try:
        check_field_name(name)
    except InvalidMessageError as error:
        return "" if name == "id" else error.message
    return "" if any(character.isalpha() for character in name) else "a name has at least one letter"


def _note_unfitting(spec: FieldSpec, table: DeclarationTable) -> list[str]:
    """Note the entries that a field of this kind cannot have, and return them: nothing else is wrong with them."""
    numeric = spec.kind in NUMERIC_KINDS or spec.members in NUMERIC_KINDS
    decimal = "decimal" in (spec.kind, spec.members)
    fitting = {
        "minimum": numeric or "only numbers have one",
        "maximum": numeric or "only numbers have one",
        "max_length": spec.kind in ("string", "array", "object") or "only texts and lists have a length",
        "of": spec.kind == "array" or "only lists have members",
        "places": decimal or "only decimals have them",
        "on_remove": spec.is_reference or "only a field of type reference has it",
    }
    unfitting = {
        key: verdict for key, verdict in fitting.items() if key in table.entries and verdict is not True
    }
    for key, verdict in unfitting.items():
        table.mistake(key, f"{verdict}, and this field is of type {spec.word}")
    return list(unfitting)


def _check(spec: FieldSpec, table: DeclarationTable) -> None:
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        table.mistake("minimum", f"{spec.minimum:g} is more than the maximum, {spec.maximum:g}")
    if spec.is_reference and not spec.refers_to:
        table.mistake("refers_to", 'a reference says to items of which type: refers_to = "…"')
    if spec.required and spec.on_remove in ("clear", "ask"):
        table.mistake("on_remove", "a required field cannot be cleared; say refuse")
    if spec.unique and "default" in table.entries:
        table.mistake("default", "a unique field has none: two items would have the same value")
    if spec.required and "default" in table.entries and is_empty(table.entries["default"]):
        table.mistake("default", "is no value, and the field is required; leave it out")


def _with_choices(spec: FieldSpec, table: DeclarationTable) -> FieldSpec:
    if "choices" not in table.entries:
        return spec
    choices = table.entries["choices"]
    if not isinstance(choices, list):
        table.mistake("choices", "must be a list")
        return spec
    if not choices:
        table.mistake("choices", "allows no value; leave it out to allow any")
    return attrs.evolve(
        spec,
        choices=tuple(
            _fitting(spec, choice, f"choices[{index}]", table) for index, choice in enumerate(choices)
        ),
    )


def _fitting(spec: FieldSpec, value: Any, key: str, table: DeclarationTable) -> Any:
    """The value of a declaration as the field holds it; a mistake is noted when it does not."""
    try:
        return spec.fitted(value)
    except InvalidMessageError as error:
        table.mistake(key, error.message)
        return value
