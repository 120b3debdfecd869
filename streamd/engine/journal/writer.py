"""The journal's writer: the only place where changes are decided and committed.

It takes all queued writes, decides each change by the pure rules, commits the group at once, a batch for each workspace,
and only then puts the answers and the entries on the event queue. There is no timer: while one group is being written to
disk the next one accumulates. What takes long to decide goes through a lane of its own, and only what its workspace
writes after it has to wait for it: the two lanes never have writes of the same workspace.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import attrs
import structlog

from streamd.core.item import Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import StreamName
from streamd.core.principal import Flow
from streamd.engine.journal._batch_builder import BatchBuilder
from streamd.engine.journal._committed_state import committed_state
from streamd.engine.journal._item_indexes import ItemIndexes
from streamd.engine.journal._known_items import ItemCache
from streamd.engine.journal._write_queue import WriteQueue
from streamd.engine.journal.ages import Ages
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.writes import (
    Barrier,
    CommittedBatch,
    Done,
    ItemWrite,
    Receipt,
    RemovalWrite,
    RunUpdates,
    UpdateWrite,
    Write,
    WriteResult,
)
from streamd.errors import BusyError, DrainingError, StoreError, UnavailableError
from streamd.facts import define
from streamd.fair_turns import FairTurns
from streamd.long_work import LONG_BYTES, LongWork, Slices
from streamd.ports.clock import Clock
from streamd.ports.metrics import Metrics
from streamd.ports.store import Batch, Removal, StaleError, Store, current_flow

log = structlog.get_logger(__name__)

_STALE_RETRIES: Final = 8
_MAX_TOPS: Final = 10_000

_DECISIONS: Final = LongWork("decisions")


class Journal:
    """Accepts writes at once and answers them when they are on disk, those of one flow in the order of submission."""

    def __init__(
        self,
        store: Store,
        types: ItemTypes,
        clock: Clock,
        events: EventQueue,
        *,
        ages: Ages,
        metrics: Metrics,
        batch_max: int,
        queue_max: int,
    ) -> None:
        self._store = store
        self._types = types
        self._clock = clock
        self._ages = ages
        self._events = events
        self._metrics = metrics
        self._queue = WriteQueue(batch_max=batch_max, queue_max=queue_max)
        self.long_writes: Final = FairTurns(1)
        """Turns of writes with so many changes that those of one user would delay those of others."""
        self.failing = False
        """Whether the store refused the last batch."""
        self._known = ItemCache(store)
        self._indexes = ItemIndexes(store, types)
        self._tops: dict[StreamName, Seq] = {}

    def is_full(self, workspace: str, flow: Flow | None = None) -> bool:
        """Whether a flow should wait for `room`: the queue is full, and the flow has its share in it."""
        return self._queue.is_full(workspace, flow or current_flow())

    @property
    def busy(self) -> bool:
        """Whether writes are waiting."""
        return bool(self._queue)

    async def room(self, workspace: str = "", flow: Flow | None = None) -> None:
        """Wait until the queue is no longer full for a flow, the current one unless another is given."""
        flow = flow or current_flow()
        if self._queue.is_full(workspace, flow):
            await self._queue.room(workspace, flow)

    def submit(self, write: Write) -> None:
        """Add a write to the queue. Its `done` is called later, never from within this call.

        Raises BusyError far beyond the bound (item changes only, from callers that did not wait for `room`: a run must be
        able to commit its end, and a barrier costs nothing), DrainingError after `seal`.
        """
        if self._queue.sealed:
            raise DrainingError("the daemon is stopping; connect again in a moment")
        if isinstance(write, ItemWrite) and self._queue.is_overfull(write.workspace, write.flow):
            raise BusyError("too many changes are waiting; try again in a moment", retry_after_ms=250)
        self._queue.add(write)

    def submit_for_result(self, make: Callable[[Done], Write]) -> "asyncio.Future[WriteResult]":
        """Submit a write and return a future of its result; `make` receives the `done` of the write."""
        future: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

        def done(outcome: WriteResult) -> None:
            if not future.done():
                future.set_result(outcome)

        self.submit(make(done))
        return future

    async def flushed(self, workspace: str = "", flow: Flow | None = None) -> None:
        """Wait until all writes to a workspace, or to any, submitted before this call have been answered; or of one flow."""
        await self.submit_for_result(lambda done: Barrier(done, workspace, flow))

    async def persist(self, workspace: str, updates: RunUpdates, flow: Flow | None = None) -> None:
        """Commit updates without stream entries, for the current flow unless another is given. Raises the refusal."""
        flow = flow or current_flow()
        outcome = await self.submit_for_result(lambda done: UpdateWrite(workspace, updates, done, flow))
        if not isinstance(outcome, Receipt):
            raise outcome

    async def remove(self, removals: Sequence[Removal]) -> None:
        """Commit a slice of removals. Raises the refusal."""
        results = [self.submit_for_result(partial(RemovalWrite, one)) for one in removals]
        for outcome in await asyncio.gather(*results):
            if not isinstance(outcome, Receipt):
                raise outcome

    def start_stream(self, stream: StreamName) -> None:
        """Register a new stream, so that its top need not be read."""
        self._tops[stream] = Seq(0)

    def seal(self) -> None:
        """Refuse further writes. Queued writes are still committed, then `run` ends."""
        self._queue.seal()

    async def run(self) -> None:
        """Commit until sealed and empty. A failure of the store refuses a batch; any other failure stops the daemon."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._run_short_lane(), name="short lane")
            lanes.create_task(self._run_long_lane(), name="long lane")
        self._events.close()

    async def _run_short_lane(self) -> None:
        while writes := await self._queue.next_group():
            await self._commit(writes)
            del writes  # while waiting for the next group, this one is not held on to

    async def _run_long_lane(self) -> None:
        while writes := await self._queue.next_long_group():
            await self._commit(writes)
            self._queue.release(writes)
            del writes

    async def _commit(self, writes: Sequence[Write]) -> None:
        """Decide a group of writes and commit it; writes that another daemon made stale are decided again."""
        group = _Group()
        undecided: Sequence[Write] = writes
        for _ in range(_STALE_RETRIES):
            undecided = await self._attempt(undecided, group)
            if not undecided:
                break
        else:
            self._fail(
                undecided,
                StoreError("another daemon writes to this store faster than this one can decide"),
                group,
            )
        if group.has_failed or group.has_written:  # a barrier alone tells nothing
            self.failing = group.has_failed
        self._metrics.failed_commits += group.has_failed
        self._metrics.committed_entries += sum(map(len, group.committed.values()))
        answers = [(write.done, group.outcomes[write]) for write in writes]
        await self._events.put(CommittedBatch(group.committed, group.ended, answers))

    async def _attempt(self, writes: Sequence[Write], group: "_Group") -> Sequence[Write]:
        """Decide writes and commit them, all workspaces at once; returns those of stale workspaces."""
        try:
            builders = await self._decide(writes, group.outcomes)
            batches = [builder.batch for builder in builders.values() if not builder.batch.is_empty]
            verdicts = await self._written(batches) if batches else ()
            group.has_written = group.has_written or bool(batches)
        except StoreError as error:
            self._fail(writes, error, group)
            return ()
        failed = {
            batch.workspace: error
            for batch, error in zip(batches, verdicts, strict=True)
            if error is not None
        }
        for workspace, builder in builders.items():
            if workspace not in failed:
                self._learn(builder)
                group.committed |= builder.committed
                group.ended += builder.batch.ended
        again: list[Write] = []
        if failed:
            self._forget()
            for write in writes:
                why = failed.get(write.workspace)
                if isinstance(why, StaleError):
                    again.append(write)
                elif why is not None:
                    self._fail([write], why, group)
        return again

    async def _written(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        verdicts = await self._store.commit(batches)
        self._metrics.commits.observe(loop.time() - begun)
        return verdicts

    async def _decide(
        self, writes: Sequence[Write], outcomes: dict[Write, WriteResult]
    ) -> Mapping[str, BatchBuilder]:
        before = await committed_state(
            self._store, self._known, self._indexes, self._tops, writes, self._clock.now_ms()
        )
        before.results_ms = self._ages.stamp_ms
        builders: dict[str, BatchBuilder] = {}
        slices = Slices()
        for write in writes:
            if slices.are_over:
                await slices.rest()
            builder = builders.get(write.workspace)
            if builder is None:
                builder = BatchBuilder(self._types, self._clock, before, Batch(write.workspace))
                builders[write.workspace] = builder
            if isinstance(write, ItemWrite) and write.weight > LONG_BYTES:
                # While the thread decides, nothing else does: all of this belongs to the writer.
                outcomes[write] = await _DECISIONS.compute(write.weight, builder.add, write)
            else:
                outcomes[write] = builder.add(write)
        return builders

    def forget_unused(self) -> None:
        """Drop the items that no write touched since the last call."""
        self._known.forget_unused()

    def _learn(self, builder: BatchBuilder) -> None:
        """Cache the committed items and tops."""
        self._known.learn(builder.batch.workspace, builder.batch.items, builder.long)
        self._tops.update(builder.tops)
        if len(self._tops) > _MAX_TOPS:
            self._tops.clear()  # they are read again when they are needed
        for stream in builder.batch.ended:
            self._tops.pop(stream, None)

    def _forget(self) -> None:
        """Empty the caches."""
        self._known.forget()
        self._indexes.forget()
        self._tops.clear()

    def _fail(self, writes: Sequence[Write], error: StoreError, group: "_Group") -> None:
        group.has_failed = True
        log.error("commit_failed", reason=error.message, writes=len(writes))
        self._forget()
        refusal = UnavailableError("the daemon cannot write to its store just now; nothing was changed")
        group.outcomes.update(dict.fromkeys(writes, refusal))


@define
class _Group:
    """The results of the writes of one group."""

    outcomes: dict[Write, WriteResult] = attrs.field(factory=dict)
    committed: dict[StreamName, Sequence[CachedEntry]] = attrs.field(factory=dict)
    ended: list[StreamName] = attrs.field(factory=list)
    has_failed: bool = False
    """Whether the store failed to write any of them."""
    has_written: bool = False
    """Whether it was asked to write any."""
