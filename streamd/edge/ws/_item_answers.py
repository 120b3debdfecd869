"""Handles messages about items: edits, pages, snapshots and exports."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import orjson

from streamd import service
from streamd.core.change import Change
from streamd.core.lists.view import View
from streamd.edge.item_pages import cut_history, cut_items
from streamd.edge.ws._client import Client
from streamd.engine.journal import Receipt, WriteResult
from streamd.long_work import REQUESTS
from streamd.service import ItemRead
from streamd.wire import (
    item_replies,
    replies,
)
from streamd.wire.message_parts import in_parts, names_beside
from streamd.wire.messages.item_messages import (
    GetItemMessage,
    HistoryMessage,
    ListItemsMessage,
    SnapshotMessage,
)
from streamd.wire.messages.table_messages import ExportMessage
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES


def submit_edit(client: Client, message: Any, change: Change, size: int) -> None:
    """Submit one change; the reply is sent once it is committed."""

    def done(result: WriteResult) -> None:
        client.edit_done()
        if isinstance(result, Receipt):
            client.send(replies.ack(orjson.dumps(result.results[0]), request_id=message.request_id))
        else:
            client.send(replies.error(result, request_id=message.request_id))

    actor = client.actor
    if message.user_id is not None:
        actor = actor.acting_as(message.user_id)
    service.edit_item(client.service, actor, change, done, op_id=message.op_id, size=size)
    client.edits_in_flight += 1


async def list_items(client: Client, message: ListItemsMessage) -> None:
    """Send a page of a list, cut at the maximum size of a message; many groups in further messages."""
    page = await service.list_items(
        client.service, client.actor,
        item_type=message.item_type, where=message.where, criterion=message.criterion, search=message.search,
        sort=message.sort, after=message.after, limit=message.limit, total=message.total,
        group_by=message.group_by, sums=message.sum, at=message.at,
    )  # fmt: skip
    parts = item_replies.groups_in_parts(page.groups)
    bodies, size = cut_items(page, len(parts[0] or b"") + len(orjson.dumps(page.names)))
    after = page.after(len(bodies))
    for number, groups in enumerate(parts):
        client.send(
            item_replies.items(
                [] if number else bodies,
                seq=page.seq,
                after=after,
                more=after is not None,
                total=page.total,
                groups=groups,
                more_groups=number + 1 < len(parts),
                request_id=message.request_id,
                unreadable=page.unreadable,
                names={} if number else names_beside(page.names, size + len(groups or b"")),
            )
        )


def one_item(_client: Client, message: GetItemMessage, read: ItemRead) -> bytes:
    """Encode one item."""
    body = orjson.dumps(read.item.flat())
    versions = len(orjson.dumps(read.item.versions))
    return item_replies.item(
        body,
        version=read.item.version,
        versions=read.item.versions,
        names=names_beside(read.names, len(body) + versions),
        request_id=message.request_id,
    )


async def send_history(client: Client, message: HistoryMessage) -> None:
    """Send a page of an item's history, cut at the maximum size of a message; a change that is longer in parts."""
    page = await service.item_history(
        client.service, client.actor, message.item_id, before=message.before, limit=message.limit
    )
    cut = cut_history(page)
    changes = cut.changes
    messages = [changes] if len(changes) != 1 else [[part] for part in in_parts(changes[0], MAX_PAGE_BYTES)]
    for number, part in enumerate(messages):
        client.send(
            item_replies.history(
                message.item_id,
                part,
                damaged=() if number else cut.damaged,
                before=cut.before,
                more=cut.before is not None,
                request_id=message.request_id,
            )
        )


async def insert_snapshot(client: Client, message: SnapshotMessage) -> None:
    """Insert a snapshot into the client's events, of the items that the message or the subscription chooses."""
    before = client.subscription
    chosen = await REQUESTS.compute(before.effort(message), before.of_items, message, client.service)
    await service.check_view(client.service, client.actor, chosen.view)

    def view() -> View | None:
        now = client.subscription
        return (chosen if now is before else now.of_items(message, client.service)).view

    await insert_items(client, view, request_id=message.request_id)


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
