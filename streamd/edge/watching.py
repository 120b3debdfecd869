"""Watching runs: attaching to one, and hearing all of a workspace."""

from streamd.core.item import Seq
from streamd.core.position import run_stream
from streamd.core.run import RunId, RunRecord
from streamd.edge.client import Client
from streamd.engine.delivery.outbox import Cursor
from streamd.engine.live.live_run import LiveRun
from streamd.errors import NotFoundError
from streamd.ports.store import UNFINISHED
from streamd.wire import messages, replies


async def attach(client: Client, message: messages.Attach, *, quietly: bool = False) -> None:
    """Hear a run, going on or ended, from after a position; what it told before now is marked as replayed.

    `quietly` is for who asked for the run itself: nothing is said about where it stands, and nothing is marked.
    """
    client.check("read")
    record = await _record(client, message)
    if record is None or record.workspace != client.workspace:
        what = f"run {message.run_id}" if message.run_id is not None else f"run of thread {message.thread_id}"
        raise NotFoundError(f"there is no {what} here; it may be too old to be kept")
    live = await client.engine.hub.open(run_stream(record.workspace, record.run_id))
    if record.status not in UNFINISHED:
        live.ended = True
    after = min(message.after, live.top)
    if quietly:
        client.outbox.add(Cursor(live, after))
        return
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


async def _record(client: Client, message: messages.Attach) -> RunRecord | None:
    """The run as it is now: one that is going on is known here before the store knows it, and until its end is kept."""
    runs, store = client.engine.runs, client.engine.store
    if message.run_id is not None:
        going_on = runs.find(message.run_id)
        return (
            going_on.record
            if going_on is not None
            else await store.run(client.workspace, RunId(message.run_id))
        )
    thread_id = message.thread_id or ""
    going_on = runs.of_thread(client.workspace, thread_id)
    return going_on.record if going_on is not None else await store.latest_run(client.workspace, thread_id)


def watch(client: Client) -> None:
    """Hear every run that begins in the session's workspace from now on."""

    def begun(run: LiveRun) -> None:
        if not any(cursor.stream is run.output.stream for cursor in client.outbox.cursors):
            client.outbox.add(Cursor(run.output.stream, Seq(0)))

    client.engine.runs.watch(client, client.workspace, begun)
