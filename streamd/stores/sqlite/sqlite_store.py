"""The store on SQLite: one connection writes, others read, each in a thread of its own."""
# ruff: noqa: D102 - documented in the port

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Concatenate, Final, ParamSpec, TypeVar

from streamd.core.item import START, Item, ItemId, Known, Seq
from streamd.core.position import Span, StreamName
from streamd.core.run import RunRecord
from streamd.core.usage import DayUsage, UsageFilter, UsageKey
from streamd.errors import StoreError
from streamd.long_work import LongWork
from streamd.ports.store import (
    Batch,
    DamagedEvent,
    DemandKey,
    Entry,
    FollowedBatch,
    ItemsThen,
    LostStoreError,
    OpKey,
    PastEvent,
    Removal,
    Retention,
    VisitBodies,
    VisitEvents,
    VisitItems,
)
from streamd.stores.sqlite import (
    _commits,
    _daily_rows,
    _item_words,
    _past_events,
    _reads,
    _thread_rows,
)
from streamd.stores.sqlite._memory_rows import SqliteMemories
from streamd.stores.sqlite._prepared_rows import PreparedRows, prepare
from streamd.stores.sqlite._readers import Readers
from streamd.stores.sqlite._removals import author_removal, removals
from streamd.stores.sqlite._served_file import ServedFile
from streamd.stores.sqlite._space import give_back
from streamd.stores.sqlite._threads_in_sqlite import ThreadsInSqlite
from streamd.stores.sqlite.connection import Connection
from streamd.stores.sqlite.packing import json_text

P = ParamSpec("P")
T = TypeVar("T")

_MANY_ENTRIES: Final = 512
"""From so many entries on they are made ready in another thread, in which nobody else waits for it."""
_ENTRY_BYTES: Final = 256
_ROWS: Final = LongWork("rows")
_WATCH_SECONDS: Final = 1.0
"""How often it is looked whether the file is still there."""


