"""The served JSON Schemas as validators: as they are, or closed, so that a key that they do not have is a mistake."""

import functools
from collections.abc import Callable
from typing import Any

import fastjsonschema
import orjson

from streamd.wire.entries import FEED_EVENT_TYPES
from streamd.wire.schemas import schemas

DOCUMENT: dict[str, Any] = orjson.loads(orjson.dumps(schemas()))
OPEN = {"error"}
"""Types whose further keys depend on the code."""


def closed(value: Any) -> Any:
    """The same schema, with no keys beside those that it has."""
    match value:
        case {"properties": properties}:
            rest = {key: one for key, one in value.items() if key != "properties"}
            return {"additionalProperties": False, **rest, "properties": closed(properties)}
        case dict():
            return {key: closed(one) for key, one in value.items()}
        case list():
            return [closed(one) for one in value]
        case _:
            return value


@functools.cache
def validator(kind: str, name: str = "", *, is_closed: bool = False) -> Callable[[object], object]:
    """Validates messages of a kind (`messages`, `replies` …) and a type; raises fastjsonschema's exception."""
    schema = DOCUMENT[kind][name] if name else DOCUMENT[kind]
    definitions = DOCUMENT["$defs"]
    if is_closed:
        open_ones = {name: one for name, one in definitions.items() if name.startswith("Error")}
        definitions = {**closed(definitions), **open_ones}
        schema = schema if name in OPEN else closed(schema)
    return fastjsonschema.compile({**schema, "$defs": definitions}, use_default=False)


def check_server_message(message: dict[str, Any]) -> None:
    """Hold a message of the daemon against its schema, closed."""
    kind, name = kind_of(message)
    try:
        validator(kind, name, is_closed=True)(message)
    except fastjsonschema.JsonSchemaValueException as error:
        raise AssertionError(
            f"{name or kind}: {error.message}; write what is new into its class in streamd/wire/payloads"
        ) from None


def kind_of(message: dict[str, Any]) -> tuple[str, str]:
    """The kind and the type of a message of the daemon."""
    event_type = message.get("event_type")
    if event_type is not None:
        known = event_type in DOCUMENT["events"]
        assert known or event_type not in FEED_EVENT_TYPES
        return ("events", event_type) if known else ("custom_event", "")
    return ("responses" if "run_seq" in message else "replies"), message["type"]
