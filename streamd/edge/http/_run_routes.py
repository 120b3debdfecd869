"""Runs over plain HTTP: started and read as a stream or as a whole, attached to, cancelled."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamd import service
from streamd.core.item import START, Seq
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._replies import json_response
from streamd.edge.http._requests import json_of, message_of, query_of
from streamd.edge.http._run_responses import responses_of
from streamd.edge.http._streams import EventStream, ends_with
from streamd.edge.http.encoders import RESPONSES, RESPONSES_REPLAYED
from streamd.engine.delivery import Cursor, Outbox
from streamd.service import RunHandle
from streamd.wire import replies
from streamd.wire.messages.run_messages import AttachMessage, CancelMessage, UserRequestMessage
from streamd.wire.sse import parse_event_id

_STREAM: Final = "text/event-stream"


async def started(request: Request) -> RunHandle:
    """Start the run that the body of a request asks for."""
    return await start(request, message_of(UserRequestMessage, request, await json_of(request)))


async def start(request: Request, message: UserRequestMessage) -> RunHandle:
    """Start the run that a message asks for, unless it answers the open question of its thread, or repeats one."""
    run, _ = await service.start_or_answer(
        context_of(request).service, actor_of(request, message.user_id), message.user_input,
        context=message.context, agent=message.agent or "", thread_id=message.thread_id or "",
        options=message.options, request_id=message.request_id, op_id=message.op_id,
    )  # fmt: skip
    return run


async def request_responses(request: Request) -> Response:
    """`POST /api/streaming/request`: runs a request to its end, and answers with all responses."""
    run = await started(request)
    responses = await responses_of(request, run)
    return json_response(b'{"responses":[' + b",".join(responses) + b"]}")


async def start_run(request: Request) -> Response:
    """`POST /runs`: starts a run; a stream of its responses for who accepts one, else its id at once."""
    run = await started(request)
    if _STREAM in request.headers.get("accept", ""):
        return stream_of(request, run, START)
    told = replies.result(run_id=run.record.run_id, thread_id=run.record.thread_id, status=run.record.status)
    return json_response(told, 202, {"location": f"/runs/{run.record.run_id}"})


def stream_of(request: Request, run: RunHandle, after: Seq) -> EventStream:
    """The responses of a run after a position, to its last."""

    async def opening(outbox: Outbox) -> None:
        cursor = ends_with(stream, Cursor(run.stream, after, replay_upto=run.stream.top))
        outbox.add(cursor)
        stream.tell_position(cursor, context_of(request).engine.store.epoch, told=True)

    stream = EventStream(
        request, actor_of(request), opening, encoding=RESPONSES, replay_encoding=RESPONSES_REPLAYED
    )
    return stream


async def attach(request: Request) -> Response:
    """`GET /runs/{run_id}/stream`: the responses of a run after `after` or `Last-Event-ID`, to its last.

    Where a client comes back that has the last one, there is no content: then a browser does not come again.
    """
    wanted = query_of(AttachMessage, request, run_id=request.path_params["run_id"])
    run = await service.find_run(context_of(request).service, actor_of(request), run_id=wanted.run_id)
    after, last_id = wanted.after, request.headers.get("last-event-id")
    if last_id:
        seq, epoch = parse_event_id(last_id)
        after = seq if epoch == context_of(request).engine.store.epoch else START
    if run.stream.ended and after >= run.stream.top > START:
        return Response(status_code=204)
    return stream_of(request, run, min(after, run.stream.top))


async def cancel(request: Request) -> Response:
    """`POST /runs/{run_id}/cancel`: cancels a run."""
    body = {**await json_of(request), "run_id": request.path_params["run_id"]}
    message = message_of(CancelMessage, request, body)
    run_id = service.cancel_run(
        context_of(request).service, actor_of(request), run_id=message.run_id, mode=message.mode
    )
    return json_response(replies.ack(orjson.dumps({"run_id": run_id})))


ROUTES: Final = (
    Route("/api/streaming/request", request_responses, methods=["POST"]),
    Route("/runs", start_run, methods=["POST"]),
    Route("/runs/{run_id}/stream", attach, methods=["GET"]),
    Route("/runs/{run_id}/cancel", cancel, methods=["POST"]),
)
