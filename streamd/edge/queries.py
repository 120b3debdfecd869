"""Queries: what a session reads."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from streamd.core.criteria import Condition, Criterion, parse_conditions
from streamd.core.item import Item, Tombstone
from streamd.core.item_type import COMMON_FIELDS
from streamd.edge.client import Client
from streamd.errors import GoneError, NotFoundError
from streamd.wire import messages, replies
from streamd.wire.snapshots import MAX_PAGE_BYTES

_READ_AT_ONCE: Final = 1000


async def snapshot(client: Client, message: messages.Snapshot) -> None:
    """Put a snapshot into the session's events, at the position it stands at."""
    client.check("read")
    cursor = next((cursor for cursor in client.outbox.cursors if cursor.stream.name == client.stream), None)
    if cursor is None:
        return
    item_types = client.subscription.item_types if message.item_types is None else message.item_types
    held = cursor.hold()
    try:
        pages = await client.engine.snapshots.pages(
            client.workspace, item_types, at_least=held.at, request_id=message.request_id
        )
        # Events up to the snapshot come first, so that custom ones among them are not skipped.
        cursor.insert(pages.seq, pages.payloads, held)
    finally:
        cursor.release(held)
        client.outbox.flush_soon()


async def get_item(client: Client, message: messages.GetItem) -> None:
    """One item as it is."""
    client.check("read")
    key = (client.workspace, message.item_id)
    match (await client.engine.store.known([key])).get(key):
        case Item() as item:
            client.send(
                replies.item(
                    orjson.dumps(item.flat()),
                    version=item.version,
                    versions=item.versions,
                    request_id=message.request_id,
                )
            )
        case Tombstone() as gone:
            raise GoneError(f"item {gone.id} was removed", item_id=gone.id, version=gone.version)
        case None:
            raise NotFoundError(f"there is no item {message.item_id}", item_id=message.item_id)


async def list_items(client: Client, message: messages.ListItems) -> None:
    """One page of items, in the order they were added."""
    client.check("read")
    conditions = _conditions(client, message)
    criteria = (
        client.engine.types.criterion(message.criterion, message.item_type)
        if message.criterion is not None
        else None
    )
    # Read first: as the `base` of an edit it then is too old rather than too new.
    seq = (await client.engine.store.span(client.stream)).top
    # One more than was asked for tells whether there is another page.
    at_once = message.limit + 1 if criteria is None and not conditions else _READ_AT_ONCE
    found: list[Item] = []
    after = message.after
    while len(found) <= message.limit:
        page = await client.engine.store.page(client.workspace, message.item_type, after, at_once)
        found += [item for item in page if _passes(item, conditions, criteria)]
        if len(page) < at_once:
            break
        after = page[-1].added
    bodies: list[bytes] = []
    size = 0
    for item in found[: message.limit]:
        body = orjson.dumps(item.flat())
        size += len(body)
        if bodies and size > MAX_PAGE_BYTES:
            break  # the next page begins here
        bodies.append(body)
    more = len(found) > len(bodies)
    client.send(
        replies.items(
            bodies,
            seq=seq,
            after=found[len(bodies) - 1].added if more else None,
            more=more,
            request_id=message.request_id,
        )
    )


def _conditions(client: Client, message: messages.ListItems) -> tuple[Condition, ...]:
    types = client.engine.types
    asked = [item_type for item_type in types if message.item_type in (None, item_type.name)]
    fields = COMMON_FIELDS.union(*(item_type.fields for item_type in asked))
    return parse_conditions(list(message.where), fields=fields)


def _passes(item: Item, conditions: Sequence[Condition], criteria: Mapping[str, Criterion] | None) -> bool:
    """Whether an item meets every condition, and the criterion as its type declares it, where one was asked for."""
    if criteria is not None:
        criterion = criteria.get(item.type)
        if criterion is None or not criterion.holds(item.fields):
            return False
    return all(condition.holds(item.fields) for condition in conditions)
