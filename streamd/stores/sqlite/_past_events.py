"""Reads item events of the past, for undo, history and earlier states; inside a reading connection's thread."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import ItemId, Seq
from streamd.core.position import workspace_stream
from streamd.core.run import RunRecord
from streamd.core.undo import items_before
from streamd.ports.store import DamagedEvent, PastEvent, VisitEvents, page_length, past_change, whole_change
from streamd.stores._past_table import PastTable, past_table
from streamd.stores.sqlite._damage import UNREADABLE, DamagedRows
from streamd.stores.sqlite._readers import ReadSteps
from streamd.stores.sqlite._reads import FIRST_ROWS, item_blocks, rows_after, span
from streamd.stores.sqlite._statements import READS
from streamd.stores.sqlite.connection import transaction
from streamd.stores.sqlite.packing import cut, json_text

_SEARCHED_AT_ONCE: Final = 10_000
"""Positions that one statement searches for events of an item."""


def visit_events_of_run(
    connection: sqlite3.Connection, run: RunRecord, visit: VisitEvents
) -> ReadSteps[None]:
    """Read the events of a run (see the port), searching only the positions that they can have."""
    stream = workspace_stream(run.workspace)
    with transaction(connection, write=False):
        found = connection.execute(
            READS["positions_of_run"], {"stream": stream, "run_id": run.run_id}
        ).fetchone()
        first, last = found or (None, None)
        if first is None or last is None:
            return
        rows, is_done = FIRST_ROWS, first > last
        while not is_done:
            block, size = _events(connection, stream, first, last, run.run_id, rows)
            visit(block)
            is_done = len(block) < rows
            first = block[-1].seq + 1 if block else first
            rows = rows_after(rows, len(block), size)
            del block
            yield


def event(connection: sqlite3.Connection, workspace: str, seq: Seq) -> PastEvent | None:
    """Read one item event (see the port)."""
    found, _ = _events(connection, workspace_stream(workspace), seq, seq, None, 1)
    return found[0] if found else None


def events_of_change(connection: sqlite3.Connection, workspace: str, seq: Seq) -> list[PastEvent]:
    """Read the events of one change (see the port)."""
    found = event(connection, workspace, seq)
    if found is None:
        return []
    first = past_change(found).first
    stream, of_change = workspace_stream(workspace), list[PastEvent]()
    with transaction(connection, write=False):
        rows, is_done = FIRST_ROWS, False
        while not is_done:  # its events follow each other without others between
            start = of_change[-1].seq + 1 if of_change else first
            block, size = _events(connection, stream, start, start + rows - 1, None, rows)
            belonging = [one for one in block if past_change(one).first == first]
            of_change += belonging
            is_done = not belonging or len(belonging) < len(block)
            rows = rows_after(rows, rows, size)
    return whole_change(of_change)


def history(
    connection: sqlite3.Connection, workspace: str, item_id: ItemId, before: Seq | None, limit: int
) -> ReadSteps[list[PastEvent | DamagedEvent]]:
    """Read the newest events of an item before a position (see the port), searching backwards."""
    stream = workspace_stream(workspace)
    found: list[PastEvent | DamagedEvent] = []
    rows = FIRST_ROWS
    with transaction(connection, write=False):
        kept = span(connection, stream)
        last = kept.top if before is None else min(before - 1, kept.top)
        while last >= kept.oldest and len(found) < limit:
            first = max(kept.oldest, last - _SEARCHED_AT_ONCE + 1)
            most = min(rows, limit - len(found))
            wanted = {
                "stream": stream, "first": first, "last": last, "needle": _needle(item_id), "key": '"item_id"',
                "item_id": item_id, "types": json_text(sorted(ITEM_EVENT_TYPES)), "limit": most,
            }  # fmt: skip
            block, length = _parsed(connection.execute(READS["events_of_item"], wanted).fetchone())
            found += block
            if page_length(found, limit) < len(found):
                break
            if block:
                rows = rows_after(rows, len(block), length)
            last = Seq(block[-1].seq - 1) if len(block) == most else Seq(first - 1)
            yield
    return found


def _needle(item_id: ItemId) -> str:
    """The text that the body of each event of an item has: cheaper to look for than to parse all bodies."""
    return orjson.dumps({"item_id": item_id}).decode()[1:-1]


def items_at(
    connection: sqlite3.Connection, damage: DamagedRows, directory: Path, workspace: str, seq: Seq
) -> ReadSteps[PastTable | None]:
    """Reconstruct the items at a position (see the port), going back through a block of events after the other."""
    stream = workspace_stream(workspace)
    with transaction(connection, write=False):
        kept = span(connection, stream)
        if not kept.can_resume(seq):
            return None
        found = past_table(directory)
        for block in item_blocks(connection, damage, workspace):
            found.put(block)
            yield
        last, rows = kept.top, FIRST_ROWS
        while last > seq:
            first = max(seq + 1, last - rows + 1)
            events, size = _events(connection, stream, first, last, None, rows)
            changes = [past_change(one) for one in events]
            present = found.take({change.item_id for change in changes})
            found.put(items_before(present, changes, {}))
            last, rows = Seq(first - 1), rows_after(rows, rows, size)
            yield
    return found


def _events(
    connection: sqlite3.Connection, stream: str, first: int, last: int, run_id: str | None, limit: int
) -> tuple[list[PastEvent], int]:
    """Read the first events at some positions, and their size."""
    wanted = {
        "stream": stream, "first": first, "last": last, "run_id": run_id,
        "types": json_text(sorted(ITEM_EVENT_TYPES)), "limit": limit,
    }  # fmt: skip
    found: list[PastEvent] = []
    parsed, size = _parsed(connection.execute(READS["item_events"], wanted).fetchone())
    for one in parsed:
        if isinstance(one, DamagedEvent):  # what it changed cannot be undone, not even in part
            raise one.refusal()
        found.append(one)
    return found, size


def _parsed(row: tuple[str, bytes | None, bytes | None]) -> tuple[list[PastEvent | DamagedEvent], int]:
    """Return the events of a row and their size."""
    heads, bodies, befores = row
    rows = orjson.loads(heads)
    body: Iterator[bytes] = cut(bodies, [row[3] for row in rows])
    before: Iterator[bytes] = cut(befores, [row[4] for row in rows if row[4] is not None])
    found = [
        _readable(PastEvent(seq, event_type, item_id, next(body), None if length is None else next(before)))
        for seq, event_type, item_id, _, length in rows
    ]
    return found, len(bodies or b"") + len(befores or b"")


def _readable(event: PastEvent) -> PastEvent | DamagedEvent:
    try:
        change, body = past_change(event), orjson.loads(event.body)
    except UNREADABLE:
        return DamagedEvent(event.seq)
    is_whole = (
        isinstance(change.data, dict)
        and isinstance(change.before, dict | None)
        and all(isinstance(body.get(key), str) for key in _KEYS)
    )
    return event if is_whole else DamagedEvent(event.seq)


_KEYS: Final = ("item_id", "timestamp", "user_id", "agent_id")
"""Keys with texts that every event has."""
