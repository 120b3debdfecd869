"""Runs over plain HTTP: started and read as a stream or as a whole, attached to, listed, cancelled."""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.core.item import START, Seq
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import EVENT_STREAM, AnswerKind, Operation
from streamd.edge.http._replies import NOT_KEPT, json_response
from streamd.edge.http._reply_data import ResponsesData, RunStartedData
from streamd.edge.http._requests import body_as, keys_known, keys_within, query_values, spelled
from streamd.edge.http._run_responses import responses_of
from streamd.edge.http._streams import EventStream, ends_with
from streamd.edge.http.encoders import RESPONSES, RESPONSES_REPLAYED
from streamd.engine.delivery import Cursor, Outbox
from streamd.service import RunHandle
from streamd.wire import list_replies, replies, run_replies
from streamd.wire.messages.list_messages import ListRunsMessage
from streamd.wire.messages.run_messages import (
    COORDINATOR,
    AttachMessage,
    CancelMessage,
    MultiAgentRequestMessage,
    UserRequestMessage,
)
from streamd.wire.sse import parse_event_id

# ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def start(request: Request, message: UserRequestMessage) -> RunHandle:
    """Start the run that a message asks for, unless it answers the open question of its thread, or repeats one."""
    run, _ = await _started(request, message)
    return run


async def _started(request: Request, message: UserRequestMessage) -> tuple[RunHandle, Mapping[str, str]]:
    """Start a run, or answer the question of its thread: then how that was taken is returned, too."""
    uses = context_of(request).service
    run, question = await service.start_or_answer(
        uses, actor_of(request, message.user_id), message.user_input,
        context=message.context, agent=message.agent or "", thread_id=message.thread_id or "",
        options=message.options, request_id=message.request_id, op_id=message.op_id,
    )  # fmt: skip
    if question is None:
        return run, {}
    told = service.told_as_answer(uses, message.user_input, question)
    return run, {"answered": question.interrupt_id, **told}


async def request_responses(request: Request, message: UserRequestMessage) -> Response:
    """Runs a request to its end, and answers with all responses."""
    run, _ = await _started(request, message)
    responses = await responses_of(request, run)
    return json_response(b'{"responses":[' + b",".join(responses) + b"]}")


async def start_run(request: Request, message: UserRequestMessage) -> Response:
    """Starts a run; its responses follow for who accepts a stream, else its id at once."""
    run, taken = await _started(request, message)
    return begun(request, run, taken)


async def start_multi_agent_run(request: Request, message: MultiAgentRequestMessage) -> Response:
    """Starts a run in which several agents work on a question, and one answers."""
    run, _ = await service.start_or_answer(
        context_of(request).service, actor_of(request, message.user_id), message.query,
        context=message.coordination_context, agent=COORDINATOR, thread_id=message.thread_id or "",
        options=message.options, request_id=message.request_id, op_id=message.op_id,
    )  # fmt: skip
    return begun(request, run)


async def _question(request: Request) -> dict[str, object]:
    """Read a question for several agents: its keys, or an object with them under `request`."""
    return await body_as(request, spelled_question)


def spelled_question(body: Mapping[str, object]) -> dict[str, object]:
    """The keys of a question for several agents, which stand in a body or under `request` in it. Raises InvalidMessageError."""
    known = keys_known(MultiAgentRequestMessage)
    if isinstance(body.get("request"), dict):
        return spelled(body, known)
    return {"request": spelled(body, keys_within(known, "request"))}


def begun(request: Request, run: RunHandle, taken: Mapping[str, str] | None = None) -> Response:
    """Answer with a run that has begun: its responses for who accepts a stream, else its id."""
    if EVENT_STREAM in request.headers.get("accept", ""):
        return stream_of(request, run, START)
    record = run.record
    told = replies.result(
        run_id=record.run_id, thread_id=record.thread_id, status=record.status, **(taken or {})
    )
    return json_response(told, 202, {"location": f"/runs/{record.run_id}"})


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


async def attach(request: Request, wanted: AttachMessage) -> Response:
    """The responses of a run after a position, to its last. 204 where all are had: so that a browser asks no more."""
    run = await service.find_run(context_of(request).service, actor_of(request), run_id=wanted.run_id)
    if run.stream.ended and wanted.after >= run.stream.top > START:
        return Response(status_code=204, headers=NOT_KEPT)
    return stream_of(request, run, min(wanted.after, run.stream.top))


async def _position(request: Request) -> dict[str, object]:
    last_id = request.headers.get("last-event-id")
    if not last_id:
        return query_values(AttachMessage, request)
    seq, epoch = parse_event_id(last_id)
    after = seq if epoch == context_of(request).engine.store.epoch else START
    return {**query_values(AttachMessage, request), "after": after}


async def get_run(request: Request, wanted: AttachMessage) -> Response:
    """The status of a run."""
    run = await service.find_run(context_of(request).service, actor_of(request), run_id=wanted.run_id)
    record, top = run.record, run.stream.top
    return json_response(
        run_replies.attached(
            run_id=record.run_id,
            thread_id=record.thread_id,
            status=record.status,
            after=min(wanted.after, top),
            top=top,
            question=run.question,
        )
    )


async def list_runs(request: Request, wanted: ListRunsMessage) -> Response:
    """A page of the runs, the last one first."""
    context = context_of(request)
    found = await service.list_runs(
        context.service, actor_of(request), wanted.wanted, wanted.limit, wanted.before
    )
    return json_response(list_replies.runs(found, wanted.limit, context.text_of))


async def cancel(request: Request, message: CancelMessage) -> Response:
    """Cancels a run."""
    run_id = service.cancel_run(
        context_of(request).service, actor_of(request), run_id=message.run_id, mode=message.mode
    )
    return json_response(replies.ack(orjson.dumps({"run_id": run_id})))


_BEGUN: Final[Mapping[int, AnswerKind]] = {202: RunStartedData, 200: EVENT_STREAM}
_BY_ID: Final = {"thread_id": None}

OPERATIONS: Final = (
    Operation("POST", "/runs", start_run, UserRequestMessage, _BEGUN, makes="run_id"),
    Operation("POST", "/runs/multi-agent", start_multi_agent_run, MultiAgentRequestMessage, _BEGUN, reads=_question),
    Operation("POST", "/api/streaming/request", request_responses, UserRequestMessage, {200: ResponsesData}),
    Operation("GET", "/runs", list_runs, ListRunsMessage, {200: "runs"}),
    Operation("GET", "/runs/{run_id}", get_run, AttachMessage, {200: "attached"}, _BY_ID, ()),
    Operation(
        "GET", "/runs/{run_id}/stream", attach, AttachMessage, {200: EVENT_STREAM, 204: None}, _BY_ID,
        reads=_position, headers=("Last-Event-ID",),
    ),
    Operation("POST", "/runs/{run_id}/cancel", cancel, CancelMessage, {200: "ack"}, _BY_ID),
)  # fmt: skip
