"""Conversations over plain HTTP, and the questions that wait there."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd import service
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http._operations import EVENT_STREAM, Operation
from streamd.edge.http._replies import json_response, listed
from streamd.edge.http._reply_data import RunStartedData
from streamd.edge.http._run_routes import begun
from streamd.wire import list_replies, replies, thread_replies
from streamd.wire.messages.list_messages import ListThreadsMessage
from streamd.wire.messages.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage

if TYPE_CHECKING:
    from streamd.wire.payloads.thread_data import InterruptData


async def list_threads(request: Request, wanted: ListThreadsMessage) -> Response:
    """A page of the conversations, the last used first."""
    context = context_of(request)
    found = await service.list_threads(
        context.service, actor_of(request), wanted.wanted, wanted.limit, wanted.before
    )
    return json_response(list_replies.threads(found, wanted.limit, context.text_of))


async def rename_thread(request: Request, message: ThreadMessage) -> Response:
    """Gives a conversation a title."""
    title = message.title or ""
    await service.rename_thread(context_of(request).service, actor_of(request), message.thread_id, title)
    return json_response(replies.ack(replies.result(thread_id=message.thread_id, title=title)))


async def delete_thread(request: Request, message: ThreadMessage) -> Response:
    """Deletes a conversation with its runs."""
    runs = await service.delete_thread(context_of(request).service, actor_of(request), message.thread_id)
    return json_response(replies.ack(replies.result(thread_id=message.thread_id, runs=runs)))


async def fork_thread(request: Request, message: ThreadMessage) -> Response:
    """Begins a new conversation with the state of this one, now or at a checkpoint."""
    context = context_of(request)
    thread = await service.fork_thread(
        context.service, actor_of(request), message.thread_id, message.checkpoint_id, message.to_thread_id
    )
    told = thread_replies.thread_state(thread, context.text_of)
    return json_response(told, 201, {"location": f"/threads/{thread.thread_id}"})


async def list_interrupts(request: Request, wanted: ListInterruptsMessage) -> Response:
    """The questions that wait for a person, the oldest first."""
    context = context_of(request)
    found = service.list_interrupts(context.service, actor_of(request), wanted.thread_id)

    async def whole() -> "AsyncGenerator[Sequence[InterruptData], None]":
        async with aclosing(found):
            async for block in found:
                yield [thread_replies.interrupt_as_json(one, context.text_of) for one in block]

    return await listed(thread_replies.interrupts(()), "interrupts", whole(), orjson.dumps)


async def respond(request: Request, message: RespondMessage) -> Response:
    """Answers a question; the run goes on with the answer, and its responses follow for who accepts a stream."""
    actor = actor_of(request, message.user_id)
    run = await service.answer_interrupt(
        context_of(request).service,
        actor,
        message.interrupt_id,
        message.answer,
        request_id=message.request_id,
    )
    return begun(request, run)


OPERATIONS: Final = (
    Operation("GET", "/threads", list_threads, ListThreadsMessage, {200: "threads"}),
    Operation("PATCH", "/threads/{thread_id}", rename_thread, ThreadMessage, {200: "ack"}, {"action": "rename"}, ("title",)),
    Operation("DELETE", "/threads/{thread_id}", delete_thread, ThreadMessage, {200: "ack"}, {"action": "delete"}, ()),
    Operation("POST", "/threads/{thread_id}/fork", fork_thread, ThreadMessage, {201: "thread"}, {"action": "fork"}, ("checkpoint_id", "to_thread_id"), makes="thread_id"),
    Operation("GET", "/interrupts", list_interrupts, ListInterruptsMessage, {200: "interrupts"}),
    Operation("POST", "/interrupts/{interrupt_id}", respond, RespondMessage, {202: RunStartedData, 200: EVENT_STREAM}),
)  # fmt: skip
