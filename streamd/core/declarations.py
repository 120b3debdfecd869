"""Parses item types from the `[item_types]` tables of `config.toml`, and reports every mistake at once."""

from collections.abc import Mapping
from typing import Any, Final, cast

from streamd.core.criteria import Criterion, parse_conditions
from streamd.core.item_type import COMMON_FIELDS, FIELD_KINDS, FieldKind, FieldSpec, ItemType, ItemTypes
from streamd.errors import ConfigurationError, InvalidMessageError, Mistake, did_you_mean

_TYPE_KEYS: Final = ("title", "aliases", "required", "other_fields", "fields", "criteria")
_FIELD_KEYS: Final = (
    "type", "title", "aliases", "unit", "minimum", "maximum", "max_length", "choices", "default", "refers_to",
)  # fmt: skip
_CRITERION_KEYS: Final = ("where", "aliases")


def item_types_from(tables: Mapping[str, object], *, accept_undeclared: bool = True) -> ItemTypes:
    """Parse item types.

    Args:
        tables: `{type: {title, aliases, required, other_fields, fields: {name: {type, …}}, criteria: {name: {where}}}}`
        accept_undeclared: whether items of other types are accepted, without rules.

    Raises:
        ConfigurationError: carries the mistakes of all tables.

    """
    mistakes: list[Mistake] = []
    declared = {}
    for name, table in tables.items():
        where = f"item_types.{name}"
        if not name.isidentifier() or name != name.lower():
            mistakes.append(Mistake(where, "a type's name is one lower-case word"))
        elif isinstance(table, Mapping):
            declared[name] = _item_type(name, table, where, mistakes)
        else:
            mistakes.append(Mistake(where, "must be a table"))
    for item_type in declared.values():
        for spec in item_type.fields.values():
            if spec.refers_to and spec.refers_to not in declared:
                mistakes.append(
                    Mistake(
                        f"item_types.{item_type.name}.fields.{spec.name}.refers_to",
                        f"there is no item type {spec.refers_to}{did_you_mean(spec.refers_to, declared)}",
                    )
                )
    if mistakes:
        raise ConfigurationError(mistakes)
    return ItemTypes(declared=declared, accept_undeclared=accept_undeclared)


def _item_type(name: str, table: Mapping[str, object], where: str, mistakes: list[Mistake]) -> ItemType:
    _unknown_keys(table, _TYPE_KEYS, where, mistakes)
    fields = {
        field: _field(field, spec, f"{where}.fields.{field}", mistakes)
        for field, spec in _tables(table.get("fields", {}), f"{where}.fields", mistakes).items()
    }
    names = frozenset(fields) | COMMON_FIELDS
    criteria = {}
    for criterion, spec in _tables(table.get("criteria", {}), f"{where}.criteria", mistakes).items():
        place = f"{where}.criteria.{criterion}"
        _unknown_keys(spec, _CRITERION_KEYS, place, mistakes)
        try:
            conditions = parse_conditions(spec.get("where"), fields=names, path=f"{place}.where")
        except InvalidMessageError as error:
            which, must, what = error.message.rpartition("must be ")
            mistakes.append(Mistake(which.rstrip(), must + what))
            continue
        for index, condition in enumerate(conditions):
            if condition.field not in names:
                mistakes.append(
                    Mistake(
                        f"{place}.where[{index}][0]",
                        f"there is no field {condition.field}{did_you_mean(condition.field, names)}",
                    )
                )
        criteria[criterion] = Criterion(criterion, conditions, _texts(spec, "aliases", place, mistakes))
    required = _texts(table, "required", where, mistakes) or ("name",)
    return ItemType(
        name=name,
        title=_value(table, "title", str, where, mistakes) or name,
        aliases=_texts(table, "aliases", where, mistakes),
        fields=fields,
        criteria=criteria,
        required=required,
        other_fields=bool(table.get("other_fields", True)),
    )


def _field(name: str, spec: Mapping[str, Any], where: str, mistakes: list[Mistake]) -> FieldSpec:
    _unknown_keys(spec, _FIELD_KEYS, where, mistakes)
    kind = spec.get("type", "string")
    if kind not in FIELD_KINDS:
        mistakes.append(
            Mistake(
                f"{where}.type",
                f"must be one of {', '.join(FIELD_KINDS)}{did_you_mean(str(kind), FIELD_KINDS)}",
            )
        )
        kind = "string"
    if name == "id":
        mistakes.append(Mistake(where, "`id` belongs to the daemon; choose another name"))
    choices = spec.get("choices", [])
    if not isinstance(choices, list):
        mistakes.append(Mistake(f"{where}.choices", "must be a list"))
        choices = []
    declared = FieldSpec(
        name=name,
        kind=cast("FieldKind", kind),
        title=_value(spec, "title", str, where, mistakes) or name.replace("_", " "),
        aliases=_texts(spec, "aliases", where, mistakes),
        unit=_value(spec, "unit", str, where, mistakes) or "",
        minimum=_value(spec, "minimum", (int, float), where, mistakes),
        maximum=_value(spec, "maximum", (int, float), where, mistakes),
        max_length=_value(spec, "max_length", int, where, mistakes),
        choices=tuple(choices),
        refers_to=_value(spec, "refers_to", str, where, mistakes) or "",
    )
    default = spec.get("default")
    if default is None:
        return declared
    try:
        declared.check(default)
    except InvalidMessageError as error:
        mistakes.append(Mistake(f"{where}.default", error.message))
    return FieldSpec(**{**{key: getattr(declared, key) for key in _SPEC_FIELDS}, "default": default})


_SPEC_FIELDS: Final = (
    "name",
    "kind",
    "title",
    "aliases",
    "unit",
    "minimum",
    "maximum",
    "max_length",
    "choices",
    "refers_to",
)


def _unknown_keys(
    table: Mapping[str, object], known: tuple[str, ...], where: str, mistakes: list[Mistake]
) -> None:
    mistakes.extend(
        Mistake(f"{where}.{key}", f"there is no such option{did_you_mean(key, known)}")
        for key in table
        if key not in known
    )


def _tables(value: object, where: str, mistakes: list[Mistake]) -> dict[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        mistakes.append(Mistake(where, "must be a table"))
        return {}
    for key, table in value.items():
        if not isinstance(table, Mapping):
            mistakes.append(Mistake(f"{where}.{key}", "must be a table"))
    return {key: table for key, table in value.items() if isinstance(table, Mapping)}


def _texts(table: Mapping[str, object], key: str, where: str, mistakes: list[Mistake]) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return tuple(value)
    mistakes.append(Mistake(f"{where}.{key}", "must be a list of texts"))
    return ()


def _value(
    table: Mapping[str, Any], key: str, kind: type | tuple[type, ...], where: str, mistakes: list[Mistake]
) -> Any:
    value = table.get(key)
    if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    mistakes.append(Mistake(f"{where}.{key}", f"must be {'text' if kind is str else 'a number'}"))
    return None
