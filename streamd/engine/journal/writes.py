"""Writes that are submitted to the journal, and their results once they are on disk."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, Final, TypeAlias

import attrs

from streamd.core.brackets import BracketType
from streamd.core.change import Change
from streamd.core.decide import Decision
from streamd.core.event import Author
from streamd.core.item import ItemId, Seq
from streamd.core.memory import Memory, MemoryId
from streamd.core.position import Feed, StreamName, workspace_of, workspace_stream
from streamd.core.principal import DAEMON, Flow
from streamd.core.run import RunRecord
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, StreamCheckpoint
from streamd.core.triggers.trigger import TriggerMove
from streamd.core.usage import DayUsage
from streamd.core.values import spellings
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.errors import StreamdError
from streamd.facts import define, fact, frozen
from streamd.ports.store import OpKey, OpResult, Removal, current_flow


@fact
class Receipt:
    """The result of a write that is on disk."""

    results: Sequence[Mapping[str, object]]
    """One per change: {seq, item_id?, version?, overwrote?, conflicts?}; `seq` is its last event's position."""
    repeated: bool = False
    """Whether the operation had been done before; then these are its first results."""


PART: Final = "\x1f"
"""In keys of operations, between an op_id and what it is a part of: no op_id of a client has a control character."""

WriteResult: TypeAlias = Receipt | StreamdError
Done: TypeAlias = Callable[[WriteResult], None]
RunBodies: TypeAlias = Callable[[int, Change, Decision], Sequence[bytes]]
"""From (index of the change, the change, its decision) to the bodies of the run's responses about it."""


@define(eq=False)
class ItemWrite:
    """Changes that are decided and committed together: all of them are accepted, or none."""

    workspace: str
    changes: tuple[Change, ...]
    author: Author
    done: Done
    """Called once, in the event loop, after the commit or the refusal. Must not block or raise."""
    op: tuple[str, str] | None = None
    """(scope, op_id) of a repeatable operation."""
    asked: str | None = None
    """Fingerprint of what was asked for, recorded with the result: the same `op` with another one is refused."""
    is_one_change: bool = False
    """Whether its changes are one for an undo: all of them are undone by any of its events."""
    undoes: Sequence[Sequence[Seq]] = ()
    """For each change, the positions of the events that it takes back; empty: of none."""
    shows_op: bool = True
    """Whether its events carry the op_id: clients know theirs, those of runs are internal."""
    run: StreamName | None = None
    """The run whose stream gets `run_bodies`, in the same commit."""
    run_bodies: RunBodies | None = None
    size: int = 0
    """Approximate size in bytes, where that may be large."""
    flow: Flow = attrs.field(factory=current_flow)
    """The connection or the run whose edit it is: its writes stay in order, and take turns with those of others."""
    stream: StreamName = attrs.field(init=False)
    """The stream of its events."""
    weight: int = attrs.field(init=False)
    """Cost of deciding it, as if it were so many bytes; 0 for changes of runs, which tell of them at once."""

    @stream.default
    def _stream(self) -> StreamName:
        return workspace_stream(self.workspace)

    @weight.default
    def _weight(self) -> int:
        return 0 if self.run_bodies is not None else max(self.size, len(self.changes) * _CHANGE_BYTES)

    @property
    def op_key(self) -> OpKey | None:
        """The key of its recorded result."""
        return None if self.op is None else (self.workspace, *self.op)

    @property
    def shown_op_id(self) -> str | None:
        """The op_id that its events carry; of the part of an operation with a slash before its number."""
        return self.op[1].replace(PART, "/") if self.op is not None and self.shows_op else None

    @property
    def touched(self) -> list[tuple[str, ItemId]]:
        """The keys of the items that it is about; of an id beyond ASCII in all its spellings."""
        workspace = self.workspace
        keys: list[tuple[str, ItemId]] = []
        for change in self.changes:
            if (item_id := change.item_id) is None:
                continue
            if item_id.isascii():
                keys.append((workspace, item_id))
            else:
                keys += [(workspace, one) for one in spellings(item_id)]
        return keys


@frozen
class Broadcast:
    """An entry of feeds that belongs to the same commit as what it is about."""

    event_type: str
    agent_id: str
    """For subscriptions that filter by agents."""
    body: bytes
    feeds: tuple[Feed, ...]


