"""Handles messages about runs, threads and memories."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

import orjson

from streamd import service
from streamd.core.item import Seq
from streamd.core.memory import Memory
from streamd.core.run import RunId
from streamd.core.thread import CheckpointId, Thread
from streamd.edge.ws._awaited_questions import await_question
from streamd.edge.ws._client import Client
from streamd.edge.ws._parts import send_in_parts
from streamd.engine.delivery import Cursor
from streamd.engine.journal import Receipt
from streamd.service import Actor
from streamd.wire import (
    memory_replies,
    replies,
    run_replies,
    thread_replies,
)
from streamd.wire.messages.memory_messages import MemoryMessage
from streamd.wire.messages.run_messages import (
    COORDINATOR,
    AttachMessage,
    CancelMessage,
    MultiAgentRequestMessage,
    UndoMessage,
    UserRequestMessage,
)
from streamd.wire.messages.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage

if TYPE_CHECKING:
    from streamd.wire.payloads.thread_data import InterruptData


async def attach(client: Client, message: AttachMessage) -> None:
    """Send the responses of a run after a position; those emitted before now are marked as replayed."""
    run = await service.find_run(
        client.service, client.actor, run_id=message.run_id, thread_id=message.thread_id
    )
    after = min(message.after, run.stream.top)
    client.send(
        run_replies.attached(
            run_id=run.record.run_id,
            thread_id=run.record.thread_id,
            status=run.record.status,
            after=after,
            top=run.stream.top,
            question=run.question,
            request_id=message.request_id,
        )
    )
    client.outbox.add(Cursor(run.stream, after, replay_upto=run.stream.top))
    await_question(client, run)


def start_user_request(client: Client, message: UserRequestMessage) -> Awaitable[None] | None:
    """Start a run for a request in words or structured context, unless it answers the open question of its thread."""
    return _start(
        client,
        client.actor.acting_as(message.user_id),
        message,
        message.user_input,
        context=message.context,
        agent=message.agent or "",
    )


def start_multi_agent_request(client: Client, message: MultiAgentRequestMessage) -> Awaitable[None] | None:
    """Start a run of the coordinator."""
    return _start(
        client,
        client.actor.acting_as(message.user_id),
        message,
        message.query,
        context=message.coordination_context,
        agent=COORDINATOR,
    )


def _start(
    client: Client,
    actor: Actor,
    message: UserRequestMessage | MultiAgentRequestMessage,
    user_input: str,
    *,
    context: Mapping[str, object],
    agent: str,
) -> Awaitable[None] | None:
    """Start a run at once, unless something has to be read before: what its `op_id` has begun, or what its thread asks."""
    thread_id, options, request_id = message.thread_id or "", message.options, message.request_id
    if message.op_id is None and not service.needs_reading(
        client.service, actor, user_input, thread_id, context
    ):
        run = service.start_run(
            client.service, actor, user_input,
            context=context, agent=agent, thread_id=thread_id, options=options, request_id=request_id,
        )  # fmt: skip
        client.follow_run(run)
        await_question(client, run)
        return None

    async def start_or_answer() -> None:
        run, question = await service.start_or_answer(
            client.service, actor, user_input,
            context=context, agent=agent, thread_id=thread_id, options=options, request_id=request_id,
            op_id=message.op_id,
        )  # fmt: skip
        if question is not None:
            told = service.told_as_answer(client.service, user_input, question)
            outcome = replies.result(answered=question.interrupt_id, run_id=run.record.run_id, **told)
            client.send(replies.ack(outcome, request_id=request_id))
        client.answer_with_run(run, request_id)
        await_question(client, run)

    return start_or_answer()


async def respond(client: Client, message: RespondMessage) -> None:
    """Answer an interrupt, and send the run that resumes it."""
    actor = client.actor.acting_as(message.user_id)
    run = await service.answer_interrupt(
        client.service, actor, message.interrupt_id, message.answer, request_id=message.request_id
    )
    client.answer_with_run(run, message.request_id)
    await_question(client, run)


def cancel(client: Client, message: CancelMessage) -> None:
    """Cancel a run."""
    run_id = service.cancel_run(
        client.service, client.actor, run_id=message.run_id, thread_id=message.thread_id, mode=message.mode
    )
    client.send(replies.ack(replies.result(run_id=run_id), request_id=message.request_id))


def undo(client: Client, message: UndoMessage) -> Awaitable[Receipt]:
    """Undo the changes of a run, or one change."""
    actor = client.actor.acting_as(message.user_id)
    if message.run_id is not None:
        return service.undo_run(client.service, actor, RunId(message.run_id), op_id=message.op_id)
    return service.undo_change(client.service, actor, message.seq or Seq(0), op_id=message.op_id)


def undone(_client: Client, message: UndoMessage, receipt: Receipt) -> bytes:
    """Encode the result of an undo."""
    results = receipt.results
    outcome = replies.result(
        run_id=message.run_id,
        undone=len(results),
        item_ids=[result["item_id"] for result in results],
        seqs=[result["seq"] for result in results],
        seq=results[-1]["seq"],
    )
    return replies.ack(outcome, request_id=message.request_id)


async def list_interrupts(client: Client, message: ListInterruptsMessage) -> None:
    """Send the questions that wait for a person."""
    text_of = client.engine.clock.text
    found = service.list_interrupts(client.service, client.actor, message.thread_id)

    async def parts() -> AsyncGenerator[Sequence[InterruptData], None]:
        async with aclosing(found):
            async for block in found:
                for one in block:
                    yield thread_replies.interrupt_in_parts(one, text_of)

    await send_in_parts(
        client,
        parts(),
        orjson.dumps,
        lambda waiting, more: thread_replies.interrupts(waiting, more=more, request_id=message.request_id),
    )


async def answer_thread(client: Client, message: ThreadMessage) -> None:
    """Read or change the state of a thread, and send it."""
    actor, thread_id, text_of = client.actor, message.thread_id, client.engine.clock.text
    thread: Thread
    match message.action:
        case "rename":
            title = message.title or ""
            await service.rename_thread(client.service, actor, thread_id, title)
            outcome = replies.result(thread_id=thread_id, title=title)
            client.send(replies.ack(outcome, request_id=message.request_id))
            return
        case "delete":
            runs = await service.delete_thread(client.service, actor, thread_id)
            outcome = replies.result(thread_id=thread_id, runs=runs)
            client.send(replies.ack(outcome, request_id=message.request_id))
            return
        case "history":
            await send_in_parts(
                client,
                service.get_thread_history(client.service, actor, thread_id, message.limit, message.before),
                lambda one: thread_replies.past_checkpoint(one, text_of),
                lambda checkpoints, more: thread_replies.thread_history(
                    thread_id, checkpoints, more=more, request_id=message.request_id
                ),
            )
            return
        case "state":
            thread = await service.get_thread(client.service, actor, thread_id, message.checkpoint_id)
        case "update":
            thread = await service.update_thread(
                client.service, actor, thread_id, message.values or {}, message.as_node
            )
        case "rewind":
            thread = await service.rewind_thread(
                client.service, actor, thread_id, message.checkpoint_id or CheckpointId("")
            )
        case "fork":
            thread = await service.fork_thread(
                client.service, actor, thread_id, message.checkpoint_id, message.to_thread_id
            )
    client.send(thread_replies.thread_state(thread, text_of, request_id=message.request_id))


async def answer_memory(client: Client, message: MemoryMessage) -> None:
    """Read or change memories, and send them."""
    # Without a user_id the memories of all users are meant; preferences are always set for the actor.
    actor, user_id = client.actor.acting_as(message.user_id), message.user_id
    count: int | None = None
    found: AsyncGenerator[Sequence[Memory], None]
    match message.action:
        case "search":
            found = _search(client, actor, message)
        case "list":
            found = service.list_memories(
                client.service, actor,
                agent=message.agent, user_id=user_id, kinds=message.kinds, limit=message.limit,
            )  # fmt: skip
        case "export":
            found = service.list_memories(
                client.service, actor, agent=message.agent, user_id=user_id, kinds=message.kinds
            )
        case "clear":
            count = await service.clear_memories(
                client.service, actor, agent=message.agent, user_id=user_id, kinds=message.kinds
            )
            found = _at_once(())
        case "set_preference":
            held = await service.set_preference(client.service, actor, message.key or "", message.value)
            found = _at_once(held)
    text_of = client.engine.clock.text
    await send_in_parts(
        client,
        found,
        lambda one: orjson.dumps(memory_replies.memory_as_json(one, text_of)),
        lambda part, more: memory_replies.memory(
            message.action, part, count=count, more=more, request_id=message.request_id
        ),
    )


async def _search(
    client: Client, actor: Actor, message: MemoryMessage
) -> AsyncGenerator[Sequence[Memory], None]:
    yield await service.search_memories(
        client.service, actor, message.query or "",
        agent=message.agent, user_id=message.user_id, kinds=message.kinds, limit=message.limit,
    )  # fmt: skip


async def _at_once(memories: Sequence[Memory]) -> AsyncGenerator[Sequence[Memory], None]:
    yield memories
