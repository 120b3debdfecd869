"""Handles messages about items: edits, pages, snapshots and exports."""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

import orjson

from streamd import service
from streamd.core.change import Change
from streamd.core.lists.item_listing import ItemPage
from streamd.core.lists.view import View
from streamd.edge.ws._client import Client
from streamd.engine.journal import Receipt, WriteResult
from streamd.ports.store import past_change
from streamd.service import HistoryPage
from streamd.wire import (
    item_replies,
    replies,
)
from streamd.wire.messages.item_messages import (
    ExportMessage,
    HistoryMessage,
    ListItemsMessage,
    SnapshotMessage,
)
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES


def submit_edit(client: Client, message: Any, change: Change, size: int) -> None:
    """Submit one change; the reply is sent once it is committed."""

    def done(result: WriteResult) -> None:
        client.edit_done()
        if isinstance(result, Receipt):
            client.send(replies.ack(orjson.dumps(result.results[0]), request_id=message.request_id))
        else:
            client.send(replies.error(result, request_id=message.request_id))

    actor = client.actor.acting_as(message.user_id)
    service.edit_item(client.service, actor, change, done, op_id=message.op_id, size=size)
    client.edits_in_flight += 1


def item_page(_client: Client, message: ListItemsMessage, page: ItemPage) -> bytes:
    """Encode a page of a list, cut at the maximum size of a message."""
    bodies: list[bytes] = []
    size = 0
    for item in page.items:
        body = orjson.dumps(item.flat())
        size += len(body)
        if bodies and size > MAX_PAGE_BYTES:
            break  # the next page starts here
        bodies.append(body)
    after = page.after(len(bodies))
    return item_replies.items(
        bodies,
        seq=page.seq,
        after=after,
        more=after is not None,
        total=page.total,
        groups=page.groups,
        request_id=message.request_id,
        unreadable=page.unreadable,
        names=page.names,
    )


def item_history(_client: Client, message: HistoryMessage, page: HistoryPage) -> bytes:
    """Encode a page of an item's history, cut at the maximum size of a message."""
    changes: list[Mapping[str, object]] = []
    size = 0
    for event in page.changes:
        size += len(event.body) + len(event.before or b"")
        if changes and size > MAX_PAGE_BYTES:
            break  # the next page starts here
        changes.append(item_replies.change(past_change(event), orjson.loads(event.body)))
    more = page.has_more or len(page.changes) > len(changes)
    before = page.changes[len(changes) - 1].seq if more else None
    return item_replies.history(
        message.item_id, changes, before=before, more=more, request_id=message.request_id
    )


async def insert_snapshot(client: Client, message: SnapshotMessage) -> None:
    """Insert a snapshot into the client's events, of the items that the message or the subscription chooses."""
    await insert_items(
        client,
        lambda: client.subscription.of_items(message, client.service).view,
        request_id=message.request_id,
    )


async def insert_items(
    client: Client, view: Callable[[], View | None], *, reason: str | None = None, request_id: object = None
) -> None:
    """Insert a snapshot of a view into the client's events, at its position, once the one before has been written."""
    async with client.insert_turn:
        if client.inserted is not None:
            await client.inserted.written.wait()
        cursor = client.events
        if cursor is None or client.outbox.closed:
            return
        held = cursor.hold()
        try:
            while True:
                read = view()
                pages = await service.read_snapshot(
                    client.service, client.actor, read, at_least=held.at, reason=reason, request_id=request_id
                )
                if read == view():
                    break  # else the filter was changed meanwhile, and with it the items that are wanted
            # Events up to the snapshot are sent first: custom events among them are not part of it.
            client.inserted = cursor.insert(pages.seq, pages.payloads, held)
            client.has_items = True
        finally:
            cursor.release(held)
            client.outbox.flush_soon()


async def send_export(client: Client, message: ExportMessage) -> None:
    """Send the items as CSV in several messages, whose joined texts are the file."""
    export = await service.export_table(client.service, client.actor, message.item_type)

    def send(part: tuple[str, int], *, more: bool) -> None:
        text, count = part
        client.send(
            item_replies.export(
                text,
                count=count,
                more=more,
                item_type=message.item_type,
                request_id=message.request_id,
                unreadable=export.unreadable,
            )
        )

    async with aclosing(export.parts()) as parts:
        last = await anext(parts)
        async for part in parts:
            send(last, more=True)
            last = part
            await client.outbox.room()
            if client.outbox.closed:
                return
    send(last, more=False)
