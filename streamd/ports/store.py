"""The store: where the journal, the items and the results of operations are kept.

Above it: the engine's journal writer, which alone commits, and readers (catch-up, snapshots, lists, agents), which may
run at the same time. Below it: SQLite, or memory in tests. One contract suite proves every store.

What a store promises:

* A batch belongs to one workspace. It is atomic, and durable when `commit` returns: all of it or nothing, whatever is killed
  or unplugged. A commit takes batches of several workspaces at once, because that costs little more than one.
* Entries of a stream are exactly those committed, with the positions the batch gave them; positions have no gaps.
* A batch that was decided on state which has moved is refused whole (`StaleError`), never partly applied; those beside it
  are not.
* A read sees whole commits only. `snapshot` reads its items and its position in one instant.
* The epoch is made with the store and changes only when history may have been lost.

Names and ids are printable text, as the wire and the rules of items see to. A commit whose caller was cancelled may
still become durable: do not cancel one, or look up what stands there before going on.
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
"""What a run is while somebody works on it."""
ENDED: Final[frozenset[RunStatus]] = frozenset({"completed", "failed", "cancelled", "timed_out"})
"""What a run is once nobody will go on with it. An interrupted one waits for an answer: neither."""
UNNAMED_THREAD: Final = "thread-"
"""What ids of threads that nobody named begin with."""


class StaleError(StoreError):
    """The state that a batch was decided on has moved: another daemon was faster. Read again and decide again.

    A stream's top is not where the batch begins, an operation of the batch has its result already, a question that it closes
    is closed, or a run that it takes over has another owner.
    """

    code = "stale"
    retryable = True


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
    """JSON object of the values before, for undo; None where there is nothing to undo."""


@attrs.frozen
class Entry:
    """An entry as it is read back."""

    seq: Seq
    body: bytes
    event_type: str = ""
    item_type: str = ""


@attrs.frozen
class PastEvent:
    """An item event as undoing needs it."""

    seq: Seq
    event_type: str
    item_id: ItemId
    body: bytes
    """JSON object without its position."""
    before: bytes | None
    """JSON object of the values before; None where nothing is known of them."""


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


@attrs.frozen
class FollowedBatch:
    """What another daemon committed, as far as anybody may want to hear it."""

    entries: Mapping[StreamName, Sequence[Entry]]
    """Ascending in each stream."""
    ended: Collection[StreamName] = ()
    """Streams on which nothing follows."""


@attrs.frozen
class Snapshot:
    """All items of a workspace at one instant."""

    seq: Seq
    """The last position whose event is contained."""
    items: Sequence[bytes]
    """Flat items as JSON objects, in the order they were added."""


@attrs.frozen
class Retention:
    """What is kept of the past."""

    entries: int
    """Newest entries kept of each workspace stream."""
    oldest_ms: int
    """Entries, tombstones and ended runs before this Unix time go."""
    results_oldest_ms: int
    """Results of operations before this Unix time go, but for those of runs that have not ended."""
    now_ms: int = 0
    """Stream checkpoints that expire before this Unix time go."""
    memories: int = 100_000
    """Newest memories kept of each workspace; preferences do not count and stay."""

    def forgets(self, run: RunRecord) -> bool:
        """Whether a run has ended so long ago that it goes, with its stream."""
        return run.status in ENDED and run.ended_ms is not None and run.ended_ms < self.oldest_ms


class Store(Protocol):
    """See the module's text for what is promised. Every method may raise StoreError with words for the operator."""

    @property
    def epoch(self) -> str:
        """Random text made with the journal."""

    @property
    def memories(self) -> Memories:
        """What agents remember, to be searched."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        """Make batches durable, no two of one workspace; says of each why it is not, with None where it is.

        A batch that was decided on state which has moved has a StaleError. Raises StoreError when none could be written.
        """

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[FollowedBatch]]:
        """Hear what other daemons commit, from when the block is entered until it is left, and nothing of one's own.

        What is on one stream comes in the order of its positions, each once. Where something was missed on the way, the
        positions of what follows tell. A store that only one daemon can have open has nothing to tell.
        """

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        """What stands under each (workspace, id). Ids that were never there may be left out."""

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        """The results of operations; those that are not kept are left out."""

    async def span(self, stream: StreamName) -> Span:
        """What of a stream is there. A stream nobody wrote to has oldest 1 and top 0."""

    async def entries(self, stream: StreamName, after: Seq, limit: int) -> Sequence[Entry]:
        """Up to `limit` entries following a position, ascending. Those trimmed meanwhile are left out."""

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None = None) -> Snapshot:
        """All items (of these types) and the position they stand at."""

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        """All items (of these types), in the order they were added."""

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        """Up to `limit` items (of a type) whose `added` is above `after`, in that order."""

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        """A run of a workspace, or None."""

    def lease(self) -> AbstractAsyncContextManager[str]:
        """Hold a lease while the block lasts, under a random name of its own: the owner of the runs that carry it.

        It is the daemon's, not each run's, and kept up by the store: one daemon on a file holds it by the file's lock.
        Where it cannot be kept up, the block ends with a StoreError: another daemon may have taken the runs.
        """

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        """Runs that are pending or running and whose owner holds no lease: another process left them behind."""

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        """The run of a thread that was started last (of several in one millisecond: committed last), or None."""

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        """A thread's checkpoint; without an id the newest. None when there is none."""

    async def checkpoints(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> Sequence[Checkpoint]:
        """The newest checkpoints of a thread (older than `before`; none when there is no such), newest first."""

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """An interrupt of a workspace, answered or not, or None."""

    async def pending_interrupts(
        self, workspace: str | None = None, thread_id: str | None = None
    ) -> Sequence[Interrupt]:
        """Those that wait for an answer (in a workspace, in a thread), oldest first."""

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        """How far a broken stream of a run there had come, or None. One that has expired may still be there."""

    async def events_of_run(self, run: RunRecord) -> Sequence[PastEvent]:
        """The item events that this run (not one it resumes) caused and that are still kept, ascending.

        Of a run that has ended only what was told from its beginning to its end is looked at, a few seconds more on both
        sides.
        """

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        """One item event, or None when there is none at this position, or no more."""

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        """What was asked on some days; days of which nothing is known are left out."""

    async def demand(self, workspace: str) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """All demand history of a workspace: (date, quantity) per item, oldest first."""

    def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        """What retention no longer wants, in slices that take a few milliseconds each, at most one of each workspace.

        Commit those of a slice before the next is taken: what is not removed is found again. A stream loses its oldest
        entries, never one from the middle: those over the count, and those over the age as far as all before them go too.
        Streams of runs that have not ended are left alone; those of ended runs go with the run. Tombstones go with the
        entry that told of the removal. Checkpoints and interrupts stay, but for those of threads that nobody named: they
        go when they are over the age, the thread's last run has gone (or there never was one) and nothing waits for an
        answer.
        """

    async def checkpoint(self) -> None:
        """Fold what the database keeps aside into its main file; called when idle and at the end."""
