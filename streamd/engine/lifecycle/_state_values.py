"""Values in the state of an agent's graph, as the schema of what people set there."""

import functools
from collections.abc import Hashable, Mapping
from typing import Final, cast

from streamd.core.json.json_schemas import Validator, check_value_by, validator_of
from streamd.core.json.typed_schemas import JsonSchema, schema_of_type
from streamd.ports.agent import Agent

_ANY: Final[JsonSchema] = {"type": "object"}
_NULL: Final = {"type": "null"}


def schema_of_values(agent: Agent | None) -> JsonSchema:
    """Make the schema of an object with new values for names in the state: any of them, and null for none."""
    return _ANY if agent is None or agent.state is None else _schema_of(cast("Hashable", agent.state))


def check_values(agent: Agent | None, values: Mapping[str, object], name: str) -> None:
    """Refuse values that the state cannot have; `name` is theirs, for the message. Raises InvalidMessageError."""
    if agent is not None and agent.state is not None:
        check_value_by(_validator_of(cast("Hashable", agent.state)), values, name)


@functools.cache
def _schema_of(state: Hashable) -> JsonSchema:
    schema = schema_of_type(cast("type[object]", state))
    declared = cast("Mapping[str, JsonSchema]", schema["properties"])
    return {
        **schema,
        "properties": {name: _or_null(own) for name, own in declared.items()},
        "required": [],
    }


@functools.cache
def _validator_of(state: Hashable) -> Validator:
    return validator_of(_schema_of(state), "the state")


def _or_null(schema: JsonSchema) -> JsonSchema:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, _NULL]}
