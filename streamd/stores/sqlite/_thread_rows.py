"""Writes and reads runs, checkpoints and interrupts; inside a connection's thread."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, TypeVar, cast

import attrs
import orjson

from streamd.core.principal import NOBODY
from streamd.core.run import RunId, RunRecord, RunRequest
from streamd.core.thread import CheckpointId, InterruptId, ThreadSummary, cut_title
from streamd.core.triggers.trigger import TriggerMove, TriggerPosition
from streamd.core.usage import Usage
from streamd.ports.store import Batch, StaleError
from streamd.stores._records import from_json, to_json
from streamd.stores.sqlite._checkpoint_rows import put_checkpoints
from streamd.stores.sqlite._damage import UNREADABLE, DamagedRows
from streamd.stores.sqlite._statements import COMMIT, LISTS, READS
from streamd.stores.sqlite.packing import Pieces, json_text

T = TypeVar("T")

_RUNS: Final = {**READS, "runs": LISTS["runs"]}


def put_threads(connection: sqlite3.Connection, batches: Sequence[Batch], streams: str) -> None:
    """Write the runs, checkpoints, interrupts and positions of triggers of batches; within their transaction.

    `streams` has the first and the last new position of each stream, as the statements take them.
    """
    if claims := [claim for batch in batches for claim in batch.claims.items()]:
        _check_owners(connection, claims)
    if moves := [move for batch in batches for move in batch.trigger_moves]:
        _move_triggers(connection, moves)
    if runs := [run for batch in batches for run in batch.runs.values()]:
        _put_runs(connection, runs, streams)
        _put_titles(
            connection, "add_titles",
            [(run.workspace, run.thread_id, cut_title(run.request.user_input)) for run in runs if not run.resumes_run_id],
        )  # fmt: skip
    if titles := [(batch.workspace, *title) for batch in batches for title in batch.titles.items()]:
        _put_titles(connection, "put_titles", titles)
    if heads := [(batch.workspace, *head) for batch in batches for head in batch.heads.items()]:
        _check_heads(connection, heads)
    if checkpoints := [one for batch in batches for one in batch.checkpoints]:
        put_checkpoints(connection, checkpoints)
    if closed := [interrupt_id for batch in batches for interrupt_id in batch.closes]:
        _check_open(connection, closed)
    if interrupts := [one for batch in batches for one in batch.interrupts.values()]:
        _put(
            connection,
            "put_interrupts",
            [
                ((one.interrupt_id, one.workspace, one.thread_id, one.status, one.at_ms), one)
                for one in interrupts
            ],
        )
    if stream_checkpoints := [
        (batch.workspace, one) for batch in batches for one in batch.stream_checkpoints
    ]:
        _put(
            connection,
            "put_stream_checkpoints",
            [
                ((one.run_id, one.step, one.expires_ms, workspace), one)
                for workspace, one in stream_checkpoints
            ],
        )


def _check_owners(connection: sqlite3.Connection, claims: Sequence[tuple[RunId, str]]) -> None:
    wanted = {"claims": json_text(claims)}
    if connection.execute(COMMIT["count_claimed"], wanted).fetchone()[0] != len(claims):
        raise StaleError("a run that this batch takes over has another owner")


def _move_triggers(connection: sqlite3.Connection, moves: Sequence[TriggerMove]) -> None:
    for statement, positions in (
        ("remove_trigger_positions", [one.before for one in moves if one.before is not None]),
        ("add_trigger_positions", [one.after for one in moves if one.after is not None]),
    ):
        rows = json_text([attrs.astuple(one) for one in positions])
        if positions and connection.execute(COMMIT[statement], {"rows": rows}).rowcount != len(positions):
            raise StaleError("a trigger that this batch moves stands elsewhere")


def trigger_positions(connection: sqlite3.Connection) -> Sequence[TriggerPosition]:
    """The positions of all triggers."""
    return [TriggerPosition(*row) for row in connection.execute(READS["trigger_positions"])]


def _check_heads(
    connection: sqlite3.Connection, heads: Sequence[tuple[str, str, CheckpointId | None]]
) -> None:
    if any(head(connection, workspace, thread_id) != expected for workspace, thread_id, expected in heads):
        raise StaleError("a thread that this batch goes on with has another newest checkpoint")


def head(connection: sqlite3.Connection, workspace: str, thread_id: str) -> CheckpointId | None:
    """The id of a thread's newest checkpoint, or None."""
    wanted = {"workspace": workspace, "thread_id": thread_id}
    found = connection.execute(READS["head"], wanted).fetchone()
    return None if found is None else found[0]


