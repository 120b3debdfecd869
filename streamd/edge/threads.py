"""Threads, and the questions that their runs ask people."""

from streamd.core.thread import CheckpointId
from streamd.edge.client import Client
from streamd.edge.watching import attach
from streamd.wire import thread_replies
from streamd.wire.run_messages import AttachMessage
from streamd.wire.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage


async def respond(client: Client, message: RespondMessage) -> None:
    """Answer a question, and hear the run that goes on with it."""
    client.check("request")
    by = client.principal.acting_as(message.user_id or client.user_id)
    run_id = await client.engine.interrupts.respond(
        client.workspace, message.interrupt_id, message.answer, by, message.request_id
    )
    await attach(client, AttachMessage(run_id=run_id), quietly=True)


async def list_interrupts(client: Client, message: ListInterruptsMessage) -> None:
    """What waits for a person here."""
    client.check("read")
    waiting = await client.engine.interrupts.pending(client.workspace, message.thread_id)
    client.send(thread_replies.interrupts(waiting, client.engine.clock.text, request_id=message.request_id))


async def thread(client: Client, message: ThreadMessage) -> None:
    """Where a thread stands, or stood; or change that."""
    threads, workspace, thread_id = client.engine.threads, client.workspace, message.thread_id
    text_of = client.engine.clock.text
    client.check("read" if message.action in ("state", "history") else "request")
    match message.action:
        case "history":
            found = await threads.history(workspace, thread_id, message.limit, message.before)
            client.send(
                thread_replies.thread_history(thread_id, found, text_of, request_id=message.request_id)
            )
            return
        case "state":
            state = await threads.state(workspace, thread_id, message.checkpoint_id)
        case "update":
            state = await threads.update(workspace, thread_id, message.values or {}, message.as_node)
        case "rewind":
            state = await threads.rewind(workspace, thread_id, message.checkpoint_id or CheckpointId(""))
        case "fork":
            state = await threads.fork(workspace, thread_id, message.checkpoint_id, message.to_thread_id)
    client.send(thread_replies.thread_state(state, text_of, request_id=message.request_id))
