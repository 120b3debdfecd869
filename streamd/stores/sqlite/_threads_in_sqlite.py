"""Runs, checkpoints and interrupts of threads in SQLite."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.core.thread import (
    Checkpoint,
    CheckpointId,
    Interrupt,
    InterruptId,
    StreamCheckpoint,
    ThreadFilter,
    ThreadSummary,
)
from streamd.core.triggers.trigger import TriggerPosition
from streamd.errors import DamagedError
from streamd.ports.store import Removal
from streamd.stores.sqlite import _thread_rows
from streamd.stores.sqlite._checkpoint_rows import found_checkpoints
from streamd.stores.sqlite._damage import DamagedRows
from streamd.stores.sqlite._readers import Readers
from streamd.stores.sqlite._removals import thread_removal
from streamd.stores.sqlite.connection import Connection
from streamd.stores.sqlite.packing import json_text

T = TypeVar("T")


class ThreadsInSqlite:
    """The part of `Store` that is about runs and threads."""

    def __init__(self, writer: Connection, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._damage = DamagedRows()

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        wanted = {"workspace": workspace, "run_id": run_id}
        return _first(await self._readers.run(_thread_rows.found_runs, self._damage, "run", wanted))

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        wanted = {"workspace": workspace, "thread_id": thread_id}
        return _first(await self._readers.run(_thread_rows.found_runs, self._damage, "latest_run", wanted))

    async def threads(
        self, workspace: str, wanted: ThreadFilter, limit: int, before: int | None = None
    ) -> Sequence[ThreadSummary]:
        arguments = {
            "workspace": workspace, "user_id": wanted.user_id, "status": wanted.status, "limit": max(0, limit),
            "words": None if wanted.query is None else wanted.query.casefold(),
            "before": before,
        }  # fmt: skip
        return await self._readers.run(_thread_rows.found_threads, arguments)

    async def runs(
        self, workspace: str, wanted: RunFilter, limit: int, before: RunId | None = None
    ) -> Sequence[RunRecord]:
        arguments = {
            **attrs.asdict(wanted), "workspace": workspace, "before": before, "limit": max(0, limit),
            "statuses": None if wanted.statuses is None else json_text(sorted(wanted.statuses)),
        }  # fmt: skip
        return await self._readers.run(_thread_rows.found_runs, self._damage, "runs", arguments)

    async def workspaces(self) -> Sequence[str]:
        return await self._readers.run(_thread_rows.workspaces)

    async def thread_removal(self, workspace: str, thread_id: str) -> Removal | None:
        return await self._readers.run(thread_removal, workspace, thread_id)

    async def trigger_positions(self) -> Sequence[TriggerPosition]:
        return await self._writer.run(_thread_rows.trigger_positions)  # asked by the journal writer, too

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        if checkpoint_id is None:
            newest = {"workspace": workspace, "thread_id": thread_id, "limit": 1, "before": None}
            return await self._checkpoint("checkpoints", newest)
        wanted = {"workspace": workspace, "thread_id": thread_id, "checkpoint_id": checkpoint_id}
        return await self._checkpoint("checkpoint", wanted)

    async def head(self, workspace: str, thread_id: str) -> CheckpointId | None:
        return await self._writer.run(_thread_rows.head, workspace, thread_id)

    async def checkpoints(
        self,
        workspace: str,
        thread_id: str,
        limit: int,
        before: CheckpointId | None = None,
        *,
        most_bytes: int | None = None,
        with_states: bool = True,
    ) -> Sequence[Checkpoint]:
        wanted = {"workspace": workspace, "thread_id": thread_id, "before": before, "most_bytes": most_bytes}
        statement = "checkpoints" if with_states else "past_checkpoints"
        found = await self._readers.run(
            found_checkpoints, self._damage, statement, {**wanted, "limit": max(0, limit)}
        )
        return [one for one in found if one is not None]

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        wanted = {"workspace": workspace, "interrupt_id": interrupt_id}  # asked by the journal writer, too
        return await self._record(self._writer, "interrupt", wanted, Interrupt)

    async def pending_interrupts(
        self,
        workspace: str | None = None,
        thread_id: str | None = None,
        *,
        after: InterruptId | None = None,
        limit: int | None = None,
        most_bytes: int | None = None,
    ) -> Sequence[Interrupt]:
        wanted = {
            "workspace": workspace, "thread_id": thread_id, "after": after, "limit": -1 if limit is None else limit,
            "most_bytes": most_bytes,
        }  # fmt: skip
        return await self._records("pending_interrupts", wanted, Interrupt)

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        wanted = {"workspace": workspace, "run_id": run_id, "step": step}
        return _first(await self._records("stream_checkpoint", wanted, StreamCheckpoint))

    async def _records(self, statement: str, wanted: Mapping[str, object], kind: type[T]) -> Sequence[T]:
        """The records that a statement finds, without those that cannot be read."""
        found = await self._readers.run(_thread_rows.found_records, self._damage, statement, wanted, kind)
        return [one for one in found if one is not None]

    async def _checkpoint(self, statement: str, wanted: Mapping[str, object]) -> Checkpoint | None:
        """The checkpoint that a statement finds. Raises DamagedError when it cannot be read."""
        return _readable(
            await self._readers.run(found_checkpoints, self._damage, statement, wanted), Checkpoint
        )

    async def _record(
        self, connections: Connection | Readers, statement: str, wanted: Mapping[str, object], kind: type[T]
    ) -> T | None:
        """The record that a statement finds. Raises DamagedError when it cannot be read."""
        found = await connections.run(_thread_rows.found_records, self._damage, statement, wanted, kind)
        return _readable(found, kind)


def _readable(found: Sequence[T | None], kind: type[T]) -> T | None:
    """The first of what was found. Raises DamagedError when it cannot be read."""
    if found and found[0] is None:
        raise DamagedError(
            f"what is stored as {kind.__name__.lower()} cannot be read; start anew, in another thread if there is one"
        )
    return _first(found)


def _first(found: Sequence[T]) -> T | None:
    return found[0] if found else None
