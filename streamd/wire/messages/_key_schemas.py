"""JSON Schemas of what the readers of keys accept, declared beside each reader.

    @accepts({"type": "string", "maxLength": 200})
    def name(value: object, key: str) -> str | None:

Some rules no schema can say: which characters are text, how deep a value nests, how many bytes it has, that two keys agree.
Where another key stands for a key, so that it is passed over, the schema wants it to be valid nevertheless.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from streamd.core.json.typed_schemas import JsonSchema

Reader = TypeVar("Reader", bound=Callable[..., Any])

_ATTRIBUTE: Final = "accepted_schema"


def accepts(schema: JsonSchema) -> Callable[[Reader], Reader]:
    """Declare the schema of the values that a reader accepts; of what makes one value of several keys, that of their object."""

    def declare(read: Reader) -> Reader:
        setattr(read, _ATTRIBUTE, schema)
        return read

    return declare


def schema_of(read: Callable[..., object]) -> JsonSchema:
    """Return the schema of the values that a reader accepts. Raises LookupError when it declares none."""
    schema = declared_schema(read)
    if schema is None:
        name = getattr(read, "__qualname__", type(read).__name__)
        raise LookupError(f"{name} in {read.__module__} has no schema: put @accepts({{…}}) above it")
    return schema


def declared_schema(read: Callable[..., object]) -> JsonSchema | None:
    """Return the schema that a function declares, if it does."""
    return cast("JsonSchema | None", getattr(read, _ATTRIBUTE, None))


def text_schema(most: int, *, least: int = 0) -> JsonSchema:
    """Make the schema of text with so many characters."""
    return {"type": "string", **({"minLength": least} if least else {}), "maxLength": most}


def either(*keys: str) -> JsonSchema:
    """Make the schema of objects that have at least one of the keys."""
    return {"anyOf": [{"required": [key]} for key in keys]}


def needs(key: str, value: str, other: str) -> JsonSchema:
    """Make the schema of objects that have another key where one has this value."""
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"required": [other]}}


def or_null(schema: JsonSchema) -> JsonSchema:
    """Make the schema of the values that another allows, and null."""
    match schema:
        case {"enum": list() as members}:
            return {**schema, "enum": [*members, None]}
        case {"type": str() as kind}:
            return {**schema, "type": [kind, "null"]}
        case _ if schema:
            return {"anyOf": [schema, {"type": "null"}]}
        case _:
            return schema


def merged(*parts: JsonSchema) -> JsonSchema:
    """Make the schema of objects of which several say some of the keys."""
    properties: JsonSchema = {}
    required: list[str] = []
    rules: list[object] = []
    for part in parts:
        properties |= cast("JsonSchema", part.get("properties", {}))
        required += [key for key in cast("list[str]", part.get("required", [])) if key not in required]
        rules += cast("list[object]", part.get("allOf", []))
        rest = {
            key: value
            for key, value in part.items()
            if key not in ("type", "properties", "required", "allOf")
        }
        if rest:
            rules.append(rest)
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        **({"allOf": rules} if rules else {}),
    }
