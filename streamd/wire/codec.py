"""From bytes to messages."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Final, TypeVar

from streamd.errors import InvalidJsonError, InvalidMessageError, RefusedError, UnknownTypeError
from streamd.text.json_text import JsonFault, decode_json
from streamd.wire.messages import (
    connection_messages,
    description_messages,
    edit_messages,
    item_messages,
    list_messages,
    memory_messages,
    run_messages,
    table_messages,
    thread_messages,
    usage_messages,
)
from streamd.wire.messages.client_message import ClientMessage
from streamd.wire.request_id import request_id_in

_MODULES: Final[tuple[ModuleType, ...]] = (
    connection_messages,
    item_messages,
    table_messages,
    edit_messages,
    run_messages,
    thread_messages,
    list_messages,
    memory_messages,
    description_messages,
    usage_messages,
)

M = TypeVar("M", bound=ClientMessage)

MAX_SHOWN_CHARS: Final = 100
_FIRST_KEY: Final = re.compile(r"[.\[]")

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
        body, faults = decode_json(raw)
    except ValueError:
        body, faults = None, ()
    if not isinstance(body, dict):
        raise InvalidJsonError("Invalid JSON format")
    request_id = None if faults and _concerns(faults, {"request_id"}) else request_id_in(body)
    try:
        if faults:
            _refuse(faults, body)
        return _class_of(body.get("type")).parse(body, request_id)
    except RefusedError as refusal:
        if request_id is not None:
            refusal.details = {**refusal.details, "request_id": request_id}
        raise


def parse_body(kind: type[M], body: Mapping[str, object]) -> M:
    """Read the keys of a message whose type is known. Raises InvalidMessageError."""
    return kind.parse(body, request_id_in(body))


def _refuse(faults: Sequence[JsonFault], body: Mapping[str, object]) -> None:
    """Refuse a message with a value that cannot be represented; a rounded one under a key that nobody reads does no harm."""
    kind = MESSAGES.get(str(body.get("type")))
    keys = {"type", "request_id"}.union(*(key.split(".")[:1] for key in kind.declared_keys()) if kind else ())
    for fault in faults:
        if not fault.is_json:
            raise InvalidJsonError("Invalid JSON format", path=fault.path)
        if not fault.is_rounded or _concerns((fault,), keys):
            raise InvalidMessageError(f"{fault.path} {fault.why}", path=fault.path)


def _concerns(faults: Iterable[JsonFault], keys: Collection[str]) -> bool:
    return any(_FIRST_KEY.split(fault.path, 1)[0] in keys for fault in faults)


def _class_of(name: object) -> type[ClientMessage]:
    if not isinstance(name, str):
        raise InvalidMessageError('a message needs a type, for example {"type":"ping"}', path="type")
    kind = MESSAGES.get(name)
    if kind is None:
        shown = name if len(name) <= MAX_SHOWN_CHARS else name[:MAX_SHOWN_CHARS] + "…"
        raise UnknownTypeError(f"Unknown message type: {shown}")
    return kind
