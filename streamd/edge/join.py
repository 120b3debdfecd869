"""Entering a workspace: the greeting, and where what is told begins."""

from streamd.core.item import Seq
from streamd.edge.client import Client
from streamd.edge.subscribing import follow_feeds
from streamd.edge.watching import watch
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.snapshot_cache import Pages
from streamd.wire import messages, replies
from streamd.wire.connecting import Connecting


async def enter(client: Client, params: Connecting | messages.Hello, heartbeat_seconds: float) -> None:
    """Greet, and begin to tell: live, or from where the client left off, or with a snapshot."""
    if params.workspace is not None and params.workspace != client.workspace:
        client.check("read", params.workspace)
        _leave(client)
        client.workspace = params.workspace
    live = await client.engine.hub.open(client.stream)
    hears_already = any(cursor.stream is live for cursor in client.outbox.cursors)
    position = live.top
    client.send(
        replies.connected(
            connection_id=client.connection_id,
            workspace=client.workspace,
            seq=live.top,
            epoch=client.engine.store.epoch,
            user_id=client.user_id,
            heartbeat_seconds=heartbeat_seconds,
            timestamp=client.now(),
            request_id=params.request_id if isinstance(params, messages.Hello) else None,
        )
    )
    reason: str | None = None
    pages: Pages | None = None
    if params.since is not None:
        reason = await _lost(client, params.since, params.epoch)
        if reason is None:
            position = params.since
    if params.snapshot or reason is not None:
        pages = await client.engine.snapshots.pages(
            client.workspace, client.subscription.item_types, reason=reason
        )
        position = pages.seq
    elif params.since is None and hears_already:
        return  # a greeting that asks for nothing must not skip what is still on its way
    # Again: while the store was asked, nobody listened, and the hub may have let the stream go.
    live = await client.engine.hub.open(client.stream)
    cursor = Cursor(live, position, only=client.subscription.filter)
    if pages is not None:
        cursor.insert(position, pages.payloads)
    client.outbox.add(cursor)
    if "runs" in client.subscription.topics:
        watch(client)
    await follow_feeds(client)


async def _lost(client: Client, since: Seq, epoch: str | None) -> str | None:
    """Why a position cannot be resumed; None when it can."""
    if epoch is None:
        return "no_epoch"
    if epoch != client.engine.store.epoch:
        return "epoch"
    span = await client.engine.store.span(client.stream)
    if span.can_resume(since):
        return None
    return "future" if since > span.top else "trimmed"


def _leave(client: Client) -> None:
    for cursor in list(client.outbox.cursors):
        client.outbox.remove(cursor.stream)
    client.engine.runs.unwatch(client)
