"""Running: what a session asks agents to do, and what it does to their runs."""

from streamd.core.item import Seq
from streamd.core.run import RunId, RunRequest
from streamd.edge.client import Client
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.journal.undo_writes import undo_change, undo_run
from streamd.engine.live.live_run import LiveRun
from streamd.errors import NotFoundError
from streamd.wire import messages, replies

COORDINATOR = "coordinator"


def user_request(client: Client, message: messages.UserRequest) -> None:
    """Begin a run for a request, and hear it."""
    client.check("request")
    _begin(
        client,
        RunRequest(
            user_input=message.user_input,
            context=message.context,
            user_id=client.principal.acting_as(message.user_id or client.user_id),
            workspace=client.workspace,
            thread_id=message.thread_id or "",
            agent=message.agent or "",
            options=message.options,
            request_id=message.request_id,
        ),
    )


def multi_agent_request(client: Client, message: messages.MultiAgentRequest) -> None:
    """Begin a run of the coordinator, and hear it."""
    client.check("request")
    said = {
        "coordination_mode": message.coordination_mode,
        "primary_agent": message.primary_agent,
        "supporting_agents": None if message.supporting_agents is None else list(message.supporting_agents),
        "product_id": message.product_id,
    }
    _begin(
        client,
        RunRequest(
            user_input=message.query,
            context={**message.context, **{key: value for key, value in said.items() if value is not None}},
            user_id=client.principal.acting_as(message.user_id or client.user_id),
            workspace=client.workspace,
            thread_id=message.thread_id or "",
            agent=COORDINATOR,
            options=message.options,
            request_id=message.request_id,
        ),
    )


def _begin(client: Client, request: RunRequest) -> None:
    run = client.engine.runs.start(request)
    client.outbox.add(Cursor(run.output.stream, Seq(0)))


def cancel(client: Client, message: messages.Cancel) -> None:
    """Stop a run of this workspace, whoever began it."""
    client.check("request")
    run = _meant(client, message)
    client.engine.runs.cancel(run.record.run_id, client.user_id, message.mode)
    client.send(replies.ack(replies.result(run_id=run.record.run_id), request_id=message.request_id))


def _meant(client: Client, message: messages.Cancel) -> LiveRun:
    runs = client.engine.runs
    if message.run_id is not None:
        run = runs.find(message.run_id)
        if run is None or run.record.workspace != client.workspace:
            raise NotFoundError(f"no run {message.run_id} is going on here", run_id=message.run_id)
        return run
    of_thread = runs.all_of_thread(client.workspace, message.thread_id or "")
    if not of_thread:
        raise NotFoundError(f"no run of thread {message.thread_id} is going on here")
    return of_thread[0]


async def undo(client: Client, message: messages.Undo) -> None:
    """Take back what a run did, or one change."""
    client.check("write")
    engine, author = client.engine, client.author(message.user_id)
    op = client.op(author, message.op_id)
    if message.run_id is not None:
        receipt = await undo_run(
            engine.journal, engine.store, client.workspace, RunId(message.run_id), author, op
        )
    else:
        receipt = await undo_change(
            engine.journal, engine.store, client.workspace, message.seq or Seq(0), author, op
        )
    results = receipt.results
    outcome = replies.result(
        run_id=message.run_id,
        undone=len(results),
        item_ids=[result["item_id"] for result in results],
        seqs=[result["seq"] for result in results],
        seq=results[-1]["seq"],
    )
    client.send(replies.ack(outcome, request_id=message.request_id))
