"""The store in memory: for tests, and as the shortest reference implementation of the port."""
# ruff: noqa: D102 - documented in the port

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from secrets import token_urlsafe
from typing import Self

import attrs

from streamd.core.item import START, Item, ItemId, Known, Seq, Tombstone
from streamd.core.position import Span, StreamName, kind_of, run_stream, workspace_of, workspace_stream
from streamd.core.run import RunId, RunRecord
from streamd.errors import StoreError
from streamd.facts import define
from streamd.long_work import ITEMS
from streamd.ports.store import (
    ENDED,
    MOST_ENTRY_BYTES,
    UNFINISHED,
    Batch,
    DamagedEvent,
    DemandKey,
    Entry,
    FollowedBatch,
    ItemsThen,
    OpKey,
    PastEvent,
    Removal,
    Retention,
    StaleError,
    VisitBodies,
    VisitEvents,
    VisitItems,
)
from streamd.stores import _items_in_memory as listed
from streamd.stores import _past_in_memory as past
from streamd.stores._followed_in_memory import followed, followed_batches
from streamd.stores._memories_in_memory import MemoriesInMemory
from streamd.stores._usage_in_memory import UsageInMemory

NOTHING = Span(Seq(1), Seq(0))


@asynccontextmanager
async def open_memory() -> AsyncIterator["MemoryStore"]:
    """Open a new, empty store, which is discarded when it is closed."""
    yield MemoryStore()