@frozen
class RunUpdates:
    """Records of a run that are persisted in the same commit as its responses."""

    records: tuple[RunRecord, ...] = ()
    claims: tuple[RunRecord, ...] = ()
    """Runs that are taken over, as they were read. The write is refused if one has another owner by then."""
    results: tuple[OpResult, ...] = ()
    """Results of its steps; a result that is already recorded stays."""
    checkpoint: Checkpoint | None = None
    heads: Mapping[str, CheckpointId | None] = attrs.field(factory=dict)
    """By thread, the newest checkpoint that the write was decided on, or None; refused if there is another one by then."""
    titles: Mapping[str, str] = attrs.field(factory=dict)
    """New titles, by thread."""
    trigger: TriggerMove | None = None
    """The move of the trigger that starts the run; the write is refused if it stands elsewhere by then."""
    interrupts: tuple[Interrupt, ...] = ()
    closes: tuple[Interrupt, ...] = ()
    """Interrupts in their closed state. The write is refused if one is not open any more."""
    broadcasts: tuple[Broadcast, ...] = ()
    """What the followers of feeds receive of it."""
    stream_checkpoint: StreamCheckpoint | None = None
    forgotten: tuple[MemoryId, ...] = ()
    """Memories to delete, before `memories` are added."""
    memories: tuple[Memory, ...] = ()
    used: tuple[DayUsage, ...] = ()
    """What it used of language models, to be added to what was used before."""


NO_UPDATES: Final = RunUpdates()


@fact
class Bracket:
    """A bracket: a start or an end entry on a run's stream."""

    type: BracketType
    step: str
    """The step that the bracket belongs to."""
    body: bytes


@define(eq=False)
class RunWrite:
    """Responses of a run, and the updates persisted with them."""

    run: StreamName
    bodies: tuple[bytes, ...]
    done: Done
    step: str = ""
    """The step that emits the responses."""
    updates: RunUpdates = NO_UPDATES
    last: bool = False
    """Whether these are the last entries of the stream."""
    brackets: Sequence[Bracket] = ()
    """Brackets that precede `bodies`."""
    flow: Flow = attrs.field(kw_only=True)

    @property
    def workspace(self) -> str:
        """The workspace of the write."""
        return workspace_of(self.run)

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        results = sum(len(result.result) for result in self.updates.results)
        return sum(map(len, self.bodies)) + results + sum(len(one.body) for one in self.brackets)


@define(eq=False)
class UpdateWrite:
    """Updates without stream entries."""

    workspace: str
    updates: RunUpdates
    done: Done
    flow: Flow
    size: ClassVar[int] = 0


@frozen
class DemandRow:
    """The demand for one item on one date."""

    item_id: ItemId
    date: str
    """`YYYY-MM-DD`."""
    quantity: float


@define(eq=False)
class DemandWrite:
    """Demand history, one quantity per item and date, the later of two. Its receipt counts the changed quantities."""

    workspace: str
    rows: Sequence[DemandRow]
    done: Done
    flow: Flow = attrs.field(factory=current_flow)

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return _ENTRY_BYTES * len(self.rows)


@define(eq=False)
class RemovalWrite:
    """A removal of what exceeds the retention limits."""

    removal: Removal
    done: Done
    size: ClassVar[int] = 0
    flow: ClassVar[Flow] = DAEMON

    @property
    def workspace(self) -> str:
        """The workspace of the write."""
        return self.removal.workspace


@define(eq=False)
class FeedWrite:
    """A broadcast on a feed: progress, quality."""

    stream: StreamName
    event_type: str
    agent_id: str
    """For subscriptions that filter by agents."""
    body: bytes
    done: Done
    flow: ClassVar[Flow] = DAEMON

    @property
    def workspace(self) -> str:
        """The workspace of the write."""
        return workspace_of(self.stream)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.body)


@define(eq=False)
class Barrier:
    """A place in the queue: done when all writes before it are, of the flow, or of the workspace, or those to any."""

    done: Done
    workspace: str = ""
    flow: Flow | None = None
    size: ClassVar[int] = 0


Write: TypeAlias = ItemWrite | RunWrite | UpdateWrite | DemandWrite | RemovalWrite | FeedWrite | Barrier
_ANSWER_BYTES: Final = 512
_ENTRY_BYTES: Final = 256
_CHANGE_BYTES: Final = 256


class CommittedBatch:
    """A group of writes that has been committed or refused."""

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
        self.answers = answers
        """The callbacks of the writes with their results, in the order of submission."""
        self.size = _ANSWER_BYTES * len(answers) + sum(
            [entry.size + _ENTRY_BYTES for entries in committed.values() for entry in entries]
        )
        """Approximate size in bytes."""
