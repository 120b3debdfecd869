"""Reads requests as messages of the protocol: the keys of a body or a query, with the same rules and refusals."""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, TypeVar, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request

from streamd.core.json.characters import has_control_characters
from streamd.core.json.typed_schemas import JsonSchema
from streamd.edge.http._context import ACTOR_KEYS, account_of, connection_of, context_of
from streamd.errors import InvalidJsonError, InvalidMessageError, TooLargeError, nearest
from streamd.long_work import REQUESTS
from streamd.text.json_text import decode_json
from streamd.wire.codec import parse_body
from streamd.wire.messages.client_message import ClientMessage

M = TypeVar("M", bound=ClientMessage)
R = TypeVar("R")

_PARSED_PER_BYTE: Final = 8
"""What is made of a byte of JSON takes about so many."""
_BODY_BYTES: Final = "streamd.body_bytes"
"""In the scope of a request: how long its body was."""
ESCAPED_SLASH: Final = "\0"
"""Stands for a slash in a part of a path: no name has that character."""
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where the words of a key in camelCase meet."""
_ALIKE: Final = 0.8
_MOST_CHECKED: Final = 8
"""Unknown keys that are looked at for misspelled ones."""
_LISTS: Final = frozenset({"array", "string"})
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


async def body_of(request: Request) -> bytes:
    """The whole body of a request. Raises TooLargeError, BusyError; HTTPException and ClientDisconnect where it does not come."""
    limit = context_of(request).listener.limits.max_message_bytes
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    connection, account = connection_of(request), account_of(request)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(context_of(request).listener.options.body_timeout_seconds):
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                connection.account.hold(account, len(piece))
                pieces.append(piece)
    except TimeoutError:
        raise HTTPException(408, "the body did not come in time") from None
    return b"".join(pieces)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"a body may have {limit} bytes; send a file in pieces, or fewer items at once", limit=limit
    )


async def keys_of(request: Request, known: Collection[str]) -> dict[str, Any]:
    """The keys in the body of a request, which are known ones or none of ours. Raises InvalidJsonError, InvalidMessageError."""
    return await body_as(request, partial(spelled, known=known))


def spelled(body: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """A body with its keys as the protocol spells them: `threadId` is `thread_id`. `known` has those of inner objects, too.

    Keys that are none of ours stay, to be ignored. Raises InvalidMessageError for one that is nearly one of ours, as the
    request would do something else without it, and for two spellings of a key with different values.
    """
    keys: dict[str, Any] = {}
    top = {key.partition(".")[0] for key in known}
    for key, value in body.items():
        name = key if key in top else _CAPITAL.sub("_", key).lower()
        if name in top:
            inner = keys_within(known, name) if isinstance(value, dict) else frozenset()
            own = spelled(value, inner) if inner else value
            if name in keys and keys[name] != own:
                raise InvalidMessageError(f"{name} is there in two spellings that differ; give one", path=key)
            keys[name] = own
            continue
        keys[key] = value
    check_others(keys.keys() - top, top)
    return keys


def check_others(others: Collection[str], known: Collection[str]) -> None:
    """Refuse a key that is nearly a known one: without it the answer would be another, and look right."""
    for key in sorted(others)[:_MOST_CHECKED]:
        near = nearest(key, sorted(known), alike=_ALIKE)
        if near is not None:
            raise InvalidMessageError(f"there is no key {key}; did you mean {near}?", path=key)


def keys_known(kind: type[ClientMessage]) -> frozenset[str]:
    """The keys of a message, with those that every message has."""
    return kind.declared_keys() | {"type", "request_id"}


def keys_within(known: Collection[str], name: str) -> frozenset[str]:
    """The keys of the object under a key."""
    return frozenset(key.removeprefix(f"{name}.") for key in known if key.startswith(f"{name}."))


async def json_of(request: Request) -> dict[str, Any]:
    """The object in the body of a request; an empty one where there is no body. Raises InvalidJsonError."""
    return await body_as(request, dict[str, Any])


async def body_as(request: Request, read: Callable[[dict[str, Any]], R]) -> R:
    """Read the object in the body of a request with `read`; both in a thread where the body is long.

    Raises InvalidJsonError, and the errors of `read`.
    """
    raw = await body_of(request)
    connection_of(request).account.hold(account_of(request), _PARSED_PER_BYTE * len(raw))
    request.scope[_BODY_BYTES] = len(raw)
    return await REQUESTS.compute(len(raw), _read, raw, read)


def _read(raw: bytes, read: Callable[[dict[str, Any]], R]) -> R:
    body = decoded(raw) if raw else {}
    if not isinstance(body, dict):
        raise InvalidJsonError("the body must be one JSON object")
    return read(body)


def decoded(raw: bytes) -> object:
    """Decode a JSON text. Raises InvalidJsonError, and InvalidMessageError for a number that cannot be kept."""
    try:
        value, faults = decode_json(raw)
    except ValueError:
        raise InvalidJsonError("the body is not JSON") from None
    if faults:
        raise InvalidMessageError(f"{faults[0].path} {faults[0].why}", path=faults[0].path)
    return value


def path_of(request: Request) -> dict[str, str]:
    """The parts of the path of a request, by their names; a slash in one is escaped on its way through the routes."""
    return {name: str(part).replace(ESCAPED_SLASH, "/") for name, part in request.path_params.items()}


def message_of(kind: type[M], request: Request, body: Mapping[str, object]) -> M:
    """Read a message: its keys are in the body, and those that HTTP has headers for, there. Raises InvalidMessageError."""
    keys = dict(body)
    op_id = request.headers.get("idempotency-key")
    if op_id is not None and "op_id" in kind.declared_keys():
        if keys.get("op_id") not in (None, op_id):
            raise InvalidMessageError("op_id and Idempotency-Key differ; give one of them", path="op_id")
        keys["op_id"] = op_id
    return parse_body(kind, keys)


async def read_message(kind: type[M], request: Request, body: Mapping[str, object]) -> M:
    """Read a message as `message_of` does, in a thread where the body that was read is long."""
    return await REQUESTS.compute(request.scope.get(_BODY_BYTES, 0), message_of, kind, request, body)


def query_of(kind: type[M], request: Request, **path: object) -> M:
    """Read a message from the query of a request, and what its path says. Raises InvalidMessageError."""
    return message_of(kind, request, {**query_values(kind, request), **path})


def query_values(kind: type[ClientMessage], request: Request) -> dict[str, object]:
    """Keys of a message in the query: lists and objects as JSON, or as a key that is repeated. Raises InvalidMessageError."""
    schema = cast("Mapping[str, JsonSchema]", kind.json_schema()["properties"])
    keys: dict[str, object] = {}
    for key in request.query_params:
        if key in ACTOR_KEYS and key not in schema:
            continue
        texts, own = request.query_params.getlist(key), schema.get(key, {})
        values = [_value(text, own, key) for text in texts]
        is_list = len(values) > 1 or (isinstance(values[0], str) and _kinds(own) & _LISTS == {"array"})
        keys[key] = values if is_list else values[0]
    return keys


def query_text(request: Request, key: str, most: int) -> str:
    """Read a text of the query; empty where it is not there. Raises InvalidMessageError."""
    text = request.query_params.get(key, "")
    if len(text) > most or has_control_characters(text):
        raise InvalidMessageError(f"{key} has at most {most} printable characters", path=key)
    return text


def query_whole(request: Request, key: str, usual: int, *, least: int, most: int) -> int:
    """Read a whole number of the query; `usual` where it is not there. Raises InvalidMessageError."""
    text = request.query_params.get(key)
    if text is None:
        return usual
    if text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most:
        return int(text)
    raise InvalidMessageError(f"{key} must be a whole number, {least} to {most}", path=key)


def _value(text: str, schema: Mapping[str, Any], key: str) -> object:
    """The value that a text in a query stands for."""
    if text.startswith(("[", "{")):
        try:
            return decoded(text.encode())
        except InvalidJsonError:
            raise InvalidMessageError(f"{key} starts like JSON and is none", path=key) from None
    kinds = _kinds(schema)
    if "integer" in kinds and text.isascii() and text.isdigit() and len(text) <= 16:
        return int(text)
    if True in schema.get("enum", ()) and text in _FLAGS:
        return _FLAGS[text]
    return text


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("type", [])
    kinds = {found} if isinstance(found, str) else set(found)
    for one in schema.get("anyOf", []):
        kinds |= _kinds(one)
    return kinds
