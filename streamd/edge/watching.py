"""Watching runs: attaching to one, and hearing all of a workspace."""

from streamd.core.item import Seq
from streamd.core.position import run_stream
from streamd.core.run import RunId
from streamd.edge.client import Client
from streamd.engine.outbox import Cursor
from streamd.engine.runs import LiveRun
from streamd.errors import NotFoundError
from streamd.wire import messages, replies


async def attach(client: Client, message: messages.Attach) -> None:
    """Hear a run, going on or ended, from after a position; what it told before now is marked as replayed."""
    client.check("read")
    store = client.engine.store
    record = (
        await store.run(RunId(message.run_id))
        if message.run_id is not None
        else await store.latest_run(client.workspace, message.thread_id or "")
    )
    going_on = client.engine.runs.find(record.run_id if record is not None else message.run_id or "")
    if going_on is not None:
        record = going_on.record
    if record is None or record.workspace != client.workspace:
        what = f"run {message.run_id}" if message.run_id is not None else f"run of thread {message.thread_id}"
        raise NotFoundError(f"there is no {what} here; it may be too old to be kept")
    live = await client.engine.hub.open(run_stream(record.run_id))
    if going_on is None and record.status not in ("pending", "running"):
        live.ended = True
    after = min(message.after, live.top)
    client.send(
        replies.attached(
            run_id=record.run_id,
            thread_id=record.thread_id,
            status=record.status,
            after=after,
            top=live.top,
            request_id=message.request_id,
        )
    )
    client.outbox.add(Cursor(live, after, replay_upto=live.top))


def watch(client: Client) -> None:
    """Hear every run that begins in the session's workspace from now on."""

    def begun(run: LiveRun) -> None:
        if not any(cursor.stream is run.stream for cursor in client.outbox.cursors):
            client.outbox.add(Cursor(run.stream, Seq(0)))

    client.engine.runs.watch(client, client.workspace, begun)
