"""Reads item events for undo; inside a reading connection's thread."""

import sqlite3
from collections.abc import Iterator
from typing import Final

import orjson

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import Seq
from streamd.core.position import workspace_stream
from streamd.core.run import RunRecord
from streamd.errors import DamagedError
from streamd.ports.store import PastEvent
from streamd.stores.sqlite._connection import transaction
from streamd.stores.sqlite._packing import cut, json_text
from streamd.stores.sqlite._statements import READS

_BLOCK: Final = 500
_CLOCK_STEP_MS: Final = 5_000
"""How far the clock may have been set back during a run: then times do not ascend with positions.
Searching twice as far on both sides still finds all events of the run."""
_NEVER_MS: Final = 2**62


def events_of_run(connection: sqlite3.Connection, run: RunRecord) -> list[PastEvent]:
    """Read the events of a run (see the port), searching only the time of the run."""
    stream = workspace_stream(run.workspace)
    start = run.started_ms - 2 * _CLOCK_STEP_MS
    end = _NEVER_MS if run.ended_ms is None else max(run.ended_ms, run.started_ms) + 2 * _CLOCK_STEP_MS
    found: list[PastEvent] = []
    with transaction(connection, write=False):
        wanted = {"stream": stream, "times": json_text([start, end])}
        first, last = connection.execute(READS["positions_between"], wanted).fetchone()
        is_done = first is None
        while not is_done:
            block = _events(connection, stream, first, last, run.run_id)
            found += block
            is_done = len(block) < _BLOCK
            first = found[-1].seq + 1 if found else first
    return found


def event(connection: sqlite3.Connection, workspace: str, seq: Seq) -> PastEvent | None:
    """Read one item event (see the port)."""
    return next(iter(_events(connection, workspace_stream(workspace), seq, seq, None)), None)


def _events(
    connection: sqlite3.Connection, stream: str, first: int, last: int, run_id: str | None
) -> list[PastEvent]:
    wanted = {
        "stream": stream, "first": first, "last": last, "run_id": run_id,
        "types": json_text(sorted(ITEM_EVENT_TYPES)), "limit": _BLOCK,
    }  # fmt: skip
    heads, bodies, befores = connection.execute(READS["item_events"], wanted).fetchone()
    rows = orjson.loads(heads)
    body: Iterator[bytes] = cut(bodies, [row[3] for row in rows])
    before: Iterator[bytes] = cut(befores, [row[4] for row in rows if row[4] is not None])
    return [
        _readable(PastEvent(seq, event_type, item_id, next(body), None if length is None else next(before)))
        for seq, event_type, item_id, _, length in rows
    ]


def _readable(event: PastEvent) -> PastEvent:
    """The event. Raises DamagedError when it cannot be read: what it changed cannot be undone, not even in part."""
    try:
        read = (orjson.loads(event.body), {} if event.before is None else orjson.loads(event.before))
    except ValueError:
        read = (None, None)
    if not all(isinstance(one, dict) for one in read) or not isinstance(event.item_id, str):
        raise DamagedError(
            f"event {event.seq} cannot be read: its row in the store is damaged", seq=event.seq
        )
    return event
