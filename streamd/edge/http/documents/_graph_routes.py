"""Runs of the graph: streamed node by node, or waited for; and the answer to what one of them asked."""

from collections.abc import Mapping
from typing import Any, Final, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.values import MAX_ID_CHARS
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._document_encoders import GRAPH
from streamd.edge.http._operations import EVENT_STREAM, Operation
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import keys_of, message_of
from streamd.edge.http._run_routes import start
from streamd.edge.http.documents import _bodies
from streamd.edge.http.documents._answer_data import GraphInfoData, GraphRunData
from streamd.edge.http.documents._bodies import known_in
from streamd.edge.http.documents._translated_runs import addresses_of, failed, last_response, stream_of
from streamd.errors import ConflictError, InvalidMessageError, NotFoundError
from streamd.service import RunHandle
from streamd.wire.dialects.graph_events import GRAPH_AGENT, graph_request
from streamd.wire.dialects.graph_threads import run_as_json
from streamd.wire.messages.run_messages import UserRequestMessage
from streamd.wire.messages.thread_messages import RespondMessage

_STATUSES: Final[Mapping[object, str]] = {"interrupt": "interrupted", "complete": "completed"}


async def _started(request: Request) -> RunHandle:
    keys = graph_request(await keys_of(request, known_in(_bodies.GRAPH)))
    if not str(keys["user_input"]).strip() and not keys.get("context"):
        keys["user_input"] = await _words_before(request, str(keys.get("thread_id") or ""))
    return await start(request, message_of(UserRequestMessage, request, keys))


async def _words_before(request: Request, thread_id: str) -> str:
    """Return the words of the last request of a thread that goes on. Raises InvalidMessageError where there is none."""
    one, actor = context_of(request).service, actor_of(request)
    try:
        thread = await service.get_thread(one, actor, thread_id)
        if thread.head is not None and thread.head.next:
            return (await service.find_run(one, actor, thread_id=thread_id)).record.request.user_input
    except NotFoundError:
        pass
    raise InvalidMessageError(
        "message is required: say what to write; only a thread that waits goes on without one", path="message"
    )


async def stream(request: Request) -> Response:
    """One message a node, to `interrupt`, `complete` or `error`; nothing but `data:` lines."""
    return stream_of(request, await _started(request), GRAPH, silent=True)


async def invoke(request: Request) -> Response:
    """The same request, answered at its end."""
    run = await _started(request)
    return await _ended(request, run)


async def resume(request: Request) -> Response:
    """Answers the question that a thread waits with; streamed for who accepts that."""
    body = await keys_of(request, known_in(_bodies.RESUME))
    interrupt_id = body.get("interrupt_id")
    if interrupt_id in (None, ""):
        interrupt_id = await _question(request, body.get("thread_id"))
    message = message_of(RespondMessage, request, {**body, "interrupt_id": interrupt_id})
    run = await service.answer_interrupt(
        context_of(request).service, actor_of(request, message.user_id), message.interrupt_id, message.answer,
        request_id=message.request_id,
    )  # fmt: skip
    if EVENT_STREAM in request.headers.get("accept", ""):
        return stream_of(request, run, GRAPH, silent=True)
    return await _ended(request, run, is_rejected=message.answer.decision == "reject")


async def _question(request: Request, thread_id: object) -> str:
    """Return the id of the only question that a thread waits with. Raises ConflictError where there is none, or are several."""
    if not isinstance(thread_id, str) or not thread_id:
        raise InvalidMessageError("thread_id is required: the thread that waits", path="thread_id")
    found = service.list_interrupts(context_of(request).service, actor_of(request), thread_id)
    waiting = [one.interrupt_id async for some in found for one in some]
    if len(waiting) != 1:
        what = "nothing waits" if not waiting else f"{len(waiting)} questions wait; say which by interrupt_id"
        raise ConflictError(f"{what} in thread {thread_id}", thread_id=thread_id, interrupt_ids=waiting)
    return waiting[0]


async def _ended(request: Request, run: RunHandle, *, is_rejected: bool = False) -> Response:
    """Answer with how a run ended, and with what is in its thread then."""
    last = await last_response(request, run)
    status = "rejected" if is_rejected and last["type"] == "cancelled" else _STATUSES.get(last["type"])
    if status is None:
        return failed(last, run)
    thread = await service.get_thread(context_of(request).service, actor_of(request), run.record.thread_id)
    told = run_as_json(status, run.record.run_id, thread)
    return json_response(orjson.dumps(told), headers=addresses_of(run))


async def info(request: Request) -> Response:
    """Nodes and edges of the graph, and where it pauses for a person; `agent` names another one."""
    name = request.query_params.get("agent", GRAPH_AGENT)
    described = await service.describe(context_of(request).service, actor_of(request), ["agents"])
    agent = cast("Mapping[str, Mapping[str, Any]]", described["agents"]).get(name)
    if agent is None:
        raise NotFoundError(f"there is no agent {name}")
    pauses = {*agent.get("interrupt_before", ()), *agent.get("hitl_before", ())}
    told = {
        "nodes": agent["nodes"],
        "edges": agent["edges"],
        "entry_point": agent["nodes"][0],
        "interrupt_before": [node for node in agent["nodes"] if node in pauses],
        "checkpointer": "streamd",
        "graph_type": name,
        "state_schema": agent.get("state_schema", {}),
    }
    return json_response(orjson.dumps(told))


_RESUMED: Final = {200: (GraphRunData, EVENT_STREAM)}
_AGENT: Final[JsonSchema] = {"type": "string", "maxLength": MAX_ID_CHARS, "default": GRAPH_AGENT}

OPERATIONS: Final = (
    Operation("POST", "/runs/stream", stream, None, {200: EVENT_STREAM}, body=_bodies.GRAPH),
    Operation("POST", "/runs/invoke", invoke, None, {200: GraphRunData}, body=_bodies.GRAPH, makes="thread_id"),
    Operation("POST", "/runs/resume", resume, None, _RESUMED, body=_bodies.RESUME),
    Operation("GET", "/graph/info", info, None, {200: GraphInfoData}, query={"agent": _AGENT}),
)  # fmt: skip
