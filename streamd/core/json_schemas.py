"""JSON Schema: schemas that can be used, and values that are what one says."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import fastjsonschema

from streamd.errors import InvalidMessageError

Validator: TypeAlias = Callable[[object], object]
"""Takes a value; raises what `check_value_by` understands."""


def validator_of(schema: Mapping[str, object], name: str) -> Validator:
    """Compile a schema. Nothing that it refers to is fetched, and a value is left as it is.

    Raises:
        InvalidMessageError: nothing can be judged by it. `name` says whose schema it is.

    """
    try:
        return fastjsonschema.compile(dict(schema), handlers=_NO_FETCHING, use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, InvalidMessageError) as error:
        raise InvalidMessageError(f"the schema of {name} cannot be used: {error}", path="schema") from None


def check_value_by(validator: Validator, value: object, name: str) -> None:
    """Refuse a value that the schema does not allow. Raises InvalidMessageError, with `name` for the value."""
    try:
        validator(value)
    except fastjsonschema.JsonSchemaValueException as error:
        raise InvalidMessageError(
            str(error.message).replace("data", name, 1),
            path=".".join(map(str, error.path)).replace("data", name, 1),
        ) from None


def _refuse(uri: str) -> object:
    raise InvalidMessageError(f"{uri} is elsewhere, and nothing is fetched")


_NO_FETCHING: Final = dict.fromkeys(("http", "https", "file", "ftp"), _refuse)
