"""CSV files over plain HTTP: imported as they come, and exported as they are made, whatever their size."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from streamd import service
from streamd.core.json.typed_schemas import JsonSchema
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._replies import NOT_KEPT, json_response
from streamd.edge.http._requests import query_values
from streamd.errors import InvalidMessageError
from streamd.service import Actor, FileContent, Uploads
from streamd.wire import replies
from streamd.wire.messages.table_messages import ExportMessage, ImportMessage

CSV: Final = "text/csv"
_PART_BYTES: Final = 256 * 1024
_BODY: Final = "body"
"""The name of the file in the body among the uploads of its request."""


async def import_table(request: Request, message: ImportMessage) -> Response:
    """Adds and updates items, or demand history, from the CSV file in the body, of any size; `dry_run` only reports."""
    uses, actor, uploads = context_of(request).service, actor_of(request, message.user_id), Uploads()
    try:
        await _receive(request, actor, uploads)
        uploads.touch(_BODY, in_use=True)
        result = await service.import_table(
            uses, actor, FileContent(uploads.get(_BODY)), lambda _done, _of: None,
            options=message.options, dry_run=message.dry_run, op_id=message.op_id,
        )  # fmt: skip
    finally:
        uploads.close()
    return json_response(replies.ack(orjson.dumps(result.as_data(dry_run=message.dry_run))))


async def _import_options(request: Request) -> dict[str, object]:
    given = query_values(ImportMessage, request)
    if "type" in request.query_params:
        given.setdefault("item_type", request.query_params["type"])
    for key in ("text", "bytes", "part", "more"):
        given.pop(key, None)
    return {**given, "upload": _BODY}


async def _receive(request: Request, actor: Actor, uploads: Uploads) -> None:
    """Put the body into a file, part by part, as it comes. Raises InvalidMessageError for an empty one."""
    uses, number, pieces, size = context_of(request).service, 0, list[bytes](), 0
    patience = context_of(request).listener.options.body_timeout_seconds
    stream = aiter(request.stream())
    while True:
        piece = await asyncio.wait_for(anext(stream, None), patience)
        if piece:
            pieces.append(piece)
            size += len(piece)
        if size >= _PART_BYTES or (piece is None and size):
            number += 1
            await service.add_upload_part(uses, actor, uploads, _BODY, number, b"".join(pieces))
            pieces, size = [], 0
        if piece is None:
            break
    if not number:
        raise InvalidMessageError("the body is required: the content of a CSV file")


async def export_table(request: Request, message: ExportMessage) -> Response:
    """The items (of a type) as a CSV file."""
    uses, actor = context_of(request).service, actor_of(request)
    export = await service.export_table(uses, actor, message.item_type)

    async def text() -> AsyncIterator[str]:
        async with aclosing(export.parts()) as parts:
            async for part, _ in parts:
                yield part

    name = re.sub(r"[^\w-]", "_", message.item_type or "items", flags=re.ASCII)
    headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(text(), headers=headers, media_type=CSV)


_ALIAS: Final[dict[str, JsonSchema]] = {"type": {"type": "string", "description": "The same as `item_type`."}}

OPERATIONS: Final = (
    Operation(
        "POST", "/import", import_table, ImportMessage, {200: "ack"}, {"text": None, "bytes": None, "upload": None, "part": None, "more": None},
        reads=_import_options, body={}, body_types=(CSV, "application/octet-stream"), query=_ALIAS,
    ),
    Operation("GET", "/export", export_table, ExportMessage, {200: CSV}),
)  # fmt: skip
