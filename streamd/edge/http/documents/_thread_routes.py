"""Threads of graphs: created, read, edited, and wound back."""

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.thread import Thread
from streamd.core.values import MAX_ID_CHARS
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import keys_of, message_of, path_of, query_of
from streamd.edge.http.documents import _bodies
from streamd.edge.http.documents._answer_data import (
    GraphChangeData,
    GraphHistoryData,
    GraphStateData,
    GraphThreadData,
)
from streamd.edge.http.documents._bodies import known_in
from streamd.errors import NotFoundError
from streamd.ids import time_ordered_id
from streamd.wire.dialects import graph_threads as encode
from streamd.wire.messages.thread_messages import ThreadMessage


async def create(request: Request) -> Response:
    """Names a thread, as the body says or by itself. It is kept from its first run on."""
    body, now_ms = await keys_of(request, known_in(_bodies.NAMED)), context_of(request).engine.clock.now_ms()
    named = body.get("thread_id")
    if named in (None, ""):
        named = time_ordered_id("thread", now_ms)
    thread_id = message_of(ThreadMessage, request, {"thread_id": named}).thread_id
    thread = await _thread(request, thread_id)
    told = {**encode.thread_as_json(thread, context_of(request).text_of), "created": thread.run_id is None}
    return _told(told, 201 if told["created"] else 200, {"location": f"/threads/{quote(thread_id, safe='')}"})


async def _thread(request: Request, thread_id: str, checkpoint_id: str | None = None) -> Thread:
    """Read a thread. One that nobody has used is empty: who sends something there creates it."""
    message = message_of(ThreadMessage, request, {"thread_id": thread_id, "checkpoint_id": checkpoint_id})
    try:
        return await service.get_thread(
            context_of(request).service, actor_of(request), message.thread_id, message.checkpoint_id
        )
    except NotFoundError:
        if message.checkpoint_id is not None:
            raise
        return Thread(message.thread_id, "idle", None)


async def read(request: Request) -> Response:
    """A thread, with what was said there."""
    thread = await _thread(request, path_of(request)["thread_id"])
    return _told(encode.thread_as_json(thread, context_of(request).text_of))


async def state(request: Request) -> Response:
    """Its state, now or at `checkpoint_id`."""
    wanted = request.query_params.get("checkpoint_id")
    thread = await _thread(request, path_of(request)["thread_id"], wanted)
    return _told(encode.state_as_json(thread, context_of(request).text_of))


async def history(request: Request) -> Response:
    """Its checkpoints, newest first: `limit`, `before`."""
    wanted = query_of(ThreadMessage, request, thread_id=path_of(request)["thread_id"], action="history")
    found = service.get_thread_history(
        context_of(request).service, actor_of(request), wanted.thread_id, wanted.limit, wanted.before
    )
    try:
        checkpoints = [one async for some in found for one in some]
    except NotFoundError:
        checkpoints = []
    return _told(encode.history_as_json(wanted.thread_id, checkpoints, context_of(request).text_of))


async def update(request: Request) -> Response:
    """Changes values of its state (`updates` or `values`), `as_node` as if one had."""
    body = await keys_of(request, known_in(_bodies.UPDATE))
    keys = {
        "thread_id": path_of(request)["thread_id"],
        "action": "update",
        "values": body.get("values", body.get("updates")),
        "as_node": body.get("as_node"),
    }
    message = message_of(ThreadMessage, request, keys)
    values = message.values or {}
    thread = await service.update_thread(
        context_of(request).service, actor_of(request), message.thread_id, values, message.as_node
    )
    return _told({**_changed(request, thread), "status": "updated", "updates": values})


async def rewind(request: Request) -> Response:
    """Winds it back to a checkpoint; the next run goes on from there."""
    body = await keys_of(request, known_in(_bodies.REWIND))
    keys = {"thread_id": path_of(request)["thread_id"], "action": "rewind"}
    message = message_of(ThreadMessage, request, {**keys, "checkpoint_id": body.get("checkpoint_id")})
    assert message.checkpoint_id is not None
    thread = await service.rewind_thread(
        context_of(request).service, actor_of(request), message.thread_id, message.checkpoint_id
    )
    return _told({**_changed(request, thread), "status": "rewound", "checkpoint_id": message.checkpoint_id})


def _changed(request: Request, thread: Thread) -> Mapping[str, object]:
    told = encode.state_as_json(thread, context_of(request).text_of)
    return {**told, "messages_count": len(encode.messages_of(thread))}


def _told(
    keys: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return json_response(orjson.dumps(keys), status, headers)


_MADE: Final = {200: GraphThreadData, 201: GraphThreadData}
_CHANGED: Final = {200: GraphChangeData}
_CHECKPOINT: Final[JsonSchema] = {"type": "string", "maxLength": MAX_ID_CHARS}
_PAGE: Final[Mapping[str, JsonSchema]] = {
    "limit": cast("Mapping[str, JsonSchema]", ThreadMessage.json_schema()["properties"])["limit"],
    "before": _CHECKPOINT,
}

OPERATIONS: Final = (
    Operation("POST", "/threads", create, None, _MADE, body=_bodies.NAMED, makes="thread_id"),
    Operation("GET", "/threads/{thread_id}", read, None, {200: GraphThreadData}),
    Operation("GET", "/threads/{thread_id}/state", state, None, {200: GraphStateData}, query={"checkpoint_id": _CHECKPOINT}),
    Operation("GET", "/threads/{thread_id}/history", history, None, {200: GraphHistoryData}, query=_PAGE),
    Operation("POST", "/threads/{thread_id}/update", update, None, _CHANGED, body=_bodies.UPDATE),
    Operation("POST", "/threads/{thread_id}/rewind", rewind, None, _CHANGED, body=_bodies.REWIND),
)  # fmt: skip
