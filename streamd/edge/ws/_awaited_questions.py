"""Tells whoever asked when the question of its run is closed: at once, and without a subscription."""

from typing import Final

from streamd.edge.ws._client import Client
from streamd.service import (
    RunHandle,
    asks_person,
    closings_cursor,
    closings_filter,
    feed_stream,
    told_closing,
)

_MOST_AWAITED: Final = 100
"""Questions that a connection hears of without the topic; older ones it hears of with it."""


def await_question(client: Client, run: RunHandle) -> None:
    """Follow the question with which a run ends, if it does."""
    client.engine.spawn(_follow(client, run), name=f"question of {run.record.run_id}")


async def _follow(client: Client, run: RunHandle) -> None:
    workspace = run.record.workspace
    question = await asks_person(client.service, run)
    if (
        question is None
        or question.status != "pending"
        or client.outbox.closed
        or client.actor.workspace != workspace
    ):
        return
    client.awaited[run.record.run_id] = None
    while len(client.awaited) > _MOST_AWAITED:
        del client.awaited[next(iter(client.awaited))]
    if "interrupts" in client.subscription.topics:
        return
    await follow_closings(client)
    now = await asks_person(client.service, run)
    if now is not None and now.status != "pending":
        client.send(told_closing(client.service, now))  # it was closed before anybody here could hear of it


async def follow_closings(client: Client) -> None:
    """Pass what closes the questions that the client waits for, and nothing else of their feed."""
    runs = frozenset(client.awaited)
    name = feed_stream(client.actor, "interrupts")
    cursor = next((cursor for cursor in client.outbox.cursors if cursor.stream.name == name), None)
    if cursor is not None:
        cursor.narrow(closings_filter(runs))
        return
    client.outbox.add(await closings_cursor(client.service, client.actor, runs))
