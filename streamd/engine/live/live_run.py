"""A run that has not ended: where it stands, and how it tells and keeps things."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Literal

import attrs
import orjson

from streamd.core.item import START, ItemId, Seq
from streamd.core.memory import Memory
from streamd.core.run import Response, RunRecord
from streamd.core.thread import Checkpoint, Interrupt
from streamd.core.tool_calls import Intent, Understanding
from streamd.engine.delivery.live_stream import LiveStream
from streamd.engine.journal.writes import NO_UPDATES, Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.live.meter import Meter
from streamd.engine.live.run_services import RunServices
from streamd.engine.live.shared_items import Reading
from streamd.engine.record.replay import Replay
from streamd.errors import StreamdError, UnavailableError
from streamd.language import is_structured
from streamd.ports.agent import Outcome
from streamd.ports.model import Model
from streamd.ports.store import OpResult
from streamd.wire.entries import response_body

_KEPT_CHARACTERS: Final = 100_000

NOT_UNDERSTOOD: Final = Understanding(Intent("general", 0.0))


class InterruptRaisedError(BaseException):
    """A run ends because it waits for a person. Not an Exception: no agent catches it by mistake."""

    def __init__(self, interrupt: Interrupt, results: Sequence[OpResult] = ()) -> None:
        super().__init__(interrupt.interrupt_id)
        self.interrupt = interrupt
        self.results = tuple(results)
        """What the step needs to know when it is come back to."""


class StopAfterTurnError(BaseException):
    """A run ends at the end of a turn, because somebody wished so. Not an Exception, for the same reason."""


@attrs.define
class RunChanges:
    """What a run does to items, whichever of its nodes does it."""

    outcome: Outcome = attrs.field(factory=Outcome)
    reading: Reading | None = None
    """The items as it read them."""
    base: Seq = START
    """Position up to which the run has read the items: a field that moved after it conflicts."""
    read_names: Mapping[ItemId, str] = attrs.field(factory=dict)
    """Names of the items the run has read; shared with other runs."""
    touched_names: dict[ItemId, str] = attrs.field(factory=dict)
    """Names of the items that it touched."""
    versions: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Items the run changed itself, and when: its own changes are no conflicts."""
    touched: int = 0
    removed_unapproved: int = 0
    """Items that it set out to remove since a person last allowed it."""
    _counted: set[tuple[str, ItemId]] = attrs.field(factory=set)

    def count(self, kind: Literal["added", "removed", "changed"], item_id: ItemId) -> None:
        """Note what was done to an item; what is given back when a step is done again counts once."""
        if (kind, item_id) not in self._counted:
            self._counted.add((kind, item_id))
            getattr(self.outcome, kind).append(item_id)

    def restore(self, outcome: Outcome) -> None:
        """Begin with what was done before."""
        self.outcome = outcome
        kinds = {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed}
        self._counted = {(kind, item_id) for kind, ids in kinds.items() for item_id in ids}


