"""Batches of writes, and the errors that refuse them."""

from collections.abc import Sequence
from typing import TypeAlias

import attrs

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.memory import Memory, MemoryId
from streamd.core.position import StreamName
from streamd.core.run import RunId, RunRecord
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint
from streamd.core.triggers.trigger import TriggerMove
from streamd.core.usage import DayUsage
from streamd.errors import StoreError
from streamd.facts import define, fact, frozen


class StaleError(StoreError):
    """A batch was decided on outdated state, because another daemon committed first. Read again and decide again.

    The batch does not begin at its stream's top, one of its operations has a result already, an interrupt that it closes is
    closed, a run that it takes over has another owner, a thread has another newest checkpoint, or a trigger stands elsewhere.
    """

    code = "stale"
    retryable = True


class LostStoreError(StoreError):
    """The store's file was deleted or replaced while it was open. The process must end without closing the store.

    Closing it would write the rest of the old file's log into the file that is there now.
    """


@fact
class NewEntry:
    """An entry to be committed."""

    stream: StreamName
    seq: Seq
    body: bytes
    """JSON object without its position."""
    at_ms: int
    """Unix time."""
    event_type: str = ""
    item_type: str = ""
    """The type of an event's item; of a run's response, the step that emitted it."""
    before: bytes | None = None
    """JSON object: the flat item before an event, of a removed one with its place; of a long item only the previous values
    (`streamd.core.lists.list_splice`). None where nothing was there."""


OpKey: TypeAlias = tuple[str, str, str]
"""Workspace, scope and op_id of a repeatable operation. A scope belongs to one workspace."""


@frozen
class OpResult:
    """The result of a repeatable operation, with which a repetition is answered."""

    scope: str
    """Workspace and principal, or a run, to which the operation belongs."""
    op_id: str
    result: bytes
    """JSON object."""
    at_ms: int


DemandKey: TypeAlias = tuple[str, ItemId, str]
"""Workspace, item and date: `YYYY-MM-DD`."""


@define
class Removal:
    """A slice of the data of one workspace that has exceeded the retention limits."""

    workspace: str
    """Empty where an older version did not record it."""
    streams: dict[StreamName, Seq] = attrs.field(factory=dict)
    """The first position to keep, by stream."""
    runs: list[RunId] = attrs.field(factory=list)
    """Ended runs; their streams are removed with them."""
    entries: int = 0
    """Number of entries to remove."""
    results: list[tuple[str, str]] = attrs.field(factory=list)
    """By scope and op_id."""
    checkpoints: list[tuple[str, CheckpointId]] = attrs.field(factory=list)
    """(thread, checkpoint); not removed where a run has started on the thread meanwhile."""
    surplus_checkpoints: list[tuple[str, CheckpointId]] = attrs.field(factory=list)
    """(thread, checkpoint) with more newer ones than a thread keeps; removed in any case."""
    interrupts: list[InterruptId] = attrs.field(factory=list)
    """Not removed where a run has started on the thread meanwhile."""
    stream_checkpoints: list[tuple[RunId, str]] = attrs.field(factory=list)
    """(run, step); not removed where it was written again meanwhile."""
    at_ms: int = 0
    """Unix time at which the stream checkpoints have expired."""
    memories: Sequence[MemoryId] = ()
    authored: list[Seq] = attrs.field(factory=list)
    """Events of the workspace whose author is taken out, and of those that change no item their data, too."""
    titles: list[str] = attrs.field(factory=list)
    """Threads whose titles are removed, where neither a run nor a checkpoint of them is left."""
    usage_before: str = ""
    """The first day whose usage is kept; empty: all are."""
    unnamed_users: list[str] = attrs.field(factory=list)
    """Users whose usage is added to that of users without a name."""


@define
class Batch:
    """Writes to one workspace that are committed together. Once it is submitted, nothing in it changes any more."""

    workspace: str
    entries: list[NewEntry] = attrs.field(factory=list)
    """Entries of the workspace's streams: in each ascending without gaps, starting right above the stream's top."""
    items: dict[ItemId, Item | Tombstone] = attrs.field(factory=dict)
    """The new state of each item. No two items have the same `added`."""
    results: list[OpResult] = attrs.field(factory=list)
    runs: dict[RunId, RunRecord] = attrs.field(factory=dict)
    claims: dict[RunId, str] = attrs.field(factory=dict)
    """Owners that these runs must have before the commit: otherwise the batch is stale."""
    checkpoints: list[Checkpoint] = attrs.field(factory=list)
    """Each newer than those of its thread; one with an existing id replaces that one in its place."""
    heads: dict[str, CheckpointId | None] = attrs.field(factory=dict)
    """By thread, the checkpoint that must be its newest before the commit (None: no checkpoint): otherwise the batch is stale."""
    titles: dict[str, str] = attrs.field(factory=dict)
    """By thread; replaces the one that its first run gave it."""
    interrupts: dict[InterruptId, Interrupt] = attrs.field(factory=dict)
    """The new state of each interrupt."""
    closes: set[InterruptId] = attrs.field(factory=set)
    """Interrupts that must be pending before the commit: otherwise the batch is stale."""
    trigger_moves: list[TriggerMove] = attrs.field(factory=list)
    """Each from where its trigger must stand before the commit: otherwise the batch is stale. No two of one trigger."""
    stream_checkpoints: list[StreamCheckpoint] = attrs.field(factory=list)
    """Each replaces the one of the same run and step."""
    forgotten: list[MemoryId] = attrs.field(factory=list)
    """Memories to delete before `memories` are added; missing ones are ignored."""
    memories: list[Memory] = attrs.field(factory=list)
    """Each replaces the one with the same id."""
    used: list[DayUsage] = attrs.field(factory=list)
    """What language models used; each is added to what is stored of its day, user and agent."""
    demand: dict[tuple[ItemId, str], float] = attrs.field(factory=dict)
    """Demand by item and date; replaces the recorded quantity."""
    removals: list[Removal] = attrs.field(factory=list)
    ended: list[StreamName] = attrs.field(factory=list)
    """Streams that have ended. This is not stored, only broadcast to the followers."""
    same_words: set[ItemId] = attrs.field(factory=set)
    """Those of `items` whose texts are as they were before: most changes are of numbers."""

    def put(self, item: Item | Tombstone, *, new_words: bool) -> None:
        """Put the new state of an item into `items`, and say whether its words may be others than before."""
        if new_words:
            self.same_words.discard(item.id)
        elif item.id not in self.items:
            self.same_words.add(item.id)
        self.items[item.id] = item

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        # Most batches have entries: only the others are compared.
        return not self.entries and self == Batch(self.workspace)
