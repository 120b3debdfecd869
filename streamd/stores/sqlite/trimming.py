"""Forgetting, a little at a time: between two transactions the writer's other work gets its turn."""

import sqlite3
from collections.abc import Mapping
from typing import Final

import orjson

from streamd.core.run import run_scope
from streamd.ports.store import Retention
from streamd.stores.sqlite.connection import Connection, transaction
from streamd.stores.sqlite.memories import trim_memories
from streamd.stores.sqlite.statements import TRIM

ROWS: Final = 2_000
"""Rows removed in one transaction: a few milliseconds in which no commit gets through."""
_LARGE_ROWS: Final = 50
"""The same of rows that take several pages each."""
_ROWS_PER_RUN: Final = 20
"""What a run counts beside its entries, for the statements it takes."""


async def trim(writer: Connection, reader: Connection, retention: Retention) -> int:
    """Forget what retention no longer wants; returns how many entries went."""
    gone = 0
    is_done = False
    while not is_done:
        removed, is_done = await writer.run(_remove_runs, retention)
        gone += removed
    for stream_id in await reader.run(_long_streams, retention):
        is_done = False
        while not is_done:
            removed, is_done = await writer.run(_shorten, stream_id, retention)
            gone += removed
    for workspace, oldest in await reader.run(_trimmed_workspaces):
        await _remove_all(writer, "remove_marks", {"workspace": workspace, "oldest": oldest})
    results = {"oldest_ms": retention.results_oldest_ms, "scope_prefix": run_scope("")}
    await _remove_all(writer, "remove_results", results)
    for statement in ("remove_checkpoints", "remove_interrupts"):
        await _remove_all(writer, statement, {"oldest_ms": retention.oldest_ms}, _LARGE_ROWS)
    await _remove_all(writer, "remove_stream_checkpoints", {"now_ms": retention.now_ms}, _LARGE_ROWS)
    await trim_memories(writer, reader, retention.memories)
    return gone


def _remove_runs(connection: sqlite3.Connection, retention: Retention) -> tuple[int, bool]:
    """Take away ended runs with their streams; returns how many entries went and whether no such run is left."""
    removed = 0
    room = ROWS
    wanted = {"oldest_ms": retention.oldest_ms}
    with transaction(connection):
        while room > 0:
            found = connection.execute(TRIM["ended_run"], wanted).fetchone()
            if found is None:
                return removed, True
            run_id, stream_id, oldest, top = found
            if stream_id is not None:
                end = min(oldest + room, top + 1)
                connection.execute(TRIM["remove_entries"], {"stream_id": stream_id, "oldest": end})
                removed += end - oldest
                room -= end - oldest
                if end <= top:
                    connection.execute(TRIM["set_oldest"], {"stream_id": stream_id, "oldest": end})
                    break
                connection.execute(TRIM["remove_stream"], {"stream_id": stream_id})
            connection.execute(TRIM["remove_run"], {"run_id": run_id})
            room -= _ROWS_PER_RUN
    return removed, False


def _long_streams(connection: sqlite3.Connection, retention: Retention) -> list[int]:
    wanted = {"entries": retention.entries, "oldest_ms": retention.oldest_ms}
    ids: list[int] = orjson.loads(connection.execute(TRIM["long_streams"], wanted).fetchone()[0])
    return ids


def _shorten(connection: sqlite3.Connection, stream_id: int, retention: Retention) -> tuple[int, bool]:
    """Take away the beginning of a stream; returns how many entries went and whether none is left to go."""
    wanted = {
        "stream_id": stream_id,
        "limit": ROWS,
        "entries": retention.entries,
        "oldest_ms": retention.oldest_ms,
    }
    with transaction(connection):
        oldest, top, kept = connection.execute(TRIM["cut"], wanted).fetchone()
        end = min(oldest + ROWS, top + 1) if kept is None else kept
        connection.execute(TRIM["remove_entries"], {"stream_id": stream_id, "oldest": end})
        connection.execute(TRIM["set_oldest"], {"stream_id": stream_id, "oldest": end})
    return end - oldest, kept is not None or end > top


def _trimmed_workspaces(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = orjson.loads(connection.execute(TRIM["trimmed_workspaces"]).fetchone()[0])
    return found


async def _remove_all(
    writer: Connection, statement: str, wanted: Mapping[str, object], rows: int = ROWS
) -> None:
    def remove(connection: sqlite3.Connection) -> int:
        with transaction(connection):
            return connection.execute(TRIM[statement], {**wanted, "limit": rows}).rowcount

    while await writer.run(remove) == rows:
        pass
