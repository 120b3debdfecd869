"""The store: persists the journal, the items and the results of operations.

Above it: the engine's journal writer, which alone commits, and readers (catch-up, snapshots, lists, agents), which may
run at the same time. Below it: SQLite, or memory in tests. One contract suite tests every store.

What a store promises:

* A batch belongs to one workspace. It is atomic, and durable when `commit` returns, even if the process is killed or the
  power fails. A commit takes batches of several workspaces at once, because that costs little more than one.
* Entries of a stream are exactly those committed, with the positions of the batch; positions have no gaps.
* A batch that was decided on stale state is refused whole (`StaleError`), never partly applied; others of the same commit
  are not.
* A read sees whole commits only. `snapshot` reads its items and its position in one instant.
* The epoch is created with the store and changes only when history may have been lost.

Names and ids are printable text, which the wire and the item rules ensure. A commit whose caller was cancelled may
still become durable: do not cancel one, or read the state before continuing.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeAlias

import attrs

from streamd.core.decide import Known
from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.memory import Memory, MemoryId
from streamd.core.position import Span, StreamName
from streamd.core.run import RunId, RunRecord, RunStatus
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint
from streamd.errors import StoreError
from streamd.ports.memory import Memories

UNFINISHED: Final[frozenset[RunStatus]] = frozenset({"pending", "running"})
"""Statuses of a run that a daemon works on."""
ENDED: Final[frozenset[RunStatus]] = frozenset({"completed", "failed", "cancelled", "timed_out"})
"""Statuses of a run that will not be resumed. An interrupted one waits for an answer: neither."""
UNNAMED_THREAD: Final = "thread-"
"""Prefix of generated thread ids."""


class StaleError(StoreError):
    """The state that a batch was decided on is stale: another daemon was faster. Read and decide again.

    A stream's top is not right below the batch, an operation of the batch has its result already, an interrupt that it
    closes is closed, or a run that it takes over has another owner.
    """

    code = "stale"
    retryable = True


@attrs.frozen
class NewEntry:
    """An entry to be committed."""

    stream: StreamName
    seq: Seq
    body: bytes
    """JSON object without the position."""
    at_ms: int
    """Unix time in milliseconds."""
    event_type: str = ""
    item_type: str = ""
    """Type of an event's item; of a run's response, the step that emitted it."""
    before: bytes | None = None
    """JSON object of the previous values, for undo; None where there is nothing to undo."""


@attrs.frozen
class Entry:
    """An entry that was read."""

    seq: Seq
    body: bytes
    event_type: str = ""
    item_type: str = ""


@attrs.frozen
class PastEvent:
    """An item event for undo."""

    seq: Seq
    event_type: str
    item_id: ItemId
    body: bytes
    """JSON object without the position."""
    before: bytes | None
    """JSON object of the previous values; None where they are unknown."""


OpKey: TypeAlias = tuple[str, str, str]
"""Workspace, scope and op_id of a repeatable operation. A scope belongs to one workspace."""


@attrs.frozen
class OpResult:
    """The recorded result of a repeatable operation."""

    scope: str
    """The owner of the operation: workspace and principal, or a run."""
    op_id: str
    result: bytes
    """JSON object."""
    at_ms: int


DemandKey: TypeAlias = tuple[str, ItemId, str]
"""Workspace, item and date: `YYYY-MM-DD`."""


@attrs.define
class Removal:
    """A slice of rows of one workspace that exceed the retention limits."""

    workspace: str
    """Empty where an older streamd did not record it."""
    streams: dict[StreamName, Seq] = attrs.field(factory=dict)
    """The first position that stays of each stream."""
    runs: list[RunId] = attrs.field(factory=list)
    """Ended runs, which are removed with their streams."""
    entries: int = 0
    """Number of stream entries that are removed."""
    results: list[tuple[str, str]] = attrs.field(factory=list)
    """Operations by scope and op_id."""
    checkpoints: list[tuple[str, CheckpointId]] = attrs.field(factory=list)
    """Checkpoints by thread; those of a thread on which a run starts meanwhile stay."""
    interrupts: list[InterruptId] = attrs.field(factory=list)
    """Interrupts; those of a thread on which a run starts meanwhile stay."""
    stream_checkpoints: list[tuple[RunId, str]] = attrs.field(factory=list)
    """Stream checkpoints by run and step; one that is replaced meanwhile stays."""
    at_ms: int = 0
    """Unix time in milliseconds by which the stream checkpoints have expired."""
    memories: Sequence[MemoryId] = ()


@attrs.define
class Batch:
    """The rows of one workspace that are committed together. JSON bodies are valid, and nothing is changed any more."""

    workspace: str
    entries: list[NewEntry] = attrs.field(factory=list)
    """Entries of the workspace's streams; ascending and without gaps within each, from right above the stream's top."""
    items: dict[ItemId, Item | Tombstone] = attrs.field(factory=dict)
    """Items in their new state. No two items have the same `added`."""
    results: list[OpResult] = attrs.field(factory=list)
    runs: dict[RunId, RunRecord] = attrs.field(factory=dict)
    claims: dict[RunId, str] = attrs.field(factory=dict)
    """Those of `runs` that must still have this owner: else the batch is stale."""
    checkpoints: list[Checkpoint] = attrs.field(factory=list)
    """Checkpoints later than those of their threads; one with the same id is replaced in its place."""
    interrupts: dict[InterruptId, Interrupt] = attrs.field(factory=dict)
    """Interrupts in their new state."""
    closes: set[InterruptId] = attrs.field(factory=set)
    """Those of `interrupts` that must still be pending: else the batch is stale."""
    stream_checkpoints: list[StreamCheckpoint] = attrs.field(factory=list)
    """Stream checkpoints; one for the same run and step is replaced."""
    forgotten: list[MemoryId] = attrs.field(factory=list)
    """Memories to delete before `memories` are added; missing ones are ignored."""
    memories: list[Memory] = attrs.field(factory=list)
    """Memories to add; one with the same id is replaced."""
    demand: dict[tuple[ItemId, str], float] = attrs.field(factory=dict)
    """The demand for an item on a date; replaces the previous quantity."""
    removals: list[Removal] = attrs.field(factory=list)
    ended: list[StreamName] = attrs.field(factory=list)
    """Streams that have ended: not persisted, but passed to followers."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        # Most have entries: only the others are compared in full.
        return not self.entries and self == Batch(self.workspace)


