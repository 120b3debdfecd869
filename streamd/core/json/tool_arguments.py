"""Arguments of tool calls, checked by the very schema that the model was told, with errors that say what would be right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import orjson

from streamd.errors import InvalidMessageError, did_you_mean

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
}


def no_hint(_path: str, _key: str, _value: object) -> str:
    """Say nothing more."""
    return ""


def checked(schema: Schema, value: object, path: str = "", hint: Hint = no_hint) -> object:
    """Return a value as its schema wants it: text that holds JSON is read where a list or an object is expected.

    Keys with null are left out. Raises InvalidMessageError for everything that the schema does not allow.
    """
    kinds = _kinds(schema)
    value = _read(value, kinds)
    if kinds and not any(_is(value, kind) for kind in kinds):
        wanted = " or ".join(_KINDS[kind][1] for kind in kinds)
        more = " with at least one member" if schema.get("minItems") else ""
        raise InvalidMessageError(
            f"{path or 'the input'} must be {wanted}{more}{_example(schema, path)}", path=path
        )
    if isinstance(value, dict):
        return _object(schema, value, path, hint)
    if isinstance(value, list):
        return _array(schema, value, path, hint)
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


def _object(schema: Schema, value: Mapping[str, object], path: str, hint: Hint) -> dict[str, object]:
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    others = schema.get("additionalProperties", True)
    found: dict[str, object] = {}
    for key, member in value.items():
        place = f"{path}.{key}" if path else key
        if key in properties:
            if member is not None:
                found[key] = checked(properties[key], member, place, hint)
        elif others is False:
            raise InvalidMessageError(
                f"{path or 'the input'} has no {key}{hint(path, key, member) or did_you_mean(key, properties)}; "
                f"it may have {', '.join(properties)}",
                path=place,
            )
        else:
            found[key] = checked(others, member, place, hint) if isinstance(others, Mapping) else member
    for key in cast("Sequence[str]", schema.get("required") or ()):
        missing = found.get(key)
        if missing is None or (isinstance(missing, str) and not missing.strip()):
            kind = _KINDS[_kinds(properties[key])[0]][1]
            place = f"{path}.{key}" if path else key
            raise InvalidMessageError(
                f"{place} is required, as {kind}{_example(properties[key], place)}", path=place
            )
    return found


def _array(schema: Schema, value: Sequence[object], path: str, hint: Hint) -> list[object]:
    if len(value) < cast("int", schema.get("minItems") or 0):
        raise InvalidMessageError(f"{path} must be a list with at least one member", path=path)
    items = cast("Schema", schema.get("items") or {})
    return [checked(items, member, f"{path}[{index}]", hint) for index, member in enumerate(value)]


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
