"""Opening a file: who may, what is refused, and what the operator is told."""
# ruff: noqa: ASYNC240 - nothing else waits for these small files

import asyncio
import gc
import os
import sqlite3
import struct
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from streamd.core.item import Seq
from streamd.errors import StoreError
from streamd.ports.store import Batch
from streamd.stores.sqlite import open_sqlite
from streamd.stores.sqlite.schema import migrate, migrations
from tests.conftest import ROOT
from tests.stores.places import read_only_directory, read_only_file
from tests.stores.samples import (
    HALL,
    commit,
    entry,
    holding,
    item,
    positions,
    tell,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def refusal(path: Path | str) -> str:
    with pytest.raises(StoreError) as refused:
        async with open_sqlite(str(path)):
            pass
    return refused.value.message


@contextmanager
def held_by_another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    writer = Path(__file__).with_name("writer.py")
    with subprocess.Popen(
        [sys.executable, writer, path, "hold"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


async def test_everything_is_there_after_opening_again(path: Path) -> None:
    box = item("box", 1)
    async with open_sqlite(str(path)) as store:
        epoch = store.epoch
        await commit(store, Batch("hall", [entry(1), entry(2)], holding(box)))
    async with open_sqlite(str(path)) as store:
        assert store.epoch == epoch
        assert await positions(store) == [1, 2]
        assert await store.items("hall") == [box]


async def test_another_process_is_kept_out_and_told_who_has_the_file(path: Path) -> None:
    with held_by_another_process(path) as holder:
        assert f"in use by process {holder.pid};" in await refusal(path)


async def test_a_holder_that_was_killed_keeps_nobody_out(path: Path) -> None:
    with held_by_another_process(path) as holder:
        holder.kill()
        holder.wait()
        async with open_sqlite(str(path)) as store:
            await tell(store, 1)


async def test_the_same_process_cannot_open_a_file_twice(path: Path) -> None:
    async with open_sqlite(str(path)):
        assert f"in use by process {os.getpid()};" in await refusal(path)
    async with open_sqlite(str(path)):
        pass


async def test_a_link_to_a_file_in_use_is_refused_too(path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    async with open_sqlite(str(path)):
        assert "in use" in await refusal(link)


async def test_a_hard_link_to_a_file_in_use_is_refused_too(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await tell(store, 1)
        link = path.parent / "elsewhere" / "link.db"
        link.parent.mkdir()
        link.hardlink_to(path)
        assert "in use under another name" in await refusal(link)
        await tell(store, 2)
    async with open_sqlite(str(path)) as store:
        assert await positions(store) == [1, 2]


async def test_a_newer_schema_is_refused_with_both_versions(path: Path) -> None:
    async with open_sqlite(str(path)):
        pass
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 4711")
    database.close()
    message = await refusal(path)
    assert "has schema 4711" in message
    assert f"up to {len(migrations())};" in message


async def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE cats (name TEXT)")
    database.close()
    before = path.read_bytes()
    assert "another program" in await refusal(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"name,quantity\nbox,1\n" * 500)
    assert "not an SQLite database" in await refusal(path)


async def test_damage_found_while_reading_is_told(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await tell(store, *range(1, 5_000))
    content = bytearray(path.read_bytes())
    content[-60 * 4096 : -20 * 4096] = b"\xa5" * (40 * 4096)
    path.write_bytes(content)
    async with open_sqlite(str(path)) as store:
        with pytest.raises(StoreError, match=r"the file is damaged; .* restore a backup"):
            await store.entries(HALL, Seq(0), 5_000)


async def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    async with open_sqlite(str(path)) as store:
        await tell(store, 1)


@pytest.mark.parametrize("name", ["", ":memory:"])
async def test_a_store_needs_a_file(name: str) -> None:
    assert "needs a file" in await refusal(name)


async def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    assert f"directory {tmp_path}/missing is missing" in await refusal(tmp_path / "missing" / "journal.db")


async def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert "is a directory" in await refusal(tmp_path)


async def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    directory = tmp_path / "sealed"
    directory.mkdir()
    with read_only_directory(directory):
        assert "let the daemon's user write" in await refusal(directory / "journal.db")


async def test_a_file_that_cannot_be_written_is_told(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await tell(store, 1)
    with read_only_file(path):
        assert "read-only" in await refusal(path)


async def test_after_its_end_a_store_says_that_it_is_closed(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        pass
    with pytest.raises(StoreError, match="closed"):
        await store.span(HALL)


async def test_closing_twice_is_harmless(path: Path) -> None:
    opened = open_sqlite(str(path))
    await opened.__aenter__()
    await opened.__aexit__(None, None, None)
    await opened.__aexit__(None, None, None)


async def test_a_migration_that_fails_leaves_nothing(path: Path) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(database, 1, "CREATE TABLE half (a TEXT); CREATE TABLE half (a TEXT)")
    assert database.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    assert database.execute("PRAGMA user_version").fetchone() == (0,)
    database.close()


async def test_a_cancelled_commit_leaves_a_store_that_works(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        commit = asyncio.create_task(tell(store, *range(1, 200)))
        await asyncio.sleep(0)
        commit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await commit
        top = (await store.span(HALL)).top
        assert top in (0, 199)
        await tell(store, top + 1)


async def test_a_long_result_is_nobodys_but_the_callers(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await commit(store, Batch("hall", [entry(1)], holding(item("a", 1))))
        found = weakref.ref((await store.items("hall"))[0])
        gc.collect()
        assert found() is None


async def test_a_fold_beside_a_reader_leaves_a_short_file_that_is_not_lost(path: Path) -> None:
    short = 0
    async with open_sqlite(str(path)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            for seq in range(1, 200, 2):
                await commit(store, Batch("hall", [entry(seq, text="x" * 500)]))
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM entries").fetchall()
                await commit(
                    store, Batch("hall", [entry(seq + 1)])
                )  # on a page that this reader must not see yet
                with closing(sqlite3.connect(path)) as another:
                    another.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                size, pages = struct.unpack(">16xH10xI", path.read_bytes()[:32])
                short += path.stat().st_size < size * pages
                reader.execute("ROLLBACK")
        assert short
        os.truncate(path, 4096)
        with pytest.raises(StoreError, match="overwritten"):
            await commit(store, Batch("hall", [entry(201)]))
