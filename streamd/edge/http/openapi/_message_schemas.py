"""Parts of the OpenAPI document that are made of JSON Schemas of messages."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.values import MAX_ID_CHARS
from streamd.edge.http._operations import JSON


def properties(schema: JsonSchema) -> Mapping[str, JsonSchema]:
    """The schemas of the keys of a message."""
    return cast("Mapping[str, JsonSchema]", schema["properties"])


def without(schema: JsonSchema, hidden: set[str]) -> JsonSchema:
    """The schema of a message without some keys, and without the rules about them."""
    rest = {
        key: value
        for key, value in schema.items()
        if key not in ("properties", "required", "allOf", "description")
    }
    required = [key for key in cast("Sequence[str]", schema.get("required", ())) if key not in hidden]
    rules = [rule for rule in cast("Sequence[object]", schema.get("allOf", ())) if not names(rule) & hidden]
    return {
        **rest,
        "properties": {key: own for key, own in properties(schema).items() if key not in hidden},
        **({"required": required} if required else {}),
        **({"allOf": rules} if rules else {}),
    }


def names(rule: object) -> set[str]:
    """The keys that a rule is about."""
    match rule:
        case {"required": list() as keys, **others}:
            return {*keys, *names(others)}
        case {"properties": dict() as keys, **others}:
            return {*keys, *names(others)}
        case dict():
            return set().union(*map(names, rule.values()))
        case list():
            return set().union(*map(names, rule))
        case _:
            return set()


def in_path(schema: JsonSchema) -> JsonSchema:
    """The schema of a part of a path: a text that is not empty."""
    longest = schema.get("maxLength", MAX_ID_CHARS)
    return {"type": "string", "minLength": 1, "maxLength": longest}


def query_parameter(name: str, schema: JsonSchema, *, required: bool) -> JsonSchema:
    """A parameter of the query: what is no text, number, flag or list of texts, is JSON."""
    described: JsonSchema = {"name": name, "in": "query"}
    if required:
        described["required"] = True
    if description := schema.get("description"):
        described["description"] = description
    own = {key: value for key, value in schema.items() if key != "description"}
    if own.get("enum") and True in cast("list[object]", own["enum"]):
        own = {"type": "boolean"}
    own = of_query(own)
    kinds = own.get("type", "string" if "enum" in own else "")
    if kinds in ("string", "integer", "boolean", "number") or kinds == ["integer", "string"]:
        return {**described, "schema": own}
    if own.get("type") == "array" and not names(own):
        return {**described, "style": "form", "explode": True, "schema": own}
    return {**described, "content": {JSON: {"schema": own}}}


def of_query(schema: JsonSchema) -> JsonSchema:
    """A schema without null, which no query has; of a text or a list of such texts the list."""
    match schema:
        case {"type": [str() as kind, "null"]}:
            return {**schema, "type": kind}
        case {"enum": list() as members}:
            return {**schema, "enum": [one for one in members if one is not None]}
        case {"anyOf": [first, {"type": "null"}], **others}:
            return of_query({**others, **cast("JsonSchema", first)})
        case {"anyOf": [{"type": "integer"}, {"type": "string"}], **others}:
            return {**others, "type": ["integer", "string"]}
        case {"anyOf": [_, {"type": "array", "items": {"enum": _} | {"type": "string"}} as texts], **others}:
            return {**others, **cast("JsonSchema", texts)}
        case _:
            return schema


def relocated(value: Any) -> Any:
    """A schema whose references are to the components."""
    match value:
        case {"$ref": str() as reference, **others}:
            return {**relocated(others), "$ref": reference.replace("#/$defs/", "#/components/schemas/")}
        case dict():
            return {key: relocated(inner) for key, inner in value.items()}
        case list() | tuple():
            return [relocated(inner) for inner in value]
        case _:
            return copy.copy(value)


def references(value: object) -> set[str]:
    """The names of the schemas that a schema refers to."""
    match value:
        case {"$ref": str() as reference, **others}:
            return {reference.rpartition("/")[2], *references(others)}
        case dict():
            return set().union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
        case _:
            return set()
