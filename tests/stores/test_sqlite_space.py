"""A file gives space back, in parts that nobody waits for."""

import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streamd.core.item import Seq
from streamd.ports.store import Batch, Retention, Store
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import HALL, commit, entry, positions, trim

KEPT = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "streamd.db"


async def fill(store: Store, entries: int) -> None:
    """Entries of about 100 KB each."""
    for start in range(1, entries + 1, 50):
        told = [entry(seq, text="x" * 100_000) for seq in range(start, min(start + 50, entries + 1))]
        await commit(store, Batch("hall", told))


async def gone_through(store: Store) -> int:
    parts = 1
    while await store.give_back():
        parts += 1
    await store.checkpoint()
    return parts


def length(path: Path) -> int:
    return path.stat().st_size


def setting(path: Path, pragma: str) -> int | str:
    with sqlite3.connect(path) as database:
        found: int | str = database.execute(f"PRAGMA {pragma}").fetchone()[0]
    database.close()
    return found


def make_as_older_versions_did(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA auto_vacuum = NONE")
        database.execute("VACUUM")
    database.close()


async def test_what_was_trimmed_makes_the_file_shorter_in_parts(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await fill(store, 300)
        await store.checkpoint()
        full = length(path)
        assert full > 30_000_000
        assert await trim(store, Retention(KEPT, 0, 0)) == 290
        assert 5 < await gone_through(store) < 50
        assert length(path) < full / 4
        assert await positions(store) == list(range(291, 301))
        await commit(store, Batch("hall", [entry(301)]))
        epoch = store.epoch
    async with open_sqlite(str(path)) as store:
        assert store.epoch == epoch
        assert (await store.span(HALL)).top == 301
    assert setting(path, "integrity_check") == "ok"


async def test_some_space_is_left_for_what_comes_next(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await fill(store, 40)
        await trim(store, Retention(KEPT, 0, 0))
        assert not await store.give_back()
    assert int(setting(path, "freelist_count")) > 500


async def test_a_file_of_an_older_version_shrinks_too(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await fill(store, 300)
        epoch = store.epoch
    make_as_older_versions_did(path)
    assert setting(path, "auto_vacuum") == 0
    async with open_sqlite(str(path)) as store:
        assert store.epoch == epoch
        assert await positions(store) == list(range(1, 301))
        await trim(store, Retention(KEPT, 0, 0))
        await gone_through(store)
        assert length(path) < 10_000_000
        assert (await store.entries(HALL, Seq(295), 1))[0].seq == 296
    async with open_sqlite(str(path)) as store:
        assert store.epoch == epoch


async def test_a_large_file_of_an_older_version_is_left_as_it_is_and_says_so(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await fill(store, 700)
    make_as_older_versions_did(path)
    with capture_logs() as logs:
        async with open_sqlite(str(path)) as store:
            await trim(store, Retention(KEPT, 0, 0))
            assert not await store.give_back()
            assert (await store.span(HALL)).top == 700
    assert [one["event"] for one in logs if one["log_level"] == "warning"] == ["store_cannot_shrink"]
    assert setting(path, "auto_vacuum") == 0
