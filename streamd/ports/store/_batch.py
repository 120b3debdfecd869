"""What is committed together, and why it may be refused."""

from collections.abc import Sequence
from typing import TypeAlias

import attrs

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.memory import Memory, MemoryId
from streamd.core.position import StreamName
from streamd.core.run import RunId, RunRecord
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint
from streamd.errors import StoreError


class StaleError(StoreError):
    """The state that a batch was decided on has moved: another daemon was faster. Read again and decide again.

    A stream's top is not where the batch begins, an operation of the batch has its result already, a question that it closes
    is closed, or a run that it takes over has another owner.
    """

    code = "stale"
    retryable = True


class LostStoreError(StoreError):
    """The store's file was deleted or replaced while it was open. The process must end without closing the store.

    Closing it would write what is left in the old file's log into the file that is there now.
    """


@attrs.frozen
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
    """The type of the item that an event is about; of what a run tells, the step that told it."""
    before: bytes | None = None
    """JSON object: the flat item before an event, of a removed one with its place; of a long item only what the event
    changes. None where nothing was there."""


OpKey: TypeAlias = tuple[str, str, str]
"""Workspace, scope and op_id of a repeatable operation. A scope belongs to one workspace."""


@attrs.frozen
class OpResult:
    """What a repeatable operation answered the first time."""

    scope: str
    """Whose operation it is: workspace and principal, or a run."""
    op_id: str
    result: bytes
    """JSON object."""
    at_ms: int


DemandKey: TypeAlias = tuple[str, ItemId, str]
"""Workspace, item and date: `YYYY-MM-DD`."""


@attrs.define
class Removal:
    """A slice of what retention no longer wants of one workspace."""

    workspace: str
    """Empty where an older streamd did not keep it."""
    streams: dict[StreamName, Seq] = attrs.field(factory=dict)
    """The first position that is kept of each."""
    runs: list[RunId] = attrs.field(factory=list)
    """Ended ones; what is left of their streams goes too."""
    entries: int = 0
    """How many entries of streams go."""
    results: list[tuple[str, str]] = attrs.field(factory=list)
    """By scope and op_id."""
    checkpoints: list[tuple[str, CheckpointId]] = attrs.field(factory=list)
    """By thread; those of a thread on which a run begins meanwhile stay."""
    interrupts: list[InterruptId] = attrs.field(factory=list)
    """The same."""
    stream_checkpoints: list[tuple[RunId, str]] = attrs.field(factory=list)
    """By run and step; one that is put anew meanwhile stays."""
    at_ms: int = 0
    """The Unix time by which they have expired."""
    memories: Sequence[MemoryId] = ()


@attrs.define
class Batch:
    """What is committed together, of one workspace. What is called JSON is, and nothing of it is changed any more."""

    workspace: str
    entries: list[NewEntry] = attrs.field(factory=list)
    """On the workspace's streams; ascending and without gaps within each, beginning right above the stream's top."""
    items: dict[ItemId, Item | Tombstone] = attrs.field(factory=dict)
    """What stands there afterwards. No two items have the same `added`."""
    results: list[OpResult] = attrs.field(factory=list)
    runs: dict[RunId, RunRecord] = attrs.field(factory=dict)
    claims: dict[RunId, str] = attrs.field(factory=dict)
    """Those of them that must be there with this owner until now: else the batch is stale."""
    checkpoints: list[Checkpoint] = attrs.field(factory=list)
    """Each later than those its thread has; one with the same id is replaced in its place."""
    interrupts: dict[InterruptId, Interrupt] = attrs.field(factory=dict)
    """As they are afterwards."""
    closes: set[InterruptId] = attrs.field(factory=set)
    """Those of them that must be pending until now: else the batch is stale."""
    stream_checkpoints: list[StreamCheckpoint] = attrs.field(factory=list)
    """One for the same run and step is replaced."""
    forgotten: list[MemoryId] = attrs.field(factory=list)
    """Memories that go, if they are there, before `memories` come."""
    memories: list[Memory] = attrs.field(factory=list)
    """One with the same id is replaced."""
    demand: dict[tuple[ItemId, str], float] = attrs.field(factory=dict)
    """What was asked of an item on a date; replaces what was known of it."""
    removals: list[Removal] = attrs.field(factory=list)
    ended: list[StreamName] = attrs.field(factory=list)
    """Streams on which nothing follows: nothing to keep, but to be told to those who follow."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        # Most have entries: only the others are looked at closely.
        return not self.entries and self == Batch(self.workspace)
