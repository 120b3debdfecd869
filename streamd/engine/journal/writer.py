"""The journal's writer: the one place where wishes become history.

It takes whatever is waiting, decides each change by the pure rules, commits all of it in one transaction, and only then
hands the answers and the entries to the event queue. There is no timer: while one batch is on its way to the disk the next
one gathers.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from streamd.core.item import Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import StreamName
from streamd.core.thread import Interrupt, InterruptId
from streamd.engine.journal.batch_builder import BatchBuilder
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.known_items import ItemCache
from streamd.engine.journal.writes import (
    Barrier,
    CommittedBatch,
    Done,
    FeedWrite,
    ItemWrite,
    Receipt,
    RunUpdates,
    RunWrite,
    Write,
    WriteResult,
)
from streamd.errors import BusyError, DrainingError, StoreError, UnavailableError
from streamd.ports.clock import Clock
from streamd.ports.store import StaleError, Store

log = structlog.get_logger(__name__)

_STALE_RETRIES: Final = 8
_QUEUED_BYTES_MAX: Final = 16 * 1024 * 1024
_TOPS_KEPT: Final = 10_000
NOWHERE: Final = StreamName("nowhere")
"""The stream of writes that tell nothing."""


class Journal:
    """Accepts writes at once, answers them when they are on disk, in the order they came."""

    def __init__(
        self,
        store: Store,
        types: ItemTypes,
        clock: Clock,
        events: EventQueue,
        *,
        batch_max: int,
        queue_max: int,
    ) -> None:
        self._store = store
        self._types = types
        self._clock = clock
        self._events = events
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: deque[Write] = deque()
        self._queued_bytes = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._sealed = False
        self.failing = False
        """Whether the store refused the last batch."""
        self._known = ItemCache(store)
        self._tops: dict[StreamName, Seq] = {}

    @property
    def full(self) -> bool:
        """Whether whoever can wait should wait for `room`."""
        return len(self._queue) >= self._queue_max or self._queued_bytes >= _QUEUED_BYTES_MAX

    @property
    def busy(self) -> bool:
        """Whether writes are waiting."""
        return bool(self._queue)

    async def room(self) -> None:
        """Wait until the queue is no longer full."""
        while self.full and not self._sealed:
            await self._room.wait()  # many wake at once, and the first may fill it again

    def submit(self, write: Write) -> None:
        """Take a write into the queue. Its `done` is called later, never from in here.

        Raises BusyError far beyond the bound (changes only, for those who did not wait for `room`: a run must be able to
        say how it ended, and a barrier costs nothing), DrainingError after `seal`.
        """
        if self._sealed:
            raise DrainingError("the daemon is stopping; connect again in a moment")
        if isinstance(write, ItemWrite) and len(self._queue) >= self._queue_max * 2:
            raise BusyError("too many changes are waiting; try again in a moment", retry_after_ms=250)
        self._queue.append(write)
        self._queued_bytes += write.size
        self._filled.set()
        if self.full:
            self._room.clear()

    def submit_for_result(self, make: Callable[[Done], Write]) -> "asyncio.Future[WriteResult]":
        """Submit a write and promise its outcome; `make` gets the `done` to put into it."""
        future: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

        def done(outcome: WriteResult) -> None:
            if not future.done():
                future.set_result(outcome)

        self.submit(make(done))
        return future

    async def flushed(self) -> None:
        """Wait until everything that was submitted before now has been answered."""
        await self.submit_for_result(Barrier)

    async def persist(self, kept: RunUpdates) -> None:
        """Keep something that nobody is told of. Raises UnavailableError when it cannot be written."""
        outcome = await self.submit_for_result(lambda done: RunWrite(NOWHERE, (), done, updates=kept))
        if not isinstance(outcome, Receipt):
            raise outcome

    def start_stream(self, stream: StreamName) -> None:
        """Say that a stream is new, so that its top need not be looked up."""
        self._tops[stream] = Seq(0)

    def seal(self) -> None:
        """Take no more writes. What is queued is still committed, then `run` ends."""
        self._sealed = True
        self._filled.set()
        self._room.set()

    async def run(self) -> None:
        """Commit until sealed and empty. A failure of the store refuses a batch; any other failure ends the daemon."""
        while True:
            while not self._queue:
                if self._sealed:
                    self._events.close()
                    return
                self._filled.clear()
                await self._filled.wait()
            writes = [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_max))]
            self._queued_bytes -= sum(write.size for write in writes)
            if not self.full:
                self._room.set()
            await self._commit(writes)

    async def _commit(self, writes: list[Write]) -> None:
        try:
            staging, outcomes = await self._committed(writes)
        except StoreError as error:
            self.failing = True
            log.error("commit_failed", reason=error.message, writes=len(writes))  # noqa: TRY400 - no traceback needed
            self._known.forget()
            self._tops.clear()
            refusal = UnavailableError("the daemon cannot write to its store just now; nothing was changed")
            await self._events.put(CommittedBatch({}, (), [(write.done, refusal) for write in writes]))
            return
        self.failing = False
        answers = [(write.done, outcome) for write, outcome in zip(writes, outcomes, strict=True)]
        await self._events.put(CommittedBatch(staging.committed, staging.ended, answers))

    async def _committed(self, writes: list[Write]) -> tuple[BatchBuilder, list[WriteResult]]:
        for _ in range(_STALE_RETRIES):
            staging = await self._staged(writes)
            outcomes = [staging.take(write) for write in writes]
            if staging.is_empty:
                return staging, outcomes
            try:
                await self._store.commit(staging.batch)
            except StaleError:
                self._known.forget()
                self._tops.clear()
                continue
            self._known.learn(staging.batch.items, staging.long)
            self._tops.update(staging.tops)
            if len(self._tops) > _TOPS_KEPT:
                self._tops.clear()  # they are read again when they are wanted
            for stream in staging.ended:
                self._tops.pop(stream, None)
            return staging, outcomes
        raise StoreError("another daemon writes to this store faster than this one can decide")

    async def _staged(self, writes: list[Write]) -> BatchBuilder:
        """Everything that deciding these writes needs to know, looked up in as few reads as can be."""
        ids = []
        ops = []
        streams: dict[StreamName, None] = {}
        questions: dict[InterruptId, Interrupt] = {}
        for write in writes:
            match write:
                case ItemWrite():
                    ids.extend(write.touched)
                    streams[write.stream] = None
                    if write.op is not None:
                        ops.append(write.op)
                    if write.run is not None:
                        streams[write.run] = None
                case RunWrite():
                    streams[write.run] = None
                    ops += [(result.scope, result.op_id) for result in write.updates.results]
                    for question in write.updates.closes:
                        found = await self._store.interrupt(question.interrupt_id)
                        if found is not None:
                            questions[found.interrupt_id] = found
                case FeedWrite():
                    streams[write.stream] = None
                case Barrier():
                    pass
        known = await self._known.read(ids)
        results = await self._store.results(ops) if ops else {}
        for stream in streams:
            if stream not in self._tops:
                self._tops[stream] = (await self._store.span(stream)).top
        return BatchBuilder(
            self._types, known, dict(results), self._tops, questions, self._clock.now_ms(), self._clock
        )