@attrs.frozen
class FollowedBatch:
    """The entries of a batch that another daemon committed."""

    entries: Mapping[StreamName, Sequence[Entry]]
    """Entries by stream, ascending."""
    ended: Collection[StreamName] = ()
    """Streams that have ended."""


@attrs.frozen
class Snapshot:
    """All items of a workspace at one instant."""

    seq: Seq
    """The last position whose event is included."""
    items: Sequence[bytes]
    """Flat items as JSON objects, in the order they were added."""


@attrs.frozen
class Retention:
    """The limits of stored history."""

    entries: int
    """Number of newest entries that stay of each workspace stream."""
    oldest_ms: int
    """Entries, tombstones and ended runs before this Unix time are removed."""
    results_oldest_ms: int
    """Results of operations before this Unix time are removed, except those of runs that have not ended."""
    now_ms: int = 0
    """Stream checkpoints that expire before this Unix time are removed."""
    memories: int = 100_000
    """Number of newest memories that stay of each workspace; preferences do not count and stay."""

    def forgets(self, run: RunRecord) -> bool:
        """Whether a run has ended so long ago that it is removed, with its stream."""
        return run.status in ENDED and run.ended_ms is not None and run.ended_ms < self.oldest_ms


class Store(Protocol):
    """Persists batches and reads them, as the module promises. Every method may raise StoreError for the operator."""

    @property
    def epoch(self) -> str:
        """Random text created with the journal."""

    @property
    def memories(self) -> Memories:
        """The memories of agents."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        """Commit batches, no two of one workspace; returns an error for each refused one, and None for the others.

        A batch that was decided on stale state has a StaleError. Raises StoreError when none could be written.
        """

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[FollowedBatch]]:
        """Receive the batches that other daemons commit while the block is open, without those of this one.

        Entries of one stream are received in the order of their positions, each once. A gap in the positions shows that
        some were missed. A store that only one daemon can have open yields nothing.
        """

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        """Read items or tombstones by (workspace, id). Ids that never existed may be left out."""

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        """Read recorded results of operations; operations without one are left out."""

    async def span(self, stream: StreamName) -> Span:
        """Read the span of a stream. A stream without entries has oldest 1 and top 0."""

    async def entries(self, stream: StreamName, after: Seq, limit: int) -> Sequence[Entry]:
        """Read up to `limit` entries after a position, ascending. Trimmed ones are left out."""

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None = None) -> Snapshot:
        """Read all items (of these types) and their position."""

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        """Read all items (of these types), in the order they were added."""

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        """Read up to `limit` items (of a type) whose `added` is above `after`, in that order."""

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        """Read a run of a workspace, or None."""

    def lease(self) -> AbstractAsyncContextManager[str]:
        """Hold a lease while the block lasts; its random name is the `owner` of the daemon's runs.

        It is held per daemon, not per run, and renewed by the store: one daemon on a file holds it by the file's lock.
        Where it cannot be renewed, the block ends with a StoreError: another daemon may have taken the runs.
        """

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        """Read the pending or running runs whose owner holds no lease: their process has ended."""

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        """Read the run of a thread that was started last (of several in one millisecond: committed last), or None."""

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        """Read a thread's checkpoint; without an id the newest. None when there is none."""

    async def checkpoints(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> Sequence[Checkpoint]:
        """Read a thread's checkpoints (older than `before`; none when that does not exist), newest first."""

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """Read an interrupt of a workspace, answered or not, or None."""

    async def pending_interrupts(
        self, workspace: str | None = None, thread_id: str | None = None
    ) -> Sequence[Interrupt]:
        """Read the pending interrupts (of a workspace, of a thread), oldest first."""

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        """Read the checkpoint of a run's broken stream, or None. An expired one may still be returned."""

    async def events_of_run(self, run: RunRecord) -> Sequence[PastEvent]:
        """Read the stored item events that this run (not one it resumes) caused, ascending.

        Of a run that has ended only events from its start to its end are searched, with a margin of a few seconds on
        both sides.
        """

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        """Read one item event, or None when there is none at this position, or it was trimmed."""

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        """Read demand by workspace, item and date; keys without a quantity are left out."""

    async def demand(self, workspace: str) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Read the demand history of a workspace: (date, quantity) per item, oldest first."""

    def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        """Find what exceeds the retention limits, in slices of a few milliseconds, at most one removal per workspace.

        Commit a slice before taking the next: rows that are not removed are found again. A stream loses its oldest
        entries, never one from the middle: those over the count, and those over the age if all before them are removed.
        Streams of runs that have not ended stay; those of ended runs are removed with the run. Tombstones are removed
        with the entry of the removal. Checkpoints and interrupts stay, except those of threads with a generated id: they
        are removed when they are over the age, the thread has no run any more and no interrupt is pending.
        """

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the main file; called when idle and at the end."""