@attrs.define(eq=False)
class LiveRun:
    """A run that has not ended."""

    services: RunServices
    record: RunRecord
    stream: LiveStream
    replay: Replay
    meter: Meter
    changes: RunChanges = attrs.field(factory=RunChanges)
    checkpoint: Checkpoint | None = None
    """Where it stands; None before it has begun."""
    is_replay: bool = False
    """Whether another process, or the run that it resumes, has done something of it before."""
    resumes_thread: bool = False
    """Whether it goes on where another run of its thread stopped, instead of beginning its graph."""
    breakpoint_approved: bool = False
    """Whether somebody has allowed it to go on from there."""
    understanding: Understanding = NOT_UNDERSTOOD
    reads_understanding: bool = False
    """Whether the agent wanted to know what the request means; if not, the answer is all its own."""
    last_message: str = ""
    """What the agent said last: the answer, when the request itself has none."""
    conclusion: Response | None = None
    partial_text: str = ""
    """What its models have said, for those who get no whole answer."""
    task: asyncio.Task[None] | None = None
    ended: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when its last response can be heard."""
    is_executing: bool = False
    """Whether it has a place, and does not wait for one."""
    cancelled_by: str | None = None
    """Who wanted it to stop."""
    stops_after_turn: bool = False
    is_stopping: bool = False
    """Whether it is being stopped at once."""
    has_started: bool = False
    """Whether its task can be cancelled: one that is cancelled before its first step never says how it ended."""
    is_ending: bool = False
    """Whether how it ends is settled."""
    failure: StreamdError | None = None
    """Why what it tells cannot be kept."""
    memories: list[Memory] = attrs.field(factory=list)
    """To be written with what is told next."""

    @property
    def record_now(self) -> RunRecord:
        """The record with what has been used until now."""
        return attrs.evolve(self.record, usage=self.meter.usage)

    @property
    def model(self) -> Model:
        """Who thinks. Where the context says what to do nobody is asked: context wins over words."""
        structured = is_structured(self.record.request.context)
        return self.services.rules if structured else self.services.model

    async def read_items(self, *, fresh: bool = False) -> Reading:
        """The workspace's items as the run read them first, or as they are now."""
        work = self.changes
        if work.reading is None or fresh:
            work.reading = await self.services.shared_items.read(self.record.workspace)
            # What changed after the position counts as unseen, and conflicts.
            work.base = work.reading.top
            work.read_names = work.reading.names
        return work.reading

    def emit(self, response: Response, updates: RunUpdates = NO_UPDATES) -> None:
        """Tell one response, unless it has been told before; `kept` goes into the same commit."""
        is_told = self.replay.skips(response.step)
        # First: what cannot be told is an error, and must not stand in what is told of that.
        bodies = () if is_told else (self.encode(response),)
        if response.type in ("content", "agent_chunk"):
            self._heard(response)
        if is_told:
            if updates is NO_UPDATES and not self.memories:
                return
        else:
            self.services.board.observe(self.record, response, self.meter)
        self._submit(bodies, response.step, updates)

    def _heard(self, response: Response) -> None:
        said = response.extra.get("content") or response.extra.get("chunk") or ""
        if len(self.partial_text) < _KEPT_CHARACTERS:
            self.partial_text += str(said)

    def assign_agent(self, agent: str) -> None:
        """Say which agent does it."""
        self.record = attrs.evolve(self.record, agent=agent)

    def persist(self, updates: RunUpdates) -> None:
        """Keep something without telling anything."""
        self._submit((), "", updates)

    async def once(self, key: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something, or give back what came of it before; the result is on disk before it is returned."""
        before = await self.replay.result(key)
        if before is None:
            before = orjson.dumps(await work())
            self.persist(RunUpdates(results=(self.result(key, before),)))
            await self.services.journal.flushed()
        return orjson.loads(before)

    def result(self, key: str, body: bytes) -> OpResult:
        """The result of one of its steps, to be kept."""
        return OpResult(self.replay.scope, key, body, self.services.clock.now_ms())

    def encode(self, response: Response) -> bytes:
        """A response's body."""
        now_ms = self.services.clock.now_ms()
        return response_body(
            response,
            run_id=self.record.run_id,
            thread_id=self.record.thread_id,
            timestamp=self.services.clock.text(now_ms),
            at_ms=now_ms,
            request_id=self.record.request.request_id,
        )

    def check_stop(self) -> None:
        """End here if somebody wished the run to stop after the turn that is now over."""
        if self.stops_after_turn:
            raise StopAfterTurnError

    def _submit(self, bodies: tuple[bytes, ...], step: str, updates: RunUpdates) -> None:
        if self.memories:
            updates = attrs.evolve(updates, memories=(*updates.memories, *self.memories))
            self.memories = []
        self.services.journal.submit(RunWrite(self.stream.name, bodies, self._done, step, updates))

    def _done(self, outcome: WriteResult) -> None:
        if not isinstance(outcome, Receipt) and self.failure is None and self.task is not None:
            self.failure = UnavailableError(
                "the daemon cannot write to its store just now, so the request was stopped; "
                "what was done stays done, ask again in a moment"
            )
            self.task.cancel()
