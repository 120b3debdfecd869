"""Parses item types from the `[item_types]` tables of `config.toml`, and reports every mistake at once."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, cast

from streamd.core.criteria import ORDERED, Condition, Criterion, FieldTimes, Where, parse_conditions
from streamd.core.declared._declaration_reader import DeclarationTable
from streamd.core.declared._field_declarations import field_from, unsayable
from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldKind, FieldSpec
from streamd.core.declared.item_limits import ItemLimits
from streamd.core.item_type import COMMON_FIELDS, ItemType, ItemTypes
from streamd.core.values import Value, caseless, is_number
from streamd.errors import ConfigurationError, InvalidMessageError, Mistake, did_you_mean

_TYPE_KEYS: Final = ("title", "aliases", "required", "other_fields", "strict", "fields", "criteria")
_CRITERION_KEYS: Final = ("where", "aliases")


def item_types_from(
    tables: Mapping[str, object], *, accept_undeclared: bool = True, limits: ItemLimits | None = None
) -> ItemTypes:
    """Parse item types.

    Args:
        tables: `{type: {title, aliases, required, strict, fields: {name: {type, …}}, criteria: {name: {where}}}}`
        accept_undeclared: whether items of other types are accepted, without rules.
        limits: of items of all types; None: the default.

    Raises:
        ConfigurationError: carries the mistakes of all tables.

    """
    mistakes: list[Mistake] = []
    top = DeclarationTable(tables, "item_types", mistakes)
    declared = {}
    for name, table in top.tables().items():
        if not name.isidentifier() or name != name.lower():
            table.mistake("", "a type's name is one lower-case word")
        elif fault := unsayable(name):
            table.mistake("", fault)
        else:
            declared[name] = _item_type(name, table)
    for item_type in declared.values():
        for spec in item_type.fields.values():
            if spec.refers_to and spec.refers_to not in declared:
                top.mistake(
                    f"{item_type.name}.fields.{spec.name}.refers_to",
                    f"there is no item type {spec.refers_to}{did_you_mean(spec.refers_to, declared)}",
                )
    _check_words(
        top,
        {one.name: (one.name, (one.name, one.title, *one.aliases)) for one in declared.values()},
        "item type",
    )
    if mistakes:
        raise ConfigurationError(mistakes)
    return ItemTypes(declared, accept_undeclared, limits or ItemLimits())


def _item_type(name: str, table: DeclarationTable) -> ItemType:
    table.refuse_unknown(_TYPE_KEYS)
    fields = {field: field_from(field, one) for field, one in table.tables("fields").items()}
    criteria = {
        criterion: _criterion(criterion, one, fields) for criterion, one in table.tables("criteria").items()
    }
    _check_words(table, {f"fields.{one.name}": (one.name, one.words) for one in fields.values()}, "field")
    _check_words(
        table,
        {f"criteria.{one.name}": (one.name, (one.name, *one.aliases)) for one in criteria.values()},
        "criterion",
    )
    names = frozenset(fields) | COMMON_FIELDS
    required = table.texts("required")
    for field in required:
        if field not in names:
            table.mistake("required", f"there is no field {field}{did_you_mean(field, names)}")
    strict = table.flag("strict", default=False)
    other_fields = table.flag("other_fields", default=not strict)
    if strict and other_fields:
        table.mistake("other_fields", "contradicts strict = true; leave it out")
    return ItemType(
        name=name,
        title=table.text("title") or name,
        aliases=table.texts("aliases"),
        fields=fields,
        criteria=criteria,
        required=tuple(
            dict.fromkeys((*(required or ("name",)), *(one.name for one in fields.values() if one.required)))
        ),
        other_fields=other_fields,
    )


def _criterion(name: str, table: DeclarationTable, fields: Mapping[str, FieldSpec]) -> Criterion:
    table.refuse_unknown(_CRITERION_KEYS)
    valid = table.without_invalid()
    if "where" in table.entries and "where" not in valid.entries:
        return Criterion(name, Where(), table.texts("aliases"))
    names = frozenset(fields) | COMMON_FIELDS
    conditions = Where()
    try:
        numbers = frozenset(one.name for one in fields.values() if one.kind in NUMERIC_KINDS)
        conditions = parse_conditions(
            table.entries.get("where"),
            fields=names,
            numbers=numbers,
            literals={one.name: one.literal for one in fields.values() if one.reads_literals},
            path=f"{table.path}.where",
        )
    except InvalidMessageError as error:
        which, must, what = error.message.rpartition("must be ")
        table.mistakes.append(Mistake(which.rstrip() or f"{table.path}.where", must + what))
    else:
        if not conditions.parts:
            table.mistake("where", "has no condition, and would mean every item; give it one at least")
    for index, condition in enumerate(conditions):
        if condition.field not in names:
            table.mistake(
                f"where[{index}][0]",
                f"there is no field {condition.field}{did_you_mean(condition.field, names)}",
            )
        elif fault := _never_holds(condition, fields):
            table.mistake("where", fault)
    return Criterion(name, conditions, table.texts("aliases"))


def _never_holds(condition: Condition, fields: Mapping[str, FieldSpec]) -> str:
    """Say why a condition is the same for all items: it compares a field with what that can never be."""
    spec, right = fields.get(condition.field), condition.right
    if spec is None:
        return ""
    kind = _json_kind(spec.kind)
    given: list[object] = [right]
    if condition.comparison == "contains":
        if kind not in ("text", "a list"):
            return f"{spec.name} is {kind}, which contains nothing"
        kind = kind if kind == "text" else _json_kind(spec.members)
    elif condition.comparison in ORDERED and kind not in ("text", "a number"):
        return f"{spec.name} is {kind}, which is neither above nor below anything"
    elif condition.comparison in ("in", "in~") and isinstance(right, list):
        if not right:
            return "no value is in an empty list"
        given = list(right)
    if isinstance(right, FieldTimes):
        other = fields.get(right.field)
        if (
            condition.comparison in ("contains", "in", "in~")
            or other is None
            or _json_kind(other.kind) == kind
        ):
            return ""
        return f"{spec.name} is {kind} and {other.name} is {_json_kind(other.kind)}"
    for value in given:
        if kind and _json_kind_of(value) != kind:
            if kind == "a number" and isinstance(value, str):
                return (
                    f"{spec.name} is a number and «{value}» is none, nor a field{did_you_mean(value, fields)}"
                )
            never = json.dumps(value, ensure_ascii=False)
            if condition.comparison == "contains" and spec.kind == "array":
                return f"the members of {spec.name} are of type {spec.members}, never {never}"
            return f"{spec.name} is {kind}, never {never}"
        if spec.choices and condition.comparison in ("==", "!=", "in"):
            try:
                spec.fitted(cast("Value", value))
            except InvalidMessageError as mistake:
                return mistake.message
    return ""


def _json_kind(kind: FieldKind | None) -> str:
    """JSON type of the values of a kind, in words; empty: any."""
    if kind in NUMERIC_KINDS:
        return "a number"
    return {None: "", "boolean": "true or false", "array": "a list", "object": "an object"}.get(kind, "text")


def _json_kind_of(value: object) -> str:
    if is_number(value):
        return "a number"
    kinds = {str: "text", bool: "true or false", list: "a list", dict: "an object"}
    return kinds.get(type(value), "no value")


def _check_words(table: DeclarationTable, said: Mapping[str, tuple[str, Iterable[str]]], what: str) -> None:
    """Note words that mean two things of a kind. Things are given by path: their names, and all their words."""
    owners: dict[str, str] = {}
    for path, (name, words) in said.items():
        for word in dict.fromkeys(caseless(one.replace("_", " ").strip()) for one in words):
            if not word:
                table.mistake(f"{path}.aliases", "has an empty word")
            elif (other := owners.setdefault(word, name)) != name:
                table.mistake(
                    f"{path}.aliases", f"«{word}» means the {what} {other} already; one word, one {what}"
                )
