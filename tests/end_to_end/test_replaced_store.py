"""A database that is not the one that was served last begins a new epoch; one that is lost while served gets nothing more."""
# ruff: noqa: ASYNC240 - nothing else waits for these small files

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, running

ITEM = {"type": "inventory", "name": "Wire", "current_stock": 1}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


def database(daemon: Daemon) -> Path:
    return daemon.directory / "streamd.db"


async def add(client: Client, *ids: str) -> None:
    for item_id in ids:
        assert (await client.ask(type="add_item", id=item_id, item=ITEM))["type"] == "ack"


def copied(path: Path, to: Path) -> Path:
    """A copy by SQLite's own means, as backups are made."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def vacuumed(path: Path, to: Path) -> Path:
    with closing(sqlite3.connect(path)) as source:
        source.execute("VACUUM INTO ?", (str(to),))
    return to


async def come_back(daemon: Daemon, epoch: str, since: int) -> Client:
    """Start again, and resume as somebody who has seen so much."""
    await daemon.start()
    async with daemon.client(since=since, epoch=epoch) as client:
        if (client.greeting["epoch"], client.greeting["seq"]) != (epoch, since):
            client.responses.append(await client.next())
    return client


def reason(client: Client) -> str | None:
    """Why a client that came back got a snapshot, if it did."""
    return next(
        (message["reason"] for message in client.responses if message.get("type") == "snapshot"), None
    )


@pytest.mark.parametrize("copy", [copied, vacuumed])
@pytest.mark.parametrize("is_killed", [False, True])
async def test_who_resumes_on_an_older_copy_gets_a_snapshot(
    daemon: Daemon, tmp_path: Path, copy: Callable[[Path, Path], Path], *, is_killed: bool
) -> None:
    async with daemon.client() as client:
        await add(client, "kept")
        backup = copy(database(daemon), tmp_path / "backup.db")
        await add(client, "lost-1", "lost-2")
        epoch = client.greeting["epoch"]
    await (daemon.kill() if is_killed else daemon.stop())
    shutil.copy(backup, database(daemon))
    Path(f"{database(daemon)}-wal").unlink(missing_ok=True)
    client = await come_back(daemon, epoch, 1)
    assert client.greeting["epoch"] != epoch
    assert reason(client) == "epoch"
    assert set(client.items) == {"kept"}
    await daemon.logs("store_replaced")


async def test_the_log_of_a_killed_daemon_is_not_applied_to_a_copy_that_is_older_than_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, STREAMD_JOURNAL__TRIM_SECONDS="1") as daemon:
        async with daemon.client() as client:
            await add(client, "kept")
            backup = copied(database(daemon), tmp_path / "backup.db")
            await add(client, "folded")
            log = Path(f"{database(daemon)}-wal")
            async with asyncio.timeout(PATIENCE_SECONDS):
                while log.stat().st_size:
                    await client.ask(type="ping")
            await add(client, "in the log")
            epoch = client.greeting["epoch"]
        await daemon.kill()
        shutil.copy(backup, database(daemon))
        client = await come_back(daemon, epoch, 1)
        assert reason(client) == "epoch"
        assert {item["id"] for item in client.responses[-1]["items"]} == {"kept"}
        await daemon.logs("log_put_aside")


async def test_a_copy_of_before_the_last_start_is_noticed_though_it_is_as_long(
    daemon: Daemon, tmp_path: Path
) -> None:
    async with daemon.client() as client:
        await add(client, "one")
        epoch = client.greeting["epoch"]
    await daemon.stop()
    backup = shutil.copy(database(daemon), tmp_path / "backup.db")
    await daemon.start()
    await daemon.stop()
    shutil.copy(backup, database(daemon))
    assert (await come_back(daemon, epoch, 1)).greeting["epoch"] != epoch


async def test_a_copy_that_was_served_elsewhere_is_noticed_when_it_comes_back(
    daemon: Daemon, tmp_path: Path
) -> None:
    async with daemon.client() as client:
        await add(client, "one")
        epoch = client.greeting["epoch"]
    await daemon.stop()
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(database(daemon), tmp_path / "elsewhere" / "streamd.db")
    async with running(tmp_path / "elsewhere") as other, other.client(since=1, epoch=epoch) as client:
        assert client.greeting["epoch"] != epoch  # without its mark nobody knows what it is a copy of
        await add(client, "two", "three")
        await other.stop()
    shutil.copy(tmp_path / "elsewhere" / "streamd.db", database(daemon))
    assert (await come_back(daemon, epoch, 1)).greeting["epoch"] not in (epoch, client.greeting["epoch"])


async def test_a_file_that_was_edited_backwards_is_noticed(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await add(client, "one", "two")
        epoch = client.greeting["epoch"]
    await daemon.stop()
    with closing(sqlite3.connect(database(daemon), isolation_level=None)) as edited:
        edited.executescript(
            "DELETE FROM entries WHERE seq = 2; UPDATE streams SET top = 1 WHERE name = 'ws/default'"
        )
    client = await come_back(daemon, epoch, 2)
    assert reason(client) == "epoch"


async def test_a_deleted_file_begins_a_new_epoch(daemon: Daemon) -> None:
    epoch = (await come_again(daemon))[0]
    await daemon.stop()
    database(daemon).unlink()
    assert (await come_back(daemon, epoch, 1)).greeting["epoch"] != epoch


async def come_again(daemon: Daemon) -> tuple[str, int]:
    async with daemon.client() as client:
        await add(client, f"item-{client.greeting['seq']}")
        return client.greeting["epoch"], client.greeting["seq"] + 1


async def test_neither_kills_nor_stops_nor_a_move_nor_a_vacuum_in_place_change_the_epoch(
    daemon: Daemon, tmp_path: Path
) -> None:
    epoch, _ = await come_again(daemon)
    for number in range(4):
        await (daemon.kill() if number % 2 else daemon.stop())
        await daemon.start()
        assert (await come_again(daemon))[0] == epoch
    await daemon.stop()
    with closing(sqlite3.connect(database(daemon))) as same:
        same.execute("VACUUM")
    shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-moved"))
    async with running(tmp_path.with_name(f"{tmp_path.name}-moved")) as moved:
        assert (await come_again(moved))[0] == epoch
        assert not [line for line in moved.log if "store_replaced" in line]


async def test_the_first_start_on_a_database_of_an_older_streamd_keeps_its_epoch(daemon: Daemon) -> None:
    epoch, seq = await come_again(daemon)
    await daemon.stop()
    Path(f"{database(daemon)}.served").unlink()
    with closing(sqlite3.connect(database(daemon), isolation_level=None)) as older:
        older.execute("DELETE FROM meta WHERE name = 'generation'")
    assert reason(await come_back(daemon, epoch, seq)) is None


def delete(path: Path, _: Path) -> None:
    path.unlink()


def replace(path: Path, backup: Path) -> None:
    backup.replace(path)


def overwrite(path: Path, backup: Path) -> None:
    shutil.copyfile(backup, path)


@pytest.mark.parametrize("lose", [delete, replace, overwrite])
async def test_a_file_that_is_lost_while_served_gets_nothing_more(
    daemon: Daemon, tmp_path: Path, lose: Callable[[Path, Path], None]
) -> None:
    await come_again(daemon)
    backup = copied(database(daemon), tmp_path / "backup.db")
    await daemon.stop()
    await daemon.start()
    async with daemon.client() as client, daemon.client() as reader:
        await add(client, "before")
        lose(database(daemon), backup)
        refused = await client.ask(type="add_item", id="after", item=ITEM)
        assert refused["code"] in ("unavailable", "draining")
        with pytest.raises(ConnectionClosed) as closed:
            await reader.until(lambda _: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        epoch = client.greeting["epoch"]
    assert await daemon.ended() == 1
    await daemon.logs("store_lost", "while it was served")
    client = await come_back(daemon, epoch, 2)
    assert reason(client) == "epoch"
    assert set(client.items) == (set() if lose is delete else {"item-0"})
    with closing(sqlite3.connect(database(daemon))) as there:
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_log_that_is_deleted_while_served_costs_nothing_that_was_acknowledged(daemon: Daemon) -> None:
    epoch, seq = await come_again(daemon)
    Path(f"{database(daemon)}-wal").unlink()
    assert await daemon.ended() == 1
    client = await come_back(daemon, epoch, 0)
    assert client.greeting["epoch"] == epoch
    assert client.seq == seq


async def test_nothing_is_acknowledged_once_the_index_of_the_log_is_gone_and_another_program_breaks_nothing(
    daemon: Daemon,
) -> None:
    index = Path(f"{database(daemon)}-shm")
    async with daemon.client() as client:
        await add(client, *(f"item-{n}" for n in range(50)))
        epoch = client.greeting["epoch"]
        index.unlink()
        with closing(sqlite3.connect(database(daemon), isolation_level=None)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            other.execute("CREATE TABLE of_another AS SELECT * FROM items")
            refused = await client.ask(type="add_item", id="after", item=ITEM)
            assert refused["code"] in ("unavailable", "draining")
            assert await daemon.ended() == 1
    await daemon.logs("store_lost", "-shm was deleted or replaced while it was served")
    with closing(sqlite3.connect(database(daemon))) as there:
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    client = await come_back(daemon, epoch, 50)
    assert (client.greeting["epoch"], client.greeting["seq"]) == (epoch, 50)


async def test_an_idle_daemon_notices_within_moments_that_the_index_of_its_log_is_gone(
    daemon: Daemon,
) -> None:
    async with daemon.client() as client:
        await add(client, "one")
    Path(f"{database(daemon)}-shm").unlink()
    assert await daemon.ended() == 1


async def test_a_copy_with_its_own_log_is_served_whole(daemon: Daemon, tmp_path: Path) -> None:
    _, seq = await come_again(daemon)
    await daemon.kill()
    for name in ("streamd.db", "streamd.db-wal"):
        shutil.copy(daemon.directory / name, tmp_path / f"backup-{name}")
    await daemon.start()
    epoch, _ = await come_again(daemon)
    await daemon.kill()
    for name in ("streamd.db", "streamd.db-wal"):
        os.replace(tmp_path / f"backup-{name}", daemon.directory / name)  # noqa: PTH105 - two plain moves
    client = await come_back(daemon, epoch, seq + 1)
    assert client.greeting["epoch"] != epoch
    assert client.greeting["seq"] == seq


async def test_another_program_that_folds_the_log_into_the_file_disturbs_nothing(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await add(client, "one")
        with closing(sqlite3.connect(database(daemon))) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        await add(client, "two")
    assert await daemon.stop() == 0
