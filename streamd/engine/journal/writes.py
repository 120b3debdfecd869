"""Writes: what is handed to the journal, and what comes back once it is on disk."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, Final, TypeAlias

import attrs

from streamd.core.brackets import BracketType
from streamd.core.change import Change, Publish
from streamd.core.decide import Decision
from streamd.core.event import Author
from streamd.core.item import ItemId
from streamd.core.memory import Memory, MemoryId
from streamd.core.position import StreamName, workspace_of, workspace_stream
from streamd.core.run import RunRecord
from streamd.core.thread import Checkpoint, Interrupt, StreamCheckpoint
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.errors import StreamdError
from streamd.ports.store import OpKey, OpResult, Removal


@attrs.frozen
class Receipt:
    """The write is on disk."""

    results: Sequence[Mapping[str, object]]
    """One per change: {seq, item_id?, version?, overwrote?, conflicts?}; `seq` is its last event's position."""
    repeated: bool = False
    """The operation had been done before; these are its first results."""


WriteResult: TypeAlias = Receipt | StreamdError

Done: TypeAlias = Callable[[WriteResult], None]

RunBodies: TypeAlias = Callable[[int, Change, Decision], Sequence[bytes]]
"""From (index of the change, the change, its decision) to the bodies of what the run tells about it."""


@attrs.define(eq=False)
class ItemWrite:
    """Changes to be decided and committed together: all of them are accepted, or none."""

    workspace: str
    changes: tuple[Change, ...]
    author: Author
    done: Done
    """Called once, in the event loop, after the commit or the refusal. Must not block or raise."""
    op: tuple[str, str] | None = None
    """(scope, op_id) of a repeatable operation."""
    shows_op: bool = True
    """Whether its events carry the op_id: a client knows its own, a run's are nobody's business."""
    run: StreamName | None = None
    """The run on whose stream `told` goes, in the same commit."""
    run_bodies: RunBodies | None = None
    size: int = 0
    """Bytes that it holds, about, where that may be many."""

    @property
    def stream(self) -> StreamName:
        """Where its events go."""
        return workspace_stream(self.workspace)

    @property
    def op_key(self) -> OpKey | None:
        """Under which its result is kept."""
        return None if self.op is None else (self.workspace, *self.op)

    @property
    def touched(self) -> list[tuple[str, ItemId]]:
        """The items it has to know."""
        return [
            (self.workspace, change.item_id) for change in self.changes if not isinstance(change, Publish)
        ]


@attrs.frozen
class RunUpdates:
    """What a run keeps beside what it tells, in the same commit."""

    records: tuple[RunRecord, ...] = ()
    claims: tuple[RunRecord, ...] = ()
    """Runs that are taken over, as they were found. Each must have the same owner until then, or the whole write is refused."""
    results: tuple[OpResult, ...] = ()
    """Of its steps; one that has its result already keeps it."""
    checkpoint: Checkpoint | None = None
    interrupts: tuple[Interrupt, ...] = ()
    closes: tuple[Interrupt, ...] = ()
    """Questions as they are once they are closed. Each must be open until then, or the whole write is refused."""
    stream_checkpoint: StreamCheckpoint | None = None
    forgotten: tuple[MemoryId, ...] = ()
    """Memories that go, before others come."""
    memories: tuple[Memory, ...] = ()


NO_UPDATES: Final = RunUpdates()


@attrs.frozen
class Bracket:
    """The beginning or the end of something, as it is committed to a run's stream."""

    type: BracketType
    step: str
    """The step that it belongs to."""
    body: bytes


@attrs.define(eq=False)
class RunWrite:
    """What a run tells, and what it keeps."""

    run: StreamName
    bodies: tuple[bytes, ...]
    done: Done
    step: str = ""
    """Which step tells it."""
    updates: RunUpdates = NO_UPDATES
    last: bool = False
    """Whether nothing follows on this stream."""
    brackets: Sequence[Bracket] = ()
    """They come before `bodies`."""

    @property
    def workspace(self) -> str:
        """Where it belongs."""
        return workspace_of(self.run)

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        brackets = sum(len(bracket.body) for bracket in self.brackets) if self.brackets else 0
        return (
            sum(map(len, self.bodies)) + sum(len(result.result) for result in self.updates.results) + brackets
        )


@attrs.define(eq=False)
class UpdateWrite:
    """What is kept without a word to anybody."""

    workspace: str
    updates: RunUpdates
    done: Done
    size: ClassVar[int] = 0


@attrs.frozen
class DemandRow:
    """What was asked of one item on one date."""

    item_id: ItemId
    date: str
    """`YYYY-MM-DD`."""
    quantity: float


@attrs.define(eq=False)
class DemandWrite:
    """Demand history, one quantity per item and date; of two the later. Its receipt says how many differ from what was known."""

    workspace: str
    rows: Sequence[DemandRow]
    done: Done

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return _ENTRY_BYTES * len(self.rows)


@attrs.define(eq=False)
class RemovalWrite:
    """What retention no longer wants."""

    removal: Removal
    done: Done
    size: ClassVar[int] = 0

    @property
    def workspace(self) -> str:
        """Where it belongs."""
        return self.removal.workspace


@attrs.define(eq=False)
class FeedWrite:
    """A broadcast on a feed: progress, quality."""

    stream: StreamName
    event_type: str
    agent_id: str
    """For subscriptions that filter by agents."""
    body: bytes
    done: Done

    @property
    def workspace(self) -> str:
        """Where it belongs."""
        return workspace_of(self.stream)

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.body)


@attrs.define(eq=False)
class Barrier:
    """Nothing but a place in the queue: done when everything before it is."""

    done: Done
    workspace: ClassVar[str] = ""
    size: ClassVar[int] = 0


Write: TypeAlias = ItemWrite | RunWrite | UpdateWrite | DemandWrite | RemovalWrite | FeedWrite | Barrier


_ANSWER_BYTES: Final = 512
_ENTRY_BYTES: Final = 256


class CommittedBatch:
    """A batch that is through. Made once per batch."""

    __slots__ = ("answers", "committed", "ended", "size")

    def __init__(
        self,
        committed: Mapping[StreamName, Sequence[CachedEntry]],
        ended: Collection[StreamName],
        answers: Sequence[tuple[Done, WriteResult]],
    ) -> None:
        self.committed = committed
        """The entries of each stream, ascending."""
        self.ended = ended
        """Streams on which nothing follows."""
        self.answers = answers
        """Whom to tell what became of their writes, in the order they came."""
        self.size = _ANSWER_BYTES * len(answers) + sum(
            len(entry.body) + _ENTRY_BYTES for entries in committed.values() for entry in entries
        )
        """Bytes that it holds, about."""
