"""The store: persists the journal, the items and the results of operations.

Above it: the engine's journal writer, which alone commits, and readers (catch-up, snapshots, lists, agents), which may
run at the same time. Below it: SQLite, or memory in tests. One contract suite proves every store.

What a store promises:

* A batch belongs to one workspace. It is atomic, and durable when `commit` returns: all of it or nothing, whatever is killed
  or unplugged. A commit takes batches of several workspaces at once, because that costs little more than one.
* Entries of a stream are exactly those committed, with the positions the batch gave them; positions have no gaps.
* A batch that was decided on outdated state is refused as a whole (`StaleError`), never partly applied; other batches of the
  commit are not affected.
* A read sees whole commits only. The items and the position of a `snapshot` are of one instant.
* Reads are for a flow (`working_for`). Flows take turns, each has one long read at a time, and a read that its caller was
  cancelled in ends soon, or does not begin.
* The epoch is made with the store and changes only when history may have been lost, for example when a backup was restored.

Names and ids are printable text, which the wire and the rules of items enforce. A commit whose caller was cancelled may
still become durable: do not cancel one, or read what was committed before you continue.
"""

from pathlib import Path
from typing import Protocol

from streamd.errors import StoreError
from streamd.ports.store._batch import (
    Batch,
    DemandKey,
    LostStoreError,
    NewEntry,
    OpKey,
    OpResult,
    Removal,
    StaleError,
)
from streamd.ports.store._current_flow import current_flow, working_for
from streamd.ports.store._demand_store import DemandStore
from streamd.ports.store._import_key_store import ImportKeyStore
from streamd.ports.store._item_store import (
    MOST_PAGE_BYTES,
    DamagedEvent,
    ItemsThen,
    ItemStore,
    PastEvent,
    VisitBodies,
    VisitEvents,
    VisitItems,
    page_length,
    past_change,
    whole_change,
)
from streamd.ports.store._journal_store import MOST_ENTRY_BYTES, Entry, FollowedBatch, JournalStore
from streamd.ports.store._memory_index import Memories
from streamd.ports.store._retention import Retention, RetentionStore
from streamd.ports.store._run_lists import RunLists
from streamd.ports.store._run_store import ENDED, UNFINISHED, RunStore
from streamd.ports.store._thread_store import BLOCK, BLOCK_BYTES, UNNAMED_THREAD, ThreadStore
from streamd.ports.store._trigger_store import TriggerStore
from streamd.ports.store._usage_store import UsageStore

__all__ = [
    "BLOCK",
    "BLOCK_BYTES",
    "ENDED",
    "MOST_ENTRY_BYTES",
    "MOST_PAGE_BYTES",
    "UNFINISHED",
    "UNNAMED_THREAD",
    "Batch",
    "DamagedEvent",
    "DemandKey",
    "DemandStore",
    "Entry",
    "FollowedBatch",
    "ImportKeyStore",
    "ItemStore",
    "ItemsThen",
    "JournalStore",
    "LostStoreError",
    "Memories",
    "NewEntry",
    "OpKey",
    "OpResult",
    "PastEvent",
    "Removal",
    "Retention",
    "RetentionStore",
    "RunLists",
    "RunStore",
    "StaleError",
    "Store",
    "ThreadStore",
    "TriggerStore",
    "UsageStore",
    "VisitBodies",
    "VisitEvents",
    "VisitItems",
    "current_flow",
    "page_length",
    "past_change",
    "whole_change",
    "working_for",
]


class Store(
    JournalStore,
    ItemStore,
    RunStore,
    RunLists,
    ThreadStore,
    DemandStore,
    ImportKeyStore,
    TriggerStore,
    RetentionStore,
    UsageStore,
    Protocol,
):
    """All parts of the store. Every method may raise StoreError with a message for the operator."""

    async def lost(self) -> StoreError:
        """Wait until the opened store was deleted or replaced; returns the reason, for the operator.

        From then on every commit is refused. After a LostStoreError the store must not be closed either.
        """

    @property
    def directory(self) -> Path | None:
        """The directory of its file, for files beside it; None where it is in memory."""

    @property
    def memories(self) -> Memories:
        """The memories of agents."""
