"""A database that an older streamd wrote is brought up to date with everything in it."""

import sqlite3
from pathlib import Path

import pytest

from streamd.core.item import ItemId, Seq
from streamd.core.memory import MemoryFilter
from streamd.core.position import progress_stream, quality_stream, run_stream, workspace_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunId, RunRecord, RunRequest
from streamd.ports.store import Batch, Retention
from streamd.stores.sqlite import open_sqlite
from streamd.stores.sqlite.schema import migrate, migrations
from tests.stores.samples import (
    HALL,
    checkpoint,
    commit,
    events_of,
    item,
    memory,
    positions,
    run,
    runs,
    tell,
    trim,
)

OLD_RUNS = [
    ("r1", "hall", "thread-1", "ann", "inventory_agent", "completed", 10, 20, '{"n":[1.50,null]}'),
    ("r3", "hall", "thread-1", "ann", "", "running", 30, None, "null"),
    ("r2", "hall", "thread-1", "bob", "", "failed", 30, 40, '"\\u0000 \\"ü"'),
]
EVENT = '{"item_id":"box","run_id":"r1","data":{},"timestamp":"2026-01-01T00:00:00.000Z","user_id":"ann","agent_id":"user"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file as streamd 0.1 left it."""
    path = tmp_path / "journal.db"
    database = sqlite3.connect(path, isolation_level=None)
    migrate(database, *migrations()[0])
    database.execute("INSERT INTO meta VALUES ('epoch', 'the old epoch')")
    database.execute("INSERT INTO streams VALUES (1, 'workspace/hall', 1, 2)")
    database.executemany(
        "INSERT INTO entries VALUES (1, ?, 5, 'field_changed', 'inventory', ?, NULL)",
        [(1, EVENT), (2, '{"item_id":"box"}')],
    )
    database.executemany(
        "INSERT INTO streams VALUES (?, ?, 1, 1)",
        [(2, "run/r1"), (3, "run/gone"), (4, "progress/hall"), (5, "quality/run"), (6, "workspace/run")],
    )
    database.executemany(
        "INSERT INTO entries VALUES (?, 1, 5, '', '', ?, NULL)",
        [(number, f'{{"told":{number}}}') for number in range(2, 7)],
    )
    database.execute(
        "INSERT INTO items VALUES ('hall', 'box', 'inventory', 1, 1, NULL, ?)",
        ['{"id":"box","type":"inventory","name":"The box"}'],
    )
    database.execute("INSERT INTO results VALUES ('hall/ann', 'op', '{}', 5)")
    database.execute("INSERT INTO demand VALUES ('hall', 'box', '2026-01-01', '3.5')")
    database.executemany(
        "INSERT INTO runs (run_id, workspace, thread_id, user_id, agent, status, started_ms, ended_ms, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        OLD_RUNS,
    )
    database.close()
    return path


async def test_what_stood_in_schema_1_is_still_there(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        assert store.epoch == "the old epoch"
        assert await positions(store) == [1, 2]
        assert await store.items("hall") == [item("box", 1)]
        assert await store.results([("hall", "@hall/ann", "op")]) == {("hall", "@hall/ann", "op"): b"{}"}
        assert await store.demand("hall") == {"box": [("2026-01-01", 3.5)]}
        await tell(store, 3)


def request(user_id: str, *, agent: str = "", request_id: object = None) -> RunRequest:
    """Everyone was anonymous then, and might everything."""
    return RunRequest(
        "", {}, user_id, "hall", "thread-1", agent, request_id=request_id, principal=ANONYMOUS_PRINCIPAL
    )


async def test_runs_of_schema_1_have_a_request_made_from_what_was_kept(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        found = [await store.run("hall", RunId(name)) for name in ("r1", "r2", "r3")]
        assert found == [
            RunRecord(
                RunId("r1"), "thread-1", request("ann", agent="inventory_agent", request_id={"n": [1.5, None]}),
                "inventory_agent", "completed", 10, 20, scope="r1",
            ),
            RunRecord(
                RunId("r2"), "thread-1", request("bob", request_id='\u0000 "ü'), "", "failed", 30, 40, scope="r2",
            ),
            RunRecord(
                RunId("r3"), "thread-1", request("ann"), "", "running", 30, None, scope="r3",
            ),
        ]  # fmt: skip
        assert [one.run_id for one in await store.abandoned_runs()] == ["r3"]
        latest = await store.latest_run("hall", "thread-1")
        assert latest is not None
        assert latest.run_id == "r2"
        assert found[0] is not None
        assert [event.item_id for event in await events_of(store, found[0])] == [ItemId("box")]


async def test_streams_of_older_schemas_are_found_by_their_workspace(path: Path) -> None:
    streams = [
        run_stream("hall", "r1"), run_stream("default", "gone"), progress_stream("hall"), quality_stream("run"),
        workspace_stream("run"),
    ]  # fmt: skip
    async with open_sqlite(str(path)) as store:
        for number, stream in enumerate(streams, 2):
            (entry,) = await store.entries(stream, Seq(0), 10)
            assert entry.body == b'{"told":%d}' % number
            await tell(store, 2, stream=stream)
    database = sqlite3.connect(path)
    named = database.execute("SELECT name, workspace, run_id FROM streams ORDER BY id").fetchall()
    database.close()
    assert named == [
        ("ws/hall", "hall", None), ("ws/hall/run/r1", "hall", "r1"), ("ws/default/run/gone", "default", "gone"),
        ("ws/hall/progress", "hall", None), ("ws/run/quality", "run", None), ("ws/run", "run", None),
    ]  # fmt: skip


async def test_a_migrated_file_does_all_that_a_new_one_does(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        mine = run("r4", "completed", started_ms=50, ended_ms=60, thread_id="thread-1")
        await commit(
            store,
            Batch("hall", runs=runs(mine), checkpoints=[checkpoint(1)], memories=[memory("m", "boxes")]),
        )
        assert await store.latest_run("hall", "thread-1") == mine
        assert len(await store.memories.search(MemoryFilter("hall"), "boxes")) == 1
        # Two of the hall's, the only ones of four other streams and of a run that has ended.
        assert await trim(store, Retention(1, 100, 0)) == 7
        assert await store.run("hall", mine.run_id) is None
        assert (await store.span(HALL)).oldest == Seq(3)


async def test_migrating_happens_once(path: Path) -> None:
    for _ in range(2):
        async with open_sqlite(str(path)) as store:
            assert len(await store.abandoned_runs()) == 1


def test_old_and_new_files_have_the_same_schema(path: Path, tmp_path: Path) -> None:
    schemas = []
    for name in (path.name, "new.db"):
        database = sqlite3.connect(tmp_path / name, isolation_level=None)
        version = database.execute("PRAGMA user_version").fetchone()[0]
        for number, sql in migrations()[version:]:
            migrate(database, number, sql)
        schemas.append(database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall())
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
    assert schemas[0] == schemas[1]
