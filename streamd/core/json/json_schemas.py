"""Compiles JSON Schemas and validates values against them; what does so is imported when it is first needed."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from streamd.errors import InvalidMessageError

Validator: TypeAlias = Callable[[object], object]
"""Raises fastjsonschema's exception for an invalid value."""


def validator_of(schema: Mapping[str, object], name: str) -> Validator:
    """Compile a schema. Remote references are never fetched, and validation does not modify a value.

    Raises:
        InvalidMessageError: the schema is invalid; `name` is that of its owner, for the message.

    """
    import fastjsonschema

    try:
        return fastjsonschema.compile(dict(schema), handlers=_NO_FETCHING, use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, InvalidMessageError, re.error) as error:
        raise InvalidMessageError(f"the schema of {name} cannot be used: {error}", path="schema") from None


def check_value_by(validator: Validator, value: object, name: str) -> None:
    """Raise InvalidMessageError for a value that violates the schema; `name` is that of the value, for the message."""
    from fastjsonschema import JsonSchemaValueException

    try:
        validator(value)
    except JsonSchemaValueException as error:
        raise InvalidMessageError(
            str(error.message).replace("data", name, 1),
            path=".".join(map(str, error.path)).replace("data", name, 1),
        ) from None


def _refuse(uri: str) -> object:
    raise InvalidMessageError(f"{uri} is elsewhere, and nothing is fetched")


_NO_FETCHING: Final = dict.fromkeys(("http", "https", "file", "ftp"), _refuse)
