"""Hands what one store in memory commits to those beside it."""

import asyncio
from collections.abc import AsyncIterator

from streamd.core.position import StreamName
from streamd.ports.store import Batch, Entry, FollowedBatch, NewEntry


def entry_of(entry: NewEntry, *, with_before: bool = True) -> Entry:
    """Make what is read of an entry."""
    before = entry.before if with_before else None
    return Entry(entry.seq, entry.body, entry.event_type, entry.item_type, before)


def followed(batch: Batch) -> FollowedBatch:
    """Convert a batch to what followers of the store receive."""
    entries: dict[StreamName, list[Entry]] = {}
    for one in batch.entries:
        entries.setdefault(one.stream, []).append(entry_of(one))
    return FollowedBatch(entries, batch.ended)


async def followed_batches(queue: asyncio.Queue[FollowedBatch]) -> AsyncIterator[FollowedBatch]:
    """Yield batches as they come."""
    while True:
        yield await queue.get()
