"""Rows back into what the port speaks of; inside a connection's thread. Each function is the port's method of its name."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import orjson

from streamd.core.decide import Known
from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.position import Span, StreamName, workspace_stream
from streamd.ports.store import DemandKey, Entry, OpKey, Snapshot
from streamd.stores.sqlite._connection import transaction
from streamd.stores.sqlite._packing import cut, item_of_row, json_text
from streamd.stores.sqlite._statements import READS

BLOCK: Final = 500
"""Rows decoded at once: the event loop gets a turn in between."""


def span(connection: sqlite3.Connection, stream: StreamName) -> Span:
    row = connection.execute(READS["span"], {"stream": stream}).fetchone()
    return Span(Seq(1), Seq(0)) if row is None else Span(*row)


def entries(connection: sqlite3.Connection, stream: StreamName, after: Seq, limit: int) -> Sequence[Entry]:
    arguments = {"stream": stream, "after": after, "limit": max(0, limit)}
    heads, bodies = connection.execute(READS["entries"], arguments).fetchone()
    rows: list[tuple[Seq, str, str, int]] = orjson.loads(heads)
    return [
        Entry(seq, body, event_type, item_type)
        for (seq, event_type, item_type, _), body in zip(
            rows, cut(bodies, [length for *_, length in rows]), strict=True
        )
    ]


def known(
    connection: sqlite3.Connection, ids: Iterable[tuple[str, ItemId]]
) -> Mapping[tuple[str, ItemId], Known]:
    found = connection.execute(READS["known"], {"ids": json_text(list(ids))}).fetchone()[0]
    return {
        (workspace, item_id): Tombstone(item_id, version)
        if flat is None
        else item_of_row(version, added, versions, flat)
        for workspace, item_id, version, added, versions, flat in orjson.loads(found or b"[]")
    }


def results(connection: sqlite3.Connection, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
    heads, joined = connection.execute(READS["results"], {"ops": json_text(list(ops))}).fetchone()
    rows: list[tuple[str, str, str, int]] = orjson.loads(heads)
    return {
        (workspace, scope, op_id): result
        for (workspace, scope, op_id, _), result in zip(
            rows, cut(joined, [length for *_, length in rows]), strict=True
        )
    }


def snapshot(connection: sqlite3.Connection, workspace: str, item_types: Collection[str] | None) -> Snapshot:
    bodies: list[bytes] = []
    with transaction(connection, write=False):
        top = span(connection, workspace_stream(workspace)).top
        arguments = _arguments(workspace, item_types)
        count = BLOCK
        while count == BLOCK:
            count, arguments["after"], lengths, joined = connection.execute(
                READS["bodies"], arguments
            ).fetchone()
            bodies += cut(joined, orjson.loads(lengths))
    return Snapshot(top, bodies)


def items(
    connection: sqlite3.Connection, workspace: str, item_types: Collection[str] | None
) -> Sequence[Item]:
    with transaction(connection, write=False):
        return all_items(connection, workspace, item_types)


def all_items(
    connection: sqlite3.Connection, workspace: str, item_types: Collection[str] | None = None
) -> Sequence[Item]:
    """Read all items; within a transaction."""
    found: list[Item] = []
    arguments = _arguments(workspace, item_types)
    count = BLOCK
    while count == BLOCK:
        count, arguments["after"], block = connection.execute(READS["items"], arguments).fetchone()
        found += [item_of_row(*row) for row in orjson.loads(block or b"[]")]
    return found


def page(
    connection: sqlite3.Connection, workspace: str, item_type: str | None, after: Seq, limit: int
) -> Sequence[Item]:
    arguments = {
        "workspace": workspace,
        "type": item_type,
        "types": None,
        "after": after,
        "limit": max(0, limit),
    }
    statement = READS["items"] if item_type is None else READS["items_of_type"]
    _, _, block = connection.execute(statement, arguments).fetchone()
    return [item_of_row(*row) for row in orjson.loads(block or b"[]")]


def _arguments(workspace: str, item_types: Collection[str] | None) -> dict[str, object]:
    types = None if item_types is None else json_text(list(item_types))
    return {"workspace": workspace, "types": types, "after": -1, "limit": BLOCK}


def quantities(connection: sqlite3.Connection, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
    found = connection.execute(READS["quantities"], {"days": json_text(list(days))}).fetchone()[0]
    return {
        (workspace, item_id, date): quantity
        for workspace, item_id, date, quantity in orjson.loads(found or b"[]")
    }


def demand(connection: sqlite3.Connection, workspace: str) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
    history: dict[ItemId, list[tuple[str, float]]] = {}
    item_id = date = ""
    count = BLOCK
    while count == BLOCK:
        arguments = {"workspace": workspace, "item_id": item_id, "date": date, "limit": BLOCK}
        count, block = connection.execute(READS["demand"], arguments).fetchone()
        for item_id, date, quantity in orjson.loads(block or b"[]"):
            history.setdefault(ItemId(item_id), []).append((date, quantity))
    return history
