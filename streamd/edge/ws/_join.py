"""Joins clients to a workspace and changes their subscriptions."""

from streamd.edge.ws._client import Client
from streamd.edge.ws._item_answers import insert_items
from streamd.service import Feed, Resume, agents_filter, events_cursor, feed_cursor, feed_stream, open_events
from streamd.wire import connection_replies
from streamd.wire.connection_messages import HelloMessage, SubscribeMessage, UnsubscribeMessage
from streamd.wire.connection_params import ConnectionParams

_FEEDS: tuple[Feed, ...] = ("progress", "quality")


async def join(client: Client, params: ConnectionParams | HelloMessage) -> None:
    """Send `connected`, then events: new ones, those after the client's last position, or those after a snapshot."""
    actor = client.actor.acting_as(params.user_id)
    if params.workspace is not None:
        actor = actor.within(params.workspace)
    subscription = client.subscription.of_items(params, client.service)
    live = await open_events(client.service, actor)
    if actor.workspace != client.actor.workspace:
        client.leave_workspace()
    client.actor = actor
    is_filtered_anew = subscription.filter != client.subscription.filter
    client.subscription = subscription
    client.wants_position = client.wants_position or subscription.filter is not None
    receives_already = any(cursor.stream is live for cursor in client.outbox.cursors)
    top = live.top
    client.send(
        connection_replies.connected(
            connection_id=client.connection_id,
            workspace=actor.workspace,
            seq=top,
            epoch=client.epoch,
            user_id=actor.user_id,
            heartbeat_seconds=client.heartbeat_seconds,
            timestamp=client.now(),
            request_id=params.request_id if isinstance(params, HelloMessage) else None,
        )
    )
    resume = Resume(params.since, params.epoch, params.snapshot)
    if receives_already and not resume.has_items:
        # A hello without options must not skip events that are still queued.
        if is_filtered_anew:
            await _narrow(client, params)
        return
    cursor = await events_cursor(client.service, actor, top, resume, subscription.filter)
    client.outbox.add(cursor)
    client.has_items = resume.has_items or not top
    if "runs" in client.subscription.topics:
        client.follow_new_runs()
    await _follow_feeds(client)


async def subscribe(client: Client, message: SubscribeMessage | UnsubscribeMessage) -> None:
    """Change the subscription, effective from the current position; a client that has the items gets those of the new one."""
    client.actor.check("read")
    before, subscription = client.subscription, client.subscription.changed(message, client.service)
    client.subscription = subscription
    client.wants_position = client.wants_position or subscription.filter is not None
    client.follow_new_runs()
    client.send(
        connection_replies.subscribed(
            topics=subscription.topics,
            item_types=subscription.item_types,
            where=subscription.where,
            epoch=client.epoch if subscription.where else None,
            event_types=subscription.event_types,
            agents=subscription.agents,
            request_id=message.request_id,
        )
    )
    if subscription.filter != before.filter:
        await _narrow(client, message)
    elif isinstance(message, SubscribeMessage) and message.snapshot:
        await insert_items(client, lambda: client.subscription.view, request_id=message.request_id)
    await _follow_feeds(client)


async def _narrow(
    client: Client, message: SubscribeMessage | UnsubscribeMessage | HelloMessage | ConnectionParams
) -> None:
    """Send what passes the new filter, and the items that do where the client had those of the old one, or asks for them."""
    if client.events is None:
        return
    client.events.narrow(client.subscription.filter)
    request_id = None if isinstance(message, ConnectionParams) else message.request_id
    is_asked = isinstance(message, SubscribeMessage) and message.snapshot
    if is_asked or (client.has_items and client.subscription.follows_items):
        reason = None if is_asked else "filter"
        await insert_items(client, lambda: client.subscription.view, reason=reason, request_id=request_id)


async def _follow_feeds(client: Client) -> None:
    """Add cursors for the subscribed feeds of the workspace, and remove those of others."""
    agents = client.subscription.agents
    for feed in _FEEDS:
        name = feed_stream(client.actor, feed)
        cursor = next((cursor for cursor in client.outbox.cursors if cursor.stream.name == name), None)
        if feed not in client.subscription.topics:
            if cursor is not None:
                client.outbox.remove(cursor.stream)
        elif cursor is not None:
            cursor.narrow(agents_filter(client.service, agents))
        else:
            client.outbox.add(await feed_cursor(client.service, client.actor, feed, agents))
