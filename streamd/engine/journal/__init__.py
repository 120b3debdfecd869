"""Commits changes with one writer, one transaction for all queued writes; also undoes them.

`Journal` accepts writes and answers them once they are on disk. `EventQueue` passes the committed batches to delivery.
"""

from streamd.engine.journal.ages import Ages
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.following import follow_others
from streamd.engine.journal.sliced_writes import delete_memories, forget_memories, put_demand
from streamd.engine.journal.trial_writes import Trial
from streamd.engine.journal.undo_writes import (
    Reverted,
    Telling,
    revert_change,
    revert_request,
    revert_run,
)
from streamd.engine.journal.write_probe import WriteProbe
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import (
    NO_UPDATES,
    PART,
    Bracket,
    Broadcast,
    DemandRow,
    Done,
    FeedWrite,
    ItemWrite,
    Receipt,
    RunUpdates,
    RunWrite,
    WriteResult,
)

__all__ = [
    "NO_UPDATES",
    "PART",
    "Ages",
    "Bracket",
    "Broadcast",
    "CachedEntry",
    "DemandRow",
    "Done",
    "EventQueue",
    "FeedWrite",
    "ItemWrite",
    "Journal",
    "Receipt",
    "Reverted",
    "RunUpdates",
    "RunWrite",
    "Telling",
    "Trial",
    "WriteProbe",
    "WriteResult",
    "delete_memories",
    "follow_others",
    "forget_memories",
    "put_demand",
    "revert_change",
    "revert_request",
    "revert_run",
]