def _check_open(connection: sqlite3.Connection, questions: Sequence[InterruptId]) -> None:
    wanted = {"interrupt_ids": json_text(questions)}
    if connection.execute(COMMIT["count_open"], wanted).fetchone()[0] != len(questions):
        raise StaleError("a question that this batch closes is not open any more")


def _put_runs(connection: sqlite3.Connection, runs: Collection[RunRecord], streams: str) -> None:
    pieces = Pieces()
    rows = [
        {
            **attrs.asdict(run, recurse=False),
            "workspace": run.workspace,
            "request": pieces.add(to_json(run.request)),
            "usage": pieces.add(to_json(run.usage)),
        }
        for run in runs
    ]
    arguments = {"rows": json_text(rows), "bytes": pieces.joined(), "streams": streams}
    connection.execute(COMMIT["put_runs"], arguments)


def _put_titles(
    connection: sqlite3.Connection, statement: str, titles: Sequence[tuple[str, str, str]]
) -> None:
    connection.execute(LISTS[statement], {"rows": json_text(titles)})


def _put(
    connection: sqlite3.Connection, statement: str, records: Sequence[tuple[tuple[object, ...], object]]
) -> None:
    """Write records, each with the values of its columns besides the body."""
    pieces = Pieces()
    rows = [(*columns, *pieces.add(to_json(record))) for columns, record in records]
    connection.execute(COMMIT[statement], {"rows": json_text(rows), "bytes": pieces.joined()})


def found_runs(
    connection: sqlite3.Connection, damage: DamagedRows, statement: str, arguments: Mapping[str, object]
) -> Sequence[RunRecord]:
    """The runs that a statement finds. One whose request cannot be read has an empty one, so that it is not resumed."""
    rows = connection.execute(_RUNS[statement], arguments)
    names = [column[0] for column in rows.description]
    return [_run(damage, **dict(zip(names, row, strict=True))) for row in rows]


def _run(damage: DamagedRows, workspace: str, request: str, usage: str, **columns: Any) -> RunRecord:
    return RunRecord(
        request=_request(
            damage, workspace, columns["run_id"], columns["thread_id"], columns["agent"], request
        ),
        usage=_usage(damage, workspace, columns["run_id"], usage),
        **columns,
    )


def _request(
    damage: DamagedRows, workspace: str, run_id: str, thread_id: str, agent: str, request: str
) -> RunRequest:
    try:
        read = from_json(RunRequest, orjson.loads(request))
        if read.workspace == workspace:
            return read
        error: Exception = ValueError("the request is of another workspace")
    except UNREADABLE as unreadable:
        error = unreadable
    damage.report("runs", error, workspace=workspace, run=run_id)
    return RunRequest("", workspace=workspace, thread_id=thread_id, agent=agent, principal=NOBODY)


def _usage(damage: DamagedRows, workspace: str, run_id: str, usage: str) -> Usage:
    try:
        return from_json(Usage, orjson.loads(usage))
    except UNREADABLE as error:
        damage.report("runs", error, workspace=workspace, run=run_id)
        return Usage()


def found_threads(connection: sqlite3.Connection, arguments: Mapping[str, object]) -> Sequence[ThreadSummary]:
    """The rows of a list of threads; inside a reader's thread."""
    connection.create_function("folded", 1, _folded, deterministic=True)
    return [
        ThreadSummary(thread_id, place, title, cut_title(words), status, last_ms, run_id)
        for thread_id, place, last_ms, title, status, run_id, words in connection.execute(
            LISTS["threads"], arguments
        )
    ]


def workspaces(connection: sqlite3.Connection) -> Sequence[str]:
    """The workspaces of which anything is kept; inside a reader's thread."""
    return [name for (name,) in connection.execute(LISTS["workspaces"])]


def _folded(text: object) -> str:
    return str(text or "").casefold()


def found_records(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    statement: str,
    arguments: Mapping[str, object],
    kind: type[T],
) -> Sequence[T | None]:
    """The records that a statement finds, decoded as a class; None for each that cannot be read.

    With `most_bytes` among the arguments only the first of them, until they have so many.
    """
    most_bytes = cast("int | None", arguments.get("most_bytes"))
    found: list[T | None] = []
    size = 0
    with closing(connection.execute(READS[statement], arguments)) as rows:
        for key, body in rows:
            try:
                found.append(from_json(kind, orjson.loads(body)))
                size += len(body)
            except UNREADABLE as error:
                damage.report(f"{kind.__name__}s", error, workspace=arguments["workspace"], id=key)
                found.append(None)
            if most_bytes is not None and size >= most_bytes:
                break
    return found
