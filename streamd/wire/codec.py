"""From bytes to messages."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import orjson

from streamd.errors import InvalidJsonError, InvalidMessageError, RefusedError, UnknownTypeError
from streamd.wire import edits, requests, run_requests, thread_requests
from streamd.wire.fields import Body
from streamd.wire.messages import ClientMessage, Disconnect, Ping
from streamd.wire.request_id import RequestId, request_id_in

Parser: TypeAlias = Callable[[Body, RequestId], ClientMessage]

MAX_SHOWN_CHARS: Final = 100

PARSERS: Final[Mapping[str, Parser]] = {
    "user_request": run_requests.user_request,
    "multi_agent_request": run_requests.multi_agent_request,
    "ping": lambda _, request_id: Ping(request_id),
    "hello": requests.hello,
    "snapshot": requests.snapshot,
    "subscribe": requests.subscribe,
    "unsubscribe": requests.unsubscribe,
    "add_item": edits.add_item,
    "change_item": edits.change_item,
    "remove_item": edits.remove_item,
    "bulk": edits.bulk,
    "list_items": requests.list_items,
    "get_item": requests.get_item,
    "publish": edits.publish,
    "import": requests.import_,
    "export": requests.export,
    "attach": run_requests.attach,
    "cancel": run_requests.cancel,
    "undo": run_requests.undo,
    "get_progress": run_requests.get_progress,
    "respond": thread_requests.respond,
    "list_interrupts": thread_requests.list_interrupts,
    "thread": thread_requests.thread,
    "memory": thread_requests.memory,
    "disconnect": lambda _, request_id: Disconnect(request_id),
}
"""Every message type of this version."""


def parse(raw: bytes | str) -> ClientMessage:
    """The message in a JSON text.

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
        return _parser(body.get("type"))(body, request_id)
    except RefusedError as refusal:
        if request_id is not None:
            refusal.details = {**refusal.details, "request_id": request_id}
        raise


def _parser(name: object) -> Parser:
    if not isinstance(name, str):
        raise InvalidMessageError('a message needs a type, for example {"type":"ping"}', path="type")
    parser = PARSERS.get(name)
    if parser is None:
        shown = name if len(name) <= MAX_SHOWN_CHARS else name[:MAX_SHOWN_CHARS] + "…"
        raise UnknownTypeError(f"Unknown message type: {shown}")
    return parser
