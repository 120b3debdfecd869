"""Agents that work together on a question: as a stream of named events, or in one piece."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._document_encoders import MULTI_AGENT
from streamd.edge.http._operations import EVENT_STREAM, Operation
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import body_as, message_of
from streamd.edge.http._run_routes import spelled_question
from streamd.edge.http.documents import _bodies
from streamd.edge.http.documents._answer_data import MultiAgentAnswerData
from streamd.edge.http.documents._translated_runs import failed, last_response, stream_of
from streamd.errors import InvalidMessageError
from streamd.service import RunHandle
from streamd.wire.dialects.multi_agent_events import multi_agent_answer
from streamd.wire.messages.run_messages import COORDINATOR, MultiAgentRequestMessage


async def _started(request: Request) -> RunHandle:
    """Start the run that a request asks for."""
    message = await body_as(request, partial(_message, request))
    run, _ = await service.start_or_answer(
        context_of(request).service, actor_of(request, message.user_id), message.query,
        context=message.coordination_context, agent=COORDINATOR, thread_id=message.thread_id or "",
        options=message.options, request_id=message.request_id, op_id=message.op_id,
    )  # fmt: skip
    return run


def _message(request: Request, body: Mapping[str, object]) -> MultiAgentRequestMessage:
    """Read the request: the body itself, or under `request` in it, as on a socket. Raises InvalidMessageError."""
    try:
        return message_of(MultiAgentRequestMessage, request, spelled_question(body))
    except InvalidMessageError as refusal:
        if isinstance(body.get("request"), dict):
            raise
        what, where = (text.removeprefix("request.") for text in (refusal.message, refusal.path))
        raise InvalidMessageError(what, path=where) from None


async def stream(request: Request) -> Response:
    """The events of agents that work together, to `complete` or `error`."""
    return stream_of(request, await _started(request), MULTI_AGENT)


async def answer(request: Request) -> Response:
    """The answer, once it is there."""
    run = await _started(request)
    last = await last_response(request, run)
    if last["type"] not in ("complete", "interrupt"):
        return failed(last, run)
    return json_response(orjson.dumps(multi_agent_answer(last)))


OPERATIONS: Final = (
    Operation("POST", "/api/streaming/multi-agent/stream", stream, None, {200: EVENT_STREAM}, body=_bodies.MULTI_AGENT),
    Operation("POST", "/api/multi-agent/process", answer, None, {200: MultiAgentAnswerData}, body=_bodies.MULTI_AGENT),
)  # fmt: skip
