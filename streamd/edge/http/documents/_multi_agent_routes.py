"""Agents that work together on a question: as a stream of named events, or in one piece."""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamd import service
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._document_encoders import MULTI_AGENT
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import json_of, message_of
from streamd.edge.http.documents._translated_runs import failed, last_response, stream_of
from streamd.errors import InvalidMessageError
from streamd.service import RunHandle
from streamd.wire.dialects.multi_agent_events import multi_agent_answer
from streamd.wire.messages.run_messages import COORDINATOR, MultiAgentRequestMessage


async def _started(request: Request) -> RunHandle:
    """Start the run that a request asks for."""
    message = _message(request, await json_of(request))
    run, _ = await service.start_or_answer(
        context_of(request).service, actor_of(request, message.user_id), message.query,
        context=message.coordination_context, agent=COORDINATOR, thread_id=message.thread_id or "",
        options=message.options, request_id=message.request_id, op_id=message.op_id,
    )  # fmt: skip
    return run


def _message(request: Request, body: Mapping[str, object]) -> MultiAgentRequestMessage:
    """Read the request: the body itself, or under `request` in it, as on a socket. Raises InvalidMessageError."""
    if isinstance(body.get("request"), dict):
        return message_of(MultiAgentRequestMessage, request, body)
    try:
        return message_of(MultiAgentRequestMessage, request, {"request": body})
    except InvalidMessageError as refusal:
        what, where = (text.removeprefix("request.") for text in (refusal.message, refusal.path))
        raise InvalidMessageError(what, path=where) from None


async def stream(request: Request) -> Response:
    """`POST /api/streaming/multi-agent/stream`: what the agents do, to `complete` or `error`."""
    return stream_of(request, await _started(request), MULTI_AGENT)


async def answer(request: Request) -> Response:
    """`POST /api/multi-agent/process`: the answer, once it is there."""
    run = await _started(request)
    last = await last_response(request, run)
    if last["type"] not in ("complete", "interrupt"):
        return failed(last, run)
    return json_response(orjson.dumps(multi_agent_answer(last)))


ROUTES: Final = (
    Route("/api/streaming/multi-agent/stream", stream, methods=["POST"]),
    Route("/api/multi-agent/process", answer, methods=["POST"]),
)