class SqliteStore(ThreadsInSqlite):
    """Implements `Store`. Queries of the journal writer use the writing connection and never wait for long reads."""

    def __init__(self, file: ServedFile, writer: Connection, readers: Readers) -> None:
        self.epoch: Final = file.epoch
        super().__init__(writer, readers)
        self.memories: Final = SqliteMemories(readers, self._damage)
        self._file = file
        self._owners: set[str] = set()

    @property
    def directory(self) -> Path:
        return self._file.path.parent

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        prepared = None
        entries = sum(len(batch.entries) for batch in batches)
        if entries > _MANY_ENTRIES:
            with suppress(StoreError):  # some batch is to be refused: the writer finds out which
                prepared = await _ROWS.compute(entries * _ENTRY_BYTES, prepare, batches)
        return await self._writer.run(self._commit, batches, prepared)

    def _commit(
        self, connection: sqlite3.Connection, batches: Sequence[Batch], prepared: PreparedRows | None
    ) -> Sequence[StoreError | None]:
        self._file.check()
        verdicts = _commits.commit(connection, batches, prepared)
        committed = [
            entry
            for batch, verdict in zip(batches, verdicts, strict=True)
            if verdict is None
            for entry in batch.entries
        ]
        # Streams of runs are removed one day.
        self._file.committed(sum(["/run/" not in entry.stream for entry in committed]))
        for batch in batches:
            self._damage.forget_items(batch.workspace, batch.items)
        return verdicts

    async def lost(self) -> StoreError:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._file.moved:
                try:
                    await self._writer.run(self._file.check_all)
                except LostStoreError as error:
                    self._file.put_log_aside()
                    return error
                except StoreError as error:
                    return error

    async def _write(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Run a function that commits something other than batches."""

        def committed(connection: sqlite3.Connection) -> T:
            self._file.check()
            result = work(connection, *arguments, **options)
            self._file.committed(0)
            return result

        return await self._writer.run(committed)

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[AsyncIterator[FollowedBatch]]:
        yield _no_batches()

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        return await self._writer.run(_reads.known, self._damage, ids)

    async def ids_beginning(self, workspace: str, prefix: str, limit: int) -> Sequence[ItemId]:
        return await self._writer.run(_daily_rows.ids_beginning, workspace, prefix, limit)

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        return await self._writer.run(_reads.results, ops)

    async def span(self, stream: StreamName) -> Span:
        return await self._writer.run(_reads.span, stream)

    async def entries(
        self, stream: StreamName, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        return await self._readers.run(_reads.entries, self._damage, stream, after, limit, with_before)

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        return await self._readers.run_long(_reads.snapshot, self._damage, workspace, item_types, visit)

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        return await self._readers.run_long(_reads.items, self._damage, workspace, item_types)

    def unreadable(self, workspace: str, item_types: frozenset[str] | None = None) -> int:
        return self._damage.count_items(workspace, item_types)

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        return await self._readers.run(_reads.page, self._damage, workspace, item_type, after, limit)

    async def scan(
        self,
        workspace: str,
        item_type: str | None,
        visit: VisitItems,
        *,
        after: Seq = START,
        words: Sequence[str] | None = None,
    ) -> Seq:
        while words is not None and await self._write(_item_words.index_more, self._damage, workspace):
            pass
        wanted = (workspace, item_type, after, words, visit)
        return await self._readers.run_long(_item_words.scan, self._damage, *wanted)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[str]:
        # Nobody else has the file open, so whoever holds no lease here is gone.
        owner = token_urlsafe(8)
        self._owners.add(owner)
        try:
            yield owner
        finally:
            self._owners.discard(owner)

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        wanted = {"owners": json_text(list(self._owners))}
        return await self._readers.run(_thread_rows.found_runs, self._damage, "abandoned_runs", wanted)

    async def events_of_run(self, run: RunRecord, visit: VisitEvents) -> None:
        await self._readers.run_long(_past_events.visit_events_of_run, run, visit)

    async def event(self, workspace: str, seq: Seq) -> PastEvent | None:
        return await self._readers.run(_past_events.event, workspace, seq)

    async def events_of_change(self, workspace: str, seq: Seq) -> Sequence[PastEvent]:
        return await self._readers.run(_past_events.events_of_change, workspace, seq)

    async def history(
        self, workspace: str, item_id: ItemId, before: Seq | None, limit: int
    ) -> Sequence[PastEvent | DamagedEvent]:
        return await self._readers.run_long(_past_events.history, workspace, item_id, before, limit)

    async def items_at(self, workspace: str, seq: Seq) -> ItemsThen | None:
        wanted = (self.directory, workspace, seq)
        return await self._readers.run_long(_past_events.items_at, self._damage, *wanted)

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        return await self._writer.run(_daily_rows.quantities, self._damage, days)

    async def demand(
        self, workspace: str, ids: Iterable[ItemId] | None = None
    ) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        wanted = None if ids is None else sorted(ids)
        return await self._readers.run_long(_daily_rows.demand, self._damage, workspace, wanted)

    async def import_keys(self, workspace: str) -> Mapping[str, str]:
        return await self._readers.run(_reads.import_keys, workspace)

    async def save_import_key(self, workspace: str, item_type: str, key: str) -> None:
        await self._write(_commits.save_import_key, workspace, item_type, key)

    async def usage(
        self, workspace: str, wanted: UsageFilter, by: Collection[UsageKey], limit: int
    ) -> Sequence[DayUsage]:
        return await self._readers.run(_daily_rows.usage, workspace, wanted, by, limit)

    def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        return removals(self._readers, retention)

    async def author_removal(
        self, workspace: str, user_id: str, scope: str, after: Seq, upto: Seq
    ) -> Removal:
        return await self._readers.run(author_removal, workspace, user_id, scope, after, upto)

    async def age_clock(self) -> bytes | None:
        return await self._writer.run(_reads.age_clock)

    async def save_age_clock(self, state: bytes) -> None:
        await self._write(_commits.save_age_clock, state)

    async def give_back(self) -> bool:
        return await self._write(give_back)

    async def forget_cached(self) -> None:
        with suppress(StoreError):  # whoever reads or writes next is told
            await self._writer.forget_cached()
            await self._readers.forget_cached()

    async def checkpoint(self) -> None:
        await self._writer.run(self._file.fold)


async def _no_batches() -> AsyncIterator[FollowedBatch]:
    """Yield nothing, because there is no other daemon."""
    others: Sequence[FollowedBatch] = ()
    for followed in others:
        yield followed
