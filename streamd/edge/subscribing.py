"""Feeds: what a session subscribes to, and how far the agents of its workspace are."""

from collections.abc import Mapping
from typing import Final

from streamd.core.position import StreamName, progress_stream, quality_stream
from streamd.edge.client import Client
from streamd.edge.watching import watch
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import Filter
from streamd.wire import messages, replies
from streamd.wire.messages import Topic


def _feeds(workspace: str) -> Mapping[Topic, StreamName]:
    return {"progress": progress_stream(workspace), "quality": quality_stream(workspace)}


_EVERYTHING: Final = None


async def subscribe(client: Client, message: messages.Subscribe | messages.Unsubscribe) -> None:
    """Hear more or less from now on."""
    client.subscription = client.subscription.changed(message)
    subscription = client.subscription
    client.wants_position = client.wants_position or subscription.filter is not None
    for cursor in client.outbox.cursors:
        if cursor.stream.name == client.stream:
            cursor.narrow(subscription.filter)
    client.engine.runs.unwatch(client)
    if "runs" in subscription.topics:
        watch(client)
    client.send(
        replies.subscribed(
            topics=subscription.topics,
            item_types=subscription.item_types,
            event_types=subscription.event_types,
            agents=subscription.agents,
            request_id=message.request_id,
        )
    )
    await follow_feeds(client)


async def follow_feeds(client: Client) -> None:
    """Hear those feeds of the workspace that are subscribed to, and no others."""
    only = _only(client)
    for topic, name in _feeds(client.workspace).items():
        cursor = next((cursor for cursor in client.outbox.cursors if cursor.stream.name == name), None)
        if topic not in client.subscription.topics:
            if cursor is not None:
                client.outbox.remove(cursor.stream)
        elif cursor is not None:
            cursor.narrow(only)
        else:
            live = await client.engine.hub.open(name)
            client.outbox.add(Cursor(live, live.top, only=only))


def _only(client: Client) -> Filter | None:
    """Broadcasts of the agents that are subscribed to: their ids, or the names they are chosen by."""
    wanted = client.subscription.agents
    return _EVERYTHING if wanted is None else Filter(item_types=_ids(client, wanted))


def _ids(client: Client, wanted: frozenset[str]) -> frozenset[str]:
    """The ids of agents that are meant by id or by name."""
    agents = client.engine.runs.services.agents
    return wanted | {agents[name].agent_id or name for name in wanted if name in agents}


async def get_progress(client: Client, message: messages.GetProgress) -> None:
    """How far the agents of the workspace are."""
    client.check("read")
    wanted = None if message.agents is None else _ids(client, message.agents)
    report, history = await client.engine.board.report(client.workspace, wanted, message.history)
    client.send(
        replies.progress_report(
            report.as_data(),
            workspace=client.workspace,
            history=history if message.history else None,
            request_id=message.request_id,
        )
    )
