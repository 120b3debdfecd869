"""Reads requests as messages of the protocol: the keys of a body or a query, with the same rules and refusals."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request

from streamd.core.json.typed_schemas import JsonSchema
from streamd.edge.http._context import ACTOR_KEYS, account_of, connection_of, context_of
from streamd.errors import InvalidJsonError, InvalidMessageError, TooLargeError
from streamd.long_work import LONG_BYTES, REQUESTS
from streamd.text.json_text import decode_json
from streamd.wire.codec import parse_body
from streamd.wire.messages.client_message import ClientMessage

M = TypeVar("M", bound=ClientMessage)

_PARSED_PER_BYTE: Final = 8
"""What is made of a byte of JSON takes about so many."""
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
                connection.hold(account, len(piece))
                pieces.append(piece)
    except TimeoutError:
        raise HTTPException(408, "the body did not come in time") from None
    return b"".join(pieces)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"a body may have {limit} bytes; send a file in pieces, or fewer items at once", limit=limit
    )


async def json_of(request: Request) -> dict[str, Any]:
    """The object in the body of a request; an empty one where there is no body. Raises InvalidJsonError."""
    raw = await body_of(request)
    if not raw:
        return {}
    connection_of(request).hold(account_of(request), _PARSED_PER_BYTE * len(raw))
    body = decoded(raw) if len(raw) <= LONG_BYTES else await REQUESTS.compute(len(raw), decoded, raw)
    if not isinstance(body, dict):
        raise InvalidJsonError("the body must be one JSON object")
    return body


def decoded(raw: bytes) -> object:
    """Decode a JSON text. Raises InvalidJsonError, and InvalidMessageError for a number that cannot be kept."""
    try:
        value, faults = decode_json(raw)
    except ValueError:
        raise InvalidJsonError("the body is not JSON") from None
    if faults:
        raise InvalidMessageError(f"{faults[0].path} {faults[0].why}", path=faults[0].path)
    return value


def message_of(kind: type[M], request: Request, body: Mapping[str, object]) -> M:
    """Read a message: its keys are in the body, and those that HTTP has headers for, there. Raises InvalidMessageError."""
    keys = dict(body)
    op_id = request.headers.get("idempotency-key")
    if op_id is not None and "op_id" in kind.declared_keys():
        keys.setdefault("op_id", op_id)
    return parse_body(kind, keys)


def query_of(kind: type[M], request: Request, **path: object) -> M:
    """Read a message from the query of a request: lists and objects as JSON, or as a key that is repeated."""
    schema = cast("Mapping[str, JsonSchema]", kind.json_schema()["properties"])
    keys: dict[str, object] = {}
    for key in request.query_params:
        if key not in ACTOR_KEYS or key in path:
            texts = request.query_params.getlist(key)
            values = [_value(text, schema.get(key, {}), key) for text in texts]
            keys[key] = values[0] if len(values) == 1 else values
    return parse_body(kind, {**keys, **path})


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
