"""Removes what exceeds the retention limits: readers find it in slices, and the writer deletes them with its batches."""

import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

import orjson

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import Seq
from streamd.core.position import StreamName, kind_of, run_stream, workspace_of, workspace_stream
from streamd.core.run import run_scope
from streamd.ports.store import Removal, Retention
from streamd.stores.sqlite._memory_rows import forget_memories, surplus_memories
from streamd.stores.sqlite._readers import Readers
from streamd.stores.sqlite._statements import CHECKPOINTS, REMOVALS, USAGE
from streamd.stores.sqlite.packing import json_text

ROWS: Final = 2_000
"""Rows of a slice: deleting them delays other commits by a few milliseconds."""
_LARGE_ROWS: Final = 50
"""Rows of a slice where each takes several pages."""
_ROWS_PER_RUN: Final = 20
"""Rows that a run counts for besides its entries, in other tables."""

_EVER: Final = 2**53
"""A Unix time by which everything has expired."""

_FEW: Final = 4
"""Limit of streams that are shortened one by one: less work for SQLite, but more steps."""

Slice = Mapping[str, Removal]
"""The removals of one slice by workspace."""


async def removals(readers: Readers, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
    """Find slices to remove (see the port). Runs come first, because other rows expire with them."""
    while slice_ := await readers.run(_runs, retention):
        yield list(slice_.values())
    ids = await readers.run(_long_streams, retention)
    while ids:
        slice_, ids = await readers.run(_cuts, ids, retention)
        if slice_:
            yield list(slice_.values())
    for find in (
        _results, _checkpoints, _surplus_checkpoints, _interrupts, _stream_checkpoints, _memories, _unused_titles,
        _old_usage,
    ):  # fmt: skip
        while slice_ := await readers.run(find, retention):
            yield list(slice_.values())


def remove(connection: sqlite3.Connection, wanted: Sequence[Removal]) -> None:
    """Delete slices; within their batches' transaction."""
    if cuts := [cut for one in wanted for cut in one.streams.items()]:
        if len(cuts) <= _FEW:
            for stream, oldest in cuts:
                connection.execute(REMOVALS["shorten"], {"stream": stream, "oldest": oldest})
        else:
            _run(connection, "shorten_many", cuts=cuts)
        _run(connection, "set_oldest", cuts=cuts)
        marks = [(workspace_of(stream), oldest) for stream, oldest in cuts if kind_of(stream) == "workspace"]
        _run(connection, "remove_marks", marks=marks)
    if run_ids := [run_id for one in wanted for run_id in one.runs]:
        for statement in ("remove_run_entries", "remove_run_streams", "remove_runs"):
            _run(connection, statement, run_ids=run_ids)
    if results := [key for one in wanted for key in one.results]:
        _run(connection, "remove_results", keys=results)
    if checkpoints := [(one.workspace, *key) for one in wanted for key in one.checkpoints]:
        _run(connection, "remove_checkpoints", keys=checkpoints)
    if surplus := [(one.workspace, *key) for one in wanted for key in one.surplus_checkpoints]:
        _run(connection, "remove_surplus_checkpoints", keys=surplus)
    if shorter := sorted({(workspace, thread_id) for workspace, thread_id, _ in (*checkpoints, *surplus)}):
        connection.execute(CHECKPOINTS["remove_unused_parts"], {"threads": json_text(shorter)})
    if interrupt_ids := [interrupt_id for one in wanted for interrupt_id in one.interrupts]:
        _run(connection, "remove_interrupts", interrupt_ids=interrupt_ids)
    if stream_checkpoints := [(*key, one.at_ms) for one in wanted for key in one.stream_checkpoints]:
        _run(connection, "remove_stream_checkpoints", keys=stream_checkpoints)
    forget_memories(connection, [(one.workspace, memory_id) for one in wanted for memory_id in one.memories])
    for one in wanted:
        if one.authored:
            forgotten = {"seqs": json_text(one.authored), "item_events": json_text(sorted(ITEM_EVENT_TYPES))}
            connection.execute(
                REMOVALS["forget_author"], {"stream": workspace_stream(one.workspace), **forgotten}
            )
    if titles := [(one.workspace, thread_id) for one in wanted for thread_id in one.titles]:
        _run(connection, "remove_titles", keys=titles)


def _run(connection: sqlite3.Connection, statement: str, **rows: Sequence[object]) -> None:
    connection.execute(REMOVALS[statement], {name: json_text(values) for name, values in rows.items()})


def _runs(connection: sqlite3.Connection, retention: Retention) -> Slice:
    """Find a slice of ended runs, or of the start of a stream that is longer than a slice."""
    return _of_runs(_rows(connection, "ended_runs", retention, ROWS // _ROWS_PER_RUN))


def _of_runs(rows: Sequence[Sequence[Any]]) -> Slice:
    """Make a slice of runs: [workspace, run_id, oldest position of its stream or None, newest, …]."""
    found: dict[str, Removal] = {}
    room = ROWS
    for workspace, run_id, oldest, top, *_ in rows:
        removal = found.setdefault(workspace, Removal(workspace))
        entries = 0 if oldest is None else top + 1 - oldest
        if entries > room:
            removal.streams[run_stream(workspace, run_id)] = Seq(oldest + room)
            removal.entries += room
            break
        removal.runs.append(run_id)
        removal.entries += entries
        room -= entries + _ROWS_PER_RUN
        if room <= 0:
            break
    return found


def _long_streams(connection: sqlite3.Connection, retention: Retention) -> Sequence[int]:
    wanted = {"entries": retention.entries, "oldest_ms": retention.oldest_ms}
    ids: list[int] = orjson.loads(connection.execute(REMOVALS["long_streams"], wanted).fetchone()[0])
    return ids


def _cuts(
    connection: sqlite3.Connection, ids: Sequence[int], retention: Retention
) -> tuple[Slice, Sequence[int]]:
    """Find a slice of starts of streams; returns it and the streams that are left."""
    found: dict[str, Removal] = {}
    wanted = {"entries": retention.entries, "oldest_ms": retention.oldest_ms}
    room = ROWS
    for index, stream_id in enumerate(ids):
        cut = connection.execute(
            REMOVALS["cut"], {**wanted, "stream_id": stream_id, "limit": room}
        ).fetchone()
        if cut is None:
            continue  # its run has been removed
        workspace, name, oldest, top, first_kept = cut
        end = min(oldest + room, top + 1) if first_kept is None else first_kept
        if end > oldest:
            removal = found.setdefault(workspace, Removal(workspace))
            removal.streams[StreamName(name)] = end
            removal.entries += end - oldest
            room -= end - oldest + 1
        if first_kept is None and end <= top:
            return found, ids[index:]
        if room <= 0:
            return found, ids[index + 1 :]
    return found, ()


def _results(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, scope, op_id in _rows(connection, "old_results", retention, ROWS):
        found.setdefault(workspace, Removal(workspace)).results.append((scope, op_id))
    return found


def _checkpoints(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, thread_id, checkpoint_id in _rows(connection, "old_checkpoints", retention, _LARGE_ROWS):
        removal = found.setdefault(workspace, Removal(workspace))
        removal.checkpoints.append((thread_id, checkpoint_id))
    return found


def _surplus_checkpoints(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, thread_id, checkpoint_id in _rows(
        connection, "surplus_checkpoints", retention, _LARGE_ROWS
    ):
        removal = found.setdefault(workspace, Removal(workspace))
        removal.surplus_checkpoints.append((thread_id, checkpoint_id))
    return found


def _interrupts(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, interrupt_id in _rows(connection, "old_interrupts", retention, _LARGE_ROWS):
        found.setdefault(workspace, Removal(workspace)).interrupts.append(interrupt_id)
    return found


def _stream_checkpoints(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, run_id, step in _rows(connection, "old_stream_checkpoints", retention, _LARGE_ROWS):
        removal = found.setdefault(workspace, Removal(workspace, at_ms=retention.now_ms))
        removal.stream_checkpoints.append((run_id, step))
    return found


def _memories(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found = surplus_memories(connection, retention.memories)
    return {workspace: Removal(workspace, memories=ids) for workspace, ids in found.items()}


def _unused_titles(connection: sqlite3.Connection, retention: Retention) -> Slice:
    found: dict[str, Removal] = {}
    for workspace, thread_id in _rows(connection, "unused_titles", retention, ROWS):
        found.setdefault(workspace, Removal(workspace)).titles.append(thread_id)
    return found


def _old_usage(connection: sqlite3.Connection, retention: Retention) -> Slice:
    wanted = {"usage_day": retention.usage_day, "limit": _LARGE_ROWS}
    workspaces: list[str] = orjson.loads(connection.execute(USAGE["old_usage"], wanted).fetchone()[0])
    return {workspace: Removal(workspace, usage_before=retention.usage_day) for workspace in workspaces}


def thread_removal(connection: sqlite3.Connection, workspace: str, thread_id: str) -> Removal | None:
    """Find a slice of what is kept of a thread (see the port). Its questions go when no run is left."""
    of_thread: dict[str, object] = {
        "workspace": workspace,
        "thread_id": thread_id,
        "scope_prefix": run_scope(""),
    }
    limit = {"limit": _LARGE_ROWS}
    if rows := _found(connection, "runs_of_thread", of_thread | limit):
        removal = _of_runs(rows)[workspace]
        gone = {run_id: scope for _, run_id, _, _, scope in rows if run_id in removal.runs}
        scopes = json_text(sorted(set(gone.values())))
        removal.results = [
            (scope, op_id) for scope, op_id in _found(connection, "results_of_scopes", {"scopes": scopes})
        ]
        parts = _found(connection, "stream_checkpoints_of_runs", {"run_ids": json_text(list(gone))})
        removal.stream_checkpoints = [(run_id, step) for run_id, step in parts]
        removal.at_ms = _EVER
        return removal
    checkpoints = _found(connection, "checkpoints_of_thread", of_thread | limit)
    interrupts = _found(connection, "interrupts_of_thread", of_thread)
    if not checkpoints and not interrupts and not _found(connection, "title_of_thread", of_thread):
        return None
    return Removal(
        workspace,
        surplus_checkpoints=[(thread_id, one) for one in checkpoints],
        interrupts=list(interrupts),
        titles=[thread_id],
    )


def author_removal(
    connection: sqlite3.Connection, workspace: str, user_id: str, scope: str, after: Seq, upto: Seq
) -> Removal:
    """Find the events and the results of a user (see the port)."""
    wanted = {"stream": workspace_stream(workspace), "user_id": user_id, "after": after, "upto": upto}
    results = _found(connection, "results_of_scopes", {"scopes": json_text([scope])})
    return Removal(
        workspace,
        authored=list(_found(connection, "authored", wanted)),
        results=[(of, op_id) for of, op_id in results],
    )


def _found(connection: sqlite3.Connection, statement: str, wanted: Mapping[str, object]) -> Sequence[Any]:
    found: Sequence[Any] = orjson.loads(connection.execute(REMOVALS[statement], wanted).fetchone()[0])
    return found


def _rows(
    connection: sqlite3.Connection, statement: str, retention: Retention, limit: int
) -> Sequence[Sequence[Any]]:
    """The rows that a statement finds; its comment names the columns."""
    wanted = {
        "oldest_ms": retention.oldest_ms, "results_oldest_ms": retention.results_oldest_ms,
        "now_ms": retention.now_ms, "checkpoints": retention.checkpoints, "scope_prefix": run_scope(""), "limit": limit,
    }  # fmt: skip
    return _found(connection, statement, wanted)
