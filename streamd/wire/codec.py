"""From bytes to messages."""

from collections.abc import Mapping
from types import ModuleType
from typing import Final

import orjson

from streamd.errors import InvalidJsonError, InvalidMessageError, RefusedError, UnknownTypeError
from streamd.wire import (
    connection_messages,
    description_messages,
    edit_messages,
    item_messages,
    memory_messages,
    run_messages,
    thread_messages,
)
from streamd.wire.client_message import ClientMessage
from streamd.wire.request_id import request_id_in

_MODULES: Final[tuple[ModuleType, ...]] = (
    connection_messages,
    item_messages,
    edit_messages,
    run_messages,
    thread_messages,
    memory_messages,
    description_messages,
)

MAX_SHOWN_CHARS: Final = 100

MESSAGES: Final[Mapping[str, type[ClientMessage]]] = {
    kind.type: kind
    for module in _MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, ClientMessage) and kind is not ClientMessage
}
"""Every message of this version by its type: the classes of the modules above, and no others."""


def parse(raw: bytes | str) -> ClientMessage:
    """Parse a message from a JSON text.

    Keys that the message does not have are ignored; null stands for an absent key.

    Raises:
        InvalidJsonError: not JSON, or not an object.
        UnknownTypeError: no message has this type.
        InvalidMessageError: a key is missing or breaks a rule; `path` names it.

    The details of an error hold the `request_id` when the message had a usable one, so that the reply can repeat it.

    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise InvalidJsonError("Invalid JSON format")
    request_id = request_id_in(body)
    try:
        return _class_of(body.get("type")).parse(body, request_id)
    except RefusedError as refusal:
        if request_id is not None:
            refusal.details = {**refusal.details, "request_id": request_id}
        raise


def _class_of(name: object) -> type[ClientMessage]:
    if not isinstance(name, str):
        raise InvalidMessageError('a message needs a type, for example {"type":"ping"}', path="type")
    kind = MESSAGES.get(name)
    if kind is None:
        shown = name if len(name) <= MAX_SHOWN_CHARS else name[:MAX_SHOWN_CHARS] + "…"
        raise UnknownTypeError(f"Unknown message type: {shown}")
    return kind
