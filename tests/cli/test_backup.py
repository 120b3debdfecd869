"""A backup is taken while the daemon writes, and holds all that was acknowledged before; restored it begins a new epoch."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.daemon import running
from tests.support.load import writer

pytestmark = pytest.mark.requirement("E5")
NOTE = {"type": "note", "name": "n"}


def left(directory: Path) -> set[str]:
    return {path.name for path in directory.glob("other.db*")}


async def test_a_backup_beside_a_writer_is_restored_elsewhere_and_begins_a_new_epoch(tmp_path: Path) -> None:
    file, database = tmp_path / "copy.db", tmp_path / "streamd.db"
    async with running(tmp_path) as daemon, daemon.client() as client, writer(daemon) as load:
        kept = await client.ask(type="add_item", id="kept", item=NOTE)
        epoch = client.greeting["epoch"]
        writing = asyncio.create_task(load.publish(20_000))
        done = await command("backup", file, "--db", database)
        assert (done.returncode, done.stderr) == (0, "")
        await writing
        after = await client.ask(type="add_item", id="after", item=NOTE)
        assert after["type"] == "ack"
        again = await command("backup", file, "--db", database)
        assert (again.returncode, "is there already" in again.stderr) == (1, True)
        served = await command("restore", file, "--db", database)
        assert (served.returncode, "in use by process" in served.stderr) == (1, True)
    manifest = json.loads((tmp_path / "copy.db.json").read_text())
    assert manifest["epoch"] == epoch
    assert kept["seq"] <= manifest["positions"]["default"] < after["seq"]
    assert {path.stat().st_mode & 0o077 for path in (file, tmp_path / "copy.db.json")} == {0}
    there = await command("restore", file, "--db", database)
    assert (there.returncode, "move it away" in there.stderr) == (1, True)

    for place in (
        tmp_path,
        tmp_path / "elsewhere",
    ):  # where it was served, with its mark, and where nothing is
        place.mkdir(exist_ok=True)
        (place / "streamd.db").unlink(missing_ok=True)
        assert (await command("restore", file, "--db", place / "streamd.db")).returncode == 0
        async with running(place) as daemon, daemon.client(since=kept["seq"], epoch=epoch) as client:
            page = await client.until(lambda heard: heard.get("type") == "snapshot")
            assert ([item["id"] for item in page["items"]], page["reason"]) == (["kept"], "epoch")
            assert client.greeting["epoch"] != epoch
            assert (await client.ask(type="add_item", id="after", item=NOTE))["type"] == "ack"


async def test_what_is_damaged_newer_or_no_backup_is_not_restored_and_nothing_is_left(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", id="kept", item=NOTE)
    file, target = tmp_path / "copy.db", tmp_path / "other.db"
    assert (await command("backup", file, "--db", tmp_path / "streamd.db")).returncode == 0
    whole = file.read_bytes()

    async def refused(words: str) -> None:
        done = await command("restore", file, "--db", target)
        assert (done.returncode, words in done.stderr, len(done.stderr.splitlines())) == (1, True, 1), (
            done.stderr
        )
        assert left(tmp_path) <= {"other.db.lock"}

    file.write_bytes(whole[:-4096] + bytes(4096))
    await refused("SHA-256")
    (tmp_path / "copy.db.json").unlink()
    file.write_bytes(b"no database at all" * 100)
    await refused("cannot be copied")
    file.write_bytes(whole)
    with closing(sqlite3.connect(file)) as copy:
        copy.execute("PRAGMA user_version = 9999")
    await refused("newer streamd")
    file.unlink()
    await refused("there is no backup")
    missing = await command("backup", tmp_path / "x", "--db", tmp_path / "nothing.db")
    assert (missing.returncode, "there is no database" in missing.stderr) == (1, True)
    assert not (tmp_path / "nothing.db").exists()
