"""Joins clients to a workspace and changes their subscriptions."""

from streamd.core.position import Feed
from streamd.edge.ws._awaited_questions import follow_closings
from streamd.edge.ws._client import Client
from streamd.edge.ws._item_answers import insert_items
from streamd.edge.ws._subscription import Subscription
from streamd.long_work import REQUESTS
from streamd.service import (
    Resume,
    check_view,
    feed_cursor,
    feed_filter,
    feed_stream,
    open_events,
    resumed_events,
    subscribe,
)
from streamd.wire import connection_replies
from streamd.wire.messages.connection_messages import HelloMessage, SubscribeMessage, UnsubscribeMessage
from streamd.wire.messages.connection_params import ConnectionParams

_FEEDS: tuple[Feed, ...] = ("progress", "quality", "interrupts")


async def join(client: Client, params: ConnectionParams | HelloMessage) -> None:
    """Send `connected`, then events: new ones, those after the client's last position, or those after a snapshot."""
    if isinstance(params, HelloMessage) and params.token:
        await client.admit(params.token)
    actor = client.actor.acting_as(params.user_id)
    if isinstance(params, HelloMessage):
        actor = actor.within(params.workspace or actor.workspace)
    if actor.flow != client.actor.flow:
        await (
            client.own_edits_committed()
        )  # what follows is in another flow, and comes after them all the same
    if client.outbox.closed:
        client.actor = actor  # what the client said before it left counts for the workspace that it had named
        return
    effort = client.subscription.effort(params)
    subscription = await REQUESTS.compute(effort, client.subscription.of_items, params, client.service)
    if subscription.view != client.subscription.view:
        await check_view(client.service, actor, subscription.view)
    cursor = await open_events(client.service, actor, subscription.filter)
    if actor.workspace != client.actor.workspace:
        client.leave_workspace()
    client.actor = actor
    before, client.subscription = client.subscription, subscription
    client.wants_position = client.wants_position or subscription.filter is not None
    request_id = params.request_id if isinstance(params, HelloMessage) else None
    receives_already = any(one.stream is cursor.stream for one in client.outbox.cursors)
    client.send(
        connection_replies.connected(
            connection_id=client.connection_id,
            workspace=actor.workspace,
            seq=cursor.position,
            epoch=client.epoch,
            user_id=actor.user_id,
            heartbeat_seconds=client.heartbeat_seconds,
            timestamp=client.now(),
            request_id=request_id,
        )
    )
    resume = Resume(params.since, params.epoch, params.snapshot)
    if receives_already and not resume.has_items:
        # A hello without options must not skip events that are still queued.
        if isinstance(params, HelloMessage):
            subscribe(client.service, actor, client.events, subscription.filter)
            await _insert_chosen_items(client, before, params)
        return
    if resume.has_items:
        cursor = await resumed_events(client.service, actor, resume, subscription.filter, request_id)
    client.outbox.add(cursor)
    client.has_items = resume.has_items
    if "runs" in client.subscription.topics:
        client.follow_new_runs()
    await _follow_feeds(client)


async def change_subscription(client: Client, message: SubscribeMessage | UnsubscribeMessage) -> None:
    """Change the subscription, effective from the current position."""
    before = client.subscription
    subscription = await REQUESTS.compute(before.effort(message), before.changed, message, client.service)
    if isinstance(message, SubscribeMessage) and subscription.view != before.view:
        await check_view(client.service, client.actor, subscription.view)
    subscribe(client.service, client.actor, client.events, subscription.filter)
    client.subscription = subscription
    client.wants_position = client.wants_position or subscription.filter is not None
    client.follow_new_runs()
    client.send(
        connection_replies.subscribed(
            topics=subscription.topics,
            item_types=subscription.item_types,
            where=subscription.where,
            epoch=client.epoch,
            event_types=subscription.event_types,
            agents=subscription.agents,
            request_id=message.request_id,
        )
    )
    await _insert_chosen_items(client, before, message)
    await _follow_feeds(client)


async def _insert_chosen_items(
    client: Client, before: Subscription, message: SubscribeMessage | UnsubscribeMessage | HelloMessage
) -> None:
    """Insert a snapshot of the items that the filter chooses now, where the client asks for it or else had other ones."""
    subscription = client.subscription
    asked = message.snapshot if isinstance(message, SubscribeMessage) else None
    is_needed = (
        subscription.filter != before.filter
        and subscription.follows_items
        and (client.has_items or bool(before.where or subscription.where))
    )
    if asked or (asked is None and is_needed):
        reason = None if asked else "filter"
        await insert_items(
            client, lambda: client.subscription.view, reason=reason, request_id=message.request_id
        )


async def _follow_feeds(client: Client) -> None:
    """Add cursors for the subscribed feeds of the workspace, and remove those of others."""
    agents = client.subscription.agents
    for feed in _FEEDS:
        name = feed_stream(client.actor, feed)
        cursor = next((cursor for cursor in client.outbox.cursors if cursor.stream.name == name), None)
        if feed not in client.subscription.topics:
            if feed == "interrupts" and client.awaited:
                await follow_closings(client)
            elif cursor is not None:
                client.outbox.remove(cursor.stream)
        elif cursor is not None:
            cursor.narrow(feed_filter(client.service, client.actor, feed, agents))
        else:
            client.outbox.add(await feed_cursor(client.service, client.actor, feed, agents))
