"""Writes batches into tables; inside the writer's thread."""

import sqlite3
from collections.abc import Sequence

import orjson

from streamd.core.item import ItemId
from streamd.errors import StoreError
from streamd.ports.store import Batch, OpResult, StaleError
from streamd.stores.sqlite._daily_rows import put_usage, remove_usage
from streamd.stores.sqlite._item_words import index, unindex
from streamd.stores.sqlite._memory_rows import forget_memories, put_memories
from streamd.stores.sqlite._prepared_rows import PreparedRows, prepare
from streamd.stores.sqlite._reads import import_key_name
from streamd.stores.sqlite._removals import remove
from streamd.stores.sqlite._statements import COMMIT
from streamd.stores.sqlite._thread_rows import put_threads
from streamd.stores.sqlite.connection import transaction
from streamd.stores.sqlite.packing import json_text, put_rows


def commit(
    connection: sqlite3.Connection, batches: Sequence[Batch], prepared: PreparedRows | None = None
) -> Sequence[StoreError | None]:
    """Commit batches in one transaction; returns the error of each refused one, which leaves no trace."""
    try:
        rows = prepared or prepare(batches)
        with transaction(connection):
            _put(connection, rows)
    except (StoreError, sqlite3.IntegrityError):
        return _commit_each(connection, batches)
    return [None] * len(batches)


def _commit_each(connection: sqlite3.Connection, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
    """Commit when some batches are refused: still one transaction, but statements for each batch.

    One that contradicts what is stored takes the transaction with it (`OR ROLLBACK`, as anything else has SQLite keep a
    journal for each statement, for which all commits would pay): then the others are committed again without it.
    """
    broken: dict[int, StoreError] = {}
    while True:
        verdicts: list[StoreError | None] = []
        try:
            with transaction(connection):
                for number, batch in enumerate(batches):
                    verdicts.append(broken.get(number) or _put_or_refuse(connection, batch))
        except sqlite3.IntegrityError as error:
            broken[len(verdicts)] = StoreError(f"a batch contradicts what is stored: {error}")
        else:
            return verdicts


def _put_or_refuse(connection: sqlite3.Connection, batch: Batch) -> StoreError | None:
    connection.execute("SAVEPOINT batch")
    refusal = None
    try:
        _put(connection, prepare([batch]))
    except StoreError as error:
        connection.execute("ROLLBACK TO batch")
        refusal = error
    connection.execute("RELEASE batch")
    return refusal


def _put(connection: sqlite3.Connection, rows: PreparedRows) -> None:
    batches, spans = rows.batches, rows.spans
    streams = json_text([(name, first, last) for name, (first, last) in spans.items()])
    if spans:
        _put_entries(connection, rows, streams)
    if rows.changed_items or rows.other_items:
        unindex(connection, rows.words)
        _put_items(connection, rows)
        index(connection, rows.words)
    if results := [(batch.workspace, result) for batch in batches for result in batch.results]:
        _put_results(connection, results)
    put_threads(connection, batches, streams)
    if demand := [(batch.workspace, *day) for batch in batches for day in batch.demand.items()]:
        _put_demand(connection, demand)
    forget_memories(
        connection, [(batch.workspace, memory_id) for batch in batches for memory_id in batch.forgotten]
    )
    if memories := [one for batch in batches for one in batch.memories]:
        put_memories(connection, memories)
    if used := [(batch.workspace, one) for batch in batches for one in batch.used]:
        put_usage(connection, used)
    if wanted := [removal for batch in batches for removal in batch.removals]:
        remove(connection, wanted)
        remove_usage(connection, wanted)


def _put_entries(connection: sqlite3.Connection, rows: PreparedRows, streams: str) -> None:
    named = {"streams": streams}
    if any(first == 1 for first, _ in rows.spans.values()):
        connection.execute(COMMIT["new_streams"], named)
    if connection.execute(COMMIT["advance_streams"], named).rowcount != len(rows.spans):
        raise StaleError("a stream does not stand right below this batch's first entry")
    ids = dict(orjson.loads(connection.execute(COMMIT["stream_ids"], named).fetchone()[0]))
    entries = [(ids[stream], *row) for stream, row in rows.entries]
    put_rows(connection, COMMIT["add_entries"], entries, rows.size)


def _put_items(connection: sqlite3.Connection, rows: PreparedRows) -> None:
    others = rows.other_items
    changed = rows.changed_items
    if put_rows(connection, COMMIT["change_items"], changed, rows.size) != len(changed):
        others = others + changed  # some have another type than before
    put_rows(connection, COMMIT["put_items"], others, rows.size)


def _put_results(connection: sqlite3.Connection, results: Sequence[tuple[str, OpResult]]) -> None:
    rows = [
        (result.scope, result.op_id, result.result.decode(), result.at_ms, workspace)
        for workspace, result in results
    ]
    size = sum(len(result.result) for _, result in results)
    if put_rows(connection, COMMIT["add_results"], rows, size) != len(rows):
        raise StaleError("an operation of this batch has its result already")


def _put_demand(
    connection: sqlite3.Connection, demand: Sequence[tuple[str, tuple[ItemId, str], float]]
) -> None:
    rows = [(workspace, *day, repr(float(quantity))) for workspace, day, quantity in demand]
    connection.execute(COMMIT["put_demand"], {"rows": json_text(rows)})


def save_age_clock(connection: sqlite3.Connection, state: bytes) -> None:
    connection.execute(COMMIT["put_age_clock"], {"state": state.decode()})


def save_import_key(connection: sqlite3.Connection, workspace: str, item_type: str, key: str) -> None:
    connection.execute(COMMIT["put_import_key"], {"name": import_key_name(workspace, item_type), "key": key})
