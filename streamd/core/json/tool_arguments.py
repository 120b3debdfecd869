"""Arguments of tool calls, checked by the very schema that the model was told, with errors that say what would be right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import orjson

from streamd.errors import InvalidMessageError, did_you_mean
from streamd.facts import frozen

Schema: TypeAlias = Mapping[str, object]
Hint: TypeAlias = Callable[[str, str, object], str]
"""From the path of an object, an unknown key in it and its value to what would be right: the end of a sentence, or nothing."""

_KINDS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "object": ((dict,), "an object"),
    "array": ((list,), "a list"),
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "null": ((type(None),), "null"),
}


def no_hint(_path: str, _key: str, _value: object) -> str:
    """Say nothing more."""
    return ""


@frozen
class _Rules:
    """Rules by which values are read."""

    hint: Hint = no_hint
    definitions: Mapping[str, Schema] = {}
    """Schemas that others refer to, by the end of the reference."""
    takes_blank: bool = False
    """Whether a required text may be empty."""


def checked(schema: Schema, value: object, path: str = "", hint: Hint = no_hint) -> object:
    """Return a value as its schema wants it: text that holds JSON is read where a list or an object is expected.

    Keys with null are left out. Raises InvalidMessageError for everything that the schema does not allow.
    """
    return _checked(schema, value, path, _Rules(hint))


def checked_input(schema: Schema, given: Mapping[str, object]) -> Mapping[str, object]:
    """Return the input of a tool as the schema of its signature wants it, as `checked` does; a required null is kept.

    Constraints such as lengths and formats are left to whatever reads it next.
    """
    definitions = cast("Mapping[str, Schema]", schema.get("$defs") or {})
    rules = _Rules(definitions=definitions, takes_blank=True)
    return cast("Mapping[str, object]", _checked(schema, dict(given), "", rules))


def _checked(schema: Schema, value: object, path: str, rules: _Rules) -> object:
    schema = _meant(schema, value, rules)
    kinds = _kinds(schema)
    value = _read(value, kinds)
    if kinds and not any(_is(value, kind) for kind in kinds):
        wanted = " or ".join(_KINDS[kind][1] for kind in kinds)
        more = " with at least one member" if schema.get("minItems") else ""
        raise InvalidMessageError(
            f"{path or 'the input'} must be {wanted}{more}{_example(schema, path)}", path=path
        )
    if isinstance(value, dict):
        return _object(schema, value, path, rules)
    if isinstance(value, list):
        return _array(schema, value, path, rules)
    choices = cast("Sequence[object] | None", schema.get("enum"))
    if choices is not None and value not in choices:
        known = [str(choice) for choice in choices]
        raise InvalidMessageError(
            f"{path} cannot be {value}{did_you_mean(str(value), known)}; it is one of {', '.join(known)}",
            path=path,
        )
    least = schema.get("minimum")
    if isinstance(least, int) and isinstance(value, int | float) and value < least:
        raise InvalidMessageError(f"{path} must be at least {least}", path=path)
    return value


def _meant(schema: Schema, value: object, rules: _Rules) -> Schema:
    """Follow a reference, and of several schemas choose the one that the value has the kind of."""
    if "$ref" in schema:
        schema = rules.definitions[str(schema["$ref"]).rpartition("/")[2]]
    variants = cast("Sequence[Schema]", schema.get("anyOf") or ())
    if not variants:
        return schema
    known = [_meant(one, value, rules) for one in variants]
    if sum("object" in _kinds(one) for one in known) > 1:
        return {}  # which object is meant says its content
    for one in known:
        kinds = _kinds(one)
        if not kinds or any(_is(_read(value, kinds), kind) for kind in kinds):
            return one
    kinds = tuple(dict.fromkeys(kind for one in known for kind in _kinds(one) if kind != "null"))
    return {"type": kinds}


def _object(schema: Schema, value: Mapping[str, object], path: str, rules: _Rules) -> dict[str, object]:
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    required = cast("Sequence[str]", schema.get("required") or ())
    others = schema.get("additionalProperties", True)
    found: dict[str, object] = {}
    for key, member in value.items():
        place = f"{path}.{key}" if path else key
        if key in properties:
            if member is not None or (key in required and _takes_null(properties[key], rules)):
                found[key] = _checked(properties[key], member, place, rules)
        elif others is False:
            raise InvalidMessageError(
                f"{path or 'the input'} has no {key}{rules.hint(path, key, member) or did_you_mean(key, properties)}; "
                f"it may have {', '.join(properties) or 'nothing'}",
                path=place,
            )
        else:
            found[key] = _checked(others, member, place, rules) if isinstance(others, Mapping) else member
    for key in required:
        missing = found.get(key)
        is_blank = isinstance(missing, str) and not missing.strip() and not rules.takes_blank
        if key not in found or is_blank:
            kinds = _kinds(_meant(properties[key], ..., rules))
            kind = f", as {_KINDS[kinds[0]][1]}" if kinds else ""
            place = f"{path}.{key}" if path else key
            raise InvalidMessageError(
                f"{place} is required{kind}{_example(properties[key], place)}", path=place
            )
    return found


def _takes_null(schema: Schema, rules: _Rules) -> bool:
    kinds = _kinds(_meant(schema, None, rules))
    return not kinds or "null" in kinds


def _array(schema: Schema, value: Sequence[object], path: str, rules: _Rules) -> list[object]:
    if len(value) < cast("int", schema.get("minItems") or 0):
        raise InvalidMessageError(f"{path} must be a list with at least one member", path=path)
    items = cast("Schema", schema.get("items") or {})
    return [_checked(items, member, f"{path}[{index}]", rules) for index, member in enumerate(value)]


def _kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema.get("type") or ()
    return (kinds,) if isinstance(kinds, str) else tuple(cast("Sequence[str]", kinds))


def _read(value: object, kinds: Sequence[str]) -> object:
    """Read a text as JSON where no text is expected: models write lists, and figures, so."""
    if not isinstance(value, str) or not kinds or "string" in kinds:
        return value
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    return read if any(_is(read, kind) for kind in kinds) else value


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind][0])


def _example(schema: Schema, path: str) -> str:
    """Return an example of a list that is expected, if the schema has one."""
    examples = cast("Sequence[object]", schema.get("examples") or ())
    return f", such as {orjson.dumps({path.rpartition('.')[2]: examples[0]}).decode()}" if examples else ""
