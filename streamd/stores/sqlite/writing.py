"""A batch into tables; inside the writer's thread."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import orjson

from streamd.core.item import Item
from streamd.core.position import StreamName
from streamd.errors import StoreError
from streamd.ports.store import Batch, DemandRow, StaleError
from streamd.stores.sqlite.connection import transaction
from streamd.stores.sqlite.memories import put_memories
from streamd.stores.sqlite.packing import Pieces, item_row, json_text
from streamd.stores.sqlite.statements import COMMIT
from streamd.stores.sqlite.threads import put_threads

DEMAND_BLOCK: Final = 2_000
"""Rows of demand per transaction."""


def commit(connection: sqlite3.Connection, batch: Batch) -> None:
    """Make a batch durable, or raise and leave everything as it was."""
    spans = _spans(batch)
    with transaction(connection):
        if spans:
            _put_entries(connection, batch, spans)
        if batch.items:
            _put_items(connection, batch)
        if batch.results:
            _put_results(connection, batch)
        put_threads(connection, batch)
        if batch.memories:
            put_memories(connection, batch.memories)


def _spans(batch: Batch) -> dict[StreamName, tuple[int, int]]:
    """The first and the last new position of each stream."""
    spans: dict[StreamName, tuple[int, int]] = {}
    for entry in batch.entries:
        first, last = spans.get(entry.stream, (entry.seq, entry.seq - 1))
        if entry.seq != last + 1:
            raise StoreError(f"{entry.stream}: entry {entry.seq} does not follow {last}")
        spans[entry.stream] = (first, entry.seq)
    return spans


def _put_entries(
    connection: sqlite3.Connection, batch: Batch, spans: dict[StreamName, tuple[int, int]]
) -> None:
    streams = {"streams": json_text([(name, first, last) for name, (first, last) in spans.items()])}
    if any(first == 1 for first, _ in spans.values()):
        connection.execute(COMMIT["new_streams"], streams)
    if connection.execute(COMMIT["advance_streams"], streams).rowcount != len(spans):
        raise StaleError("a stream does not stand right below this batch's first entry")
    ids = dict(orjson.loads(connection.execute(COMMIT["stream_ids"], streams).fetchone()[0]))
    pieces = Pieces()
    rows = [
        (
            ids[entry.stream], entry.seq, entry.at_ms, entry.event_type, entry.item_type,
            *pieces.add(entry.body), *pieces.add(entry.before),
        )
        for entry in batch.entries
    ]  # fmt: skip
    connection.execute(COMMIT["add_entries"], {"rows": json_text(rows), "bytes": pieces.joined()})


def _put_items(connection: sqlite3.Connection, batch: Batch) -> None:
    pieces = Pieces()
    changed: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []
    for (workspace, _), item in batch.items.items():
        is_changed = isinstance(item, Item) and item.version > item.added
        (changed if is_changed else others).append(item_row(workspace, item, pieces))
    joined = pieces.joined()
    if changed:
        arguments = {"rows": json_text(changed), "bytes": joined}
        if connection.execute(COMMIT["change_items"], arguments).rowcount != len(changed):
            # Some changed their type, or are new with a history.
            others += changed
    if others:
        connection.execute(COMMIT["put_items"], {"rows": json_text(others), "bytes": joined})


def _put_results(connection: sqlite3.Connection, batch: Batch) -> None:
    pieces = Pieces()
    rows = [
        (result.scope, result.op_id, *pieces.add(result.result), result.at_ms) for result in batch.results
    ]
    arguments = {"rows": json_text(rows), "bytes": pieces.joined()}
    if connection.execute(COMMIT["add_results"], arguments).rowcount != len(rows):
        raise StaleError("an operation of this batch has its result already")


def put_demand(connection: sqlite3.Connection, workspace: str, rows: Sequence[DemandRow]) -> int:
    """Keep up to `DEMAND_BLOCK` rows with different keys; returns how many differ."""
    quantities = json_text([(row.item_id, row.date, repr(float(row.quantity))) for row in rows])
    with transaction(connection):
        return connection.execute(COMMIT["put_demand"], {"workspace": workspace, "rows": quantities}).rowcount