@define
class MemoryStore(UsageInMemory):
    """Stores everything in dicts. No method waits between its first read and its last write, so each is atomic.

    What takes long with many items or events is done in a thread, on a copy of the references to them.
    """

    epoch: str = attrs.field(factory=lambda: token_urlsafe(8))
    _spans: dict[StreamName, Span] = attrs.field(factory=dict)
    _items: dict[tuple[str, ItemId], Item | Tombstone] = attrs.field(factory=dict)
    memories: MemoriesInMemory = attrs.field(factory=MemoriesInMemory)
    _lease_owners: set[str] = attrs.field(factory=set)
    _followers: list[tuple["MemoryStore", asyncio.Queue[FollowedBatch]]] = attrs.field(factory=list)
    _demand: dict[tuple[str, ItemId, str], float] = attrs.field(factory=dict)

    def beside(self) -> Self:
        """Open the same store as another daemon."""
        return attrs.evolve(self)

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        return [self._put(batch) for batch in batches]

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[AsyncIterator[FollowedBatch]]:
        # Unbounded: the store holds these entries anyway.
        queue = asyncio.Queue[FollowedBatch]()
        follower = (self, queue)
        self._followers.append(follower)
        try:
            yield followed_batches(queue)
        finally:
            self._followers[:] = [one for one in self._followers if one is not follower]

    def _put(self, batch: Batch) -> StoreError | None:
        try:
            self._check_and_put(batch)
        except StoreError as error:
            return error
        if batch.entries:
            heard = followed(batch)
            for store, queue in self._followers:
                if store is not self:
                    queue.put_nowait(heard)
        return None

    def _check_and_put(self, batch: Batch) -> None:
        spans: dict[StreamName, Span] = {}
        for entry in batch.entries:
            if workspace_of(entry.stream) != batch.workspace:
                raise StoreError(f"{entry.stream} is not a stream of workspace {batch.workspace}")
            span = spans.get(entry.stream) or self._spans.get(entry.stream, NOTHING)
            if entry.seq != span.top + 1:
                if entry.stream in spans:
                    raise StoreError(f"{entry.stream}: entry {entry.seq} does not follow {span.top}")
                raise StaleError(f"{entry.stream} stands at {span.top}, not right below {entry.seq}")
            spans[entry.stream] = Span(span.oldest, entry.seq)
        results = {(result.scope, result.op_id): (batch.workspace, result) for result in batch.results}
        if len(results) < len(batch.results) or not self._results.keys().isdisjoint(results):
            raise StaleError("an operation of this batch has its result already")
        self.check_threads(batch)
        self._spans |= spans
        for entry in batch.entries:
            self._entries.setdefault(entry.stream, {})[entry.seq] = entry
        self._items |= {(batch.workspace, item_id): item for item_id, item in batch.items.items()}
        self._results |= results
        self._runs |= batch.runs
        self.put_threads(batch)
        self.put_titles(batch)
        self.put_usage(batch)
        self.memories.forget(batch.workspace, batch.forgotten)
        self.memories.put(batch.memories)
        self._demand |= {(batch.workspace, *day): quantity for day, quantity in batch.demand.items()}
        for removal in batch.removals:
            self._remove(removal)

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        return {key: self._items[key] for key in ids if key in self._items}

    async def ids_beginning(self, workspace: str, prefix: str, limit: int) -> Sequence[ItemId]:
        return await ITEMS.run(listed.ids_beginning, self._all, workspace, prefix, limit)

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        found = {key: self._results.get((key[1], key[2])) for key in ops}
        return {key: kept[1].result for key, kept in found.items() if kept is not None and kept[0] == key[0]}

    async def span(self, stream: StreamName) -> Span:
        return self._spans.get(stream, NOTHING)

    async def entries(
        self, stream: StreamName, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        stored = self._entries.get(stream, {})
        span = self._spans.get(stream, NOTHING)
        found: list[Entry] = []
        size = 0
        for seq in range(max(after + 1, span.oldest), span.top + 1):
            entry = stored[Seq(seq)]
            before = entry.before if with_before else None
            size += len(entry.body) + len(before or b"")
            if len(found) >= limit or (found and size > MOST_ENTRY_BYTES):
                break
            found.append(Entry(entry.seq, entry.body, entry.event_type, entry.item_type, before))
        return found

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        top, stored = self._spans.get(workspace_stream(workspace), NOTHING).top, self._all
        await ITEMS.run(lambda: visit(listed.encoded(stored, workspace, item_types)))
        return top

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        return await ITEMS.run(listed.items, self._all, workspace, item_types)

    @property
    def _all(self) -> listed.Stored:
        return list(self._items.items())

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        return (await ITEMS.run(listed.page, self._all, workspace, item_type, after))[:limit]

    async def scan(
        self, workspace: str, item_type: str | None, visit: VisitItems, *,
        after: Seq = START, words: Sequence[str] | None = None,
    ) -> Seq:  # fmt: skip
        top = self._spans.get(workspace_stream(workspace), NOTHING).top
        await ITEMS.run(listed.visit_all, self._all, workspace, item_type, after, words, visit)
        return top

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.workspace == workspace else None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[str]:
        owner = token_urlsafe(8)
        self._lease_owners.add(owner)
        try:
            yield owner
        finally:
            self._lease_owners.discard(owner)

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        unfinished = [run for run in self._runs.values() if run.status in UNFINISHED]
        return [run for run in unfinished if run.owner not in self._lease_owners]

    async def workspaces(self) -> Sequence[str]:
        return sorted(self.asked_in.union(map(workspace_of, self._spans), self.memories.workspaces))

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        newest_first = reversed(self._runs.values())
        return next((r for r in newest_first if (r.workspace, r.thread_id) == (workspace, thread_id)), None)

    async def events_of_run(self, run: RunRecord, visit: VisitEvents) -> None:
        await ITEMS.run(past.visit_events_of_run, self._events(run.workspace), run.run_id, visit)

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        return past.event(self._entries.get(workspace_stream(workspace), {}), seq)

    async def events_of_change(self, workspace: str, seq: Seq) -> Sequence[PastEvent]:
        return await ITEMS.run(past.events_of_change, self._events(workspace), seq)

    async def history(
        self, workspace: str, item_id: ItemId, before: Seq | None, limit: int
    ) -> Sequence[PastEvent | DamagedEvent]:
        return await ITEMS.run(past.history, self._events(workspace), item_id, before, limit)

    async def items_at(self, workspace: str, seq: Seq) -> ItemsThen | None:
        if not self._spans.get(workspace_stream(workspace), NOTHING).can_resume(seq):
            return None
        return await ITEMS.run(past.items_at, self._all, self._events(workspace), workspace, seq)

    def _events(self, workspace: str) -> past.Entries:
        return dict(self._entries.get(workspace_stream(workspace), {}))

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        return {day: self._demand[day] for day in days if day in self._demand}

    async def demand(
        self, workspace: str, ids: Iterable[ItemId] | None = None
    ) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        wanted = None if ids is None else frozenset(ids)
        return await ITEMS.run(listed.demand, dict(self._demand), workspace, wanted)

    async def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        for find in (
            self._old_runs, self._long_streams, self._old_results, self.old_threads, self.old_stream_checkpoints,
            self.memories.surplus, self.unused_titles, self.old_usage,
        ):  # fmt: skip
            if found := find(retention):
                yield found

    def _old_runs(self, retention: Retention) -> Sequence[Removal]:
        found: dict[str, Removal] = {}
        for run in self._runs.values():
            if retention.forgets(run):
                removal = found.setdefault(run.workspace, Removal(run.workspace))
                removal.runs.append(run.run_id)
                removal.entries += len(self._entries.get(run_stream(run.workspace, run.run_id), {}))
        return list(found.values())

    def _long_streams(self, retention: Retention) -> Sequence[Removal]:
        found: dict[str, Removal] = {}
        runs = {run_stream(run.workspace, run.run_id) for run in self._runs.values()}
        for stream in self._spans.keys() - runs:
            oldest = self._first_wanted(stream, retention)
            if oldest > self._spans[stream].oldest:
                removal = found.setdefault(workspace_of(stream), Removal(workspace_of(stream)))
                removal.streams[stream] = oldest
                removal.entries += oldest - self._spans[stream].oldest
        return list(found.values())

    def _first_wanted(self, stream: StreamName, retention: Retention) -> Seq:
        span, entries = self._spans[stream], self._entries[stream]
        oldest = span.oldest
        while oldest <= span.top and (
            oldest <= span.top - retention.entries or entries[oldest].at_ms < retention.oldest_ms
        ):
            oldest = Seq(oldest + 1)
        return oldest

    def _old_results(self, retention: Retention) -> Sequence[Removal]:
        found: dict[str, Removal] = {}
        open_scopes = {run.results_scope for run in self._runs.values() if run.status not in ENDED}
        for key, (workspace, result) in self._results.items():
            if result.at_ms < retention.results_oldest_ms and result.scope not in open_scopes:
                found.setdefault(workspace, Removal(workspace)).results.append(key)
        return list(found.values())

    def _remove(self, removal: Removal) -> None:
        for stream, oldest in removal.streams.items():
            span, entries = self._spans[stream], self._entries[stream]
            for seq in range(span.oldest, oldest):
                del entries[Seq(seq)]
            self._spans[stream] = Span(max(span.oldest, oldest), span.top)
            if kind_of(stream) == "workspace":
                for key, item in list(self._items.items()):
                    if key[0] == removal.workspace and isinstance(item, Tombstone) and item.version < oldest:
                        del self._items[key]
        for run_id in removal.runs:
            stream = run_stream(removal.workspace, run_id)
            self._entries.pop(stream, None)
            self._spans.pop(stream, None)
            self._runs.pop(run_id, None)
        for result in removal.results:
            self._results.pop(result, None)
        self.remove_threads(removal)
        self.remove_titles(removal)
        self.remove_usage(removal)
        self.forget_authors(removal)
        self.memories.forget(removal.workspace, removal.memories)
