"""Following: puts the commits of other daemons on the event queue, beside those of this one."""

from collections.abc import AsyncIterator

from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.writes import CommittedBatch
from streamd.ports.store import FollowedBatch


async def follow_others(followed: AsyncIterator[FollowedBatch], events: EventQueue) -> None:
    """Put followed batches on the event queue until there are no more."""
    async for batch in followed:
        committed = {
            stream: [
                CachedEntry(entry.seq, entry.body, entry.event_type, entry.item_type, entry.before)
                for entry in entries
            ]
            for stream, entries in batch.entries.items()
        }
        await events.put(CommittedBatch(committed, batch.ended, ()))
