"""A disk that is full, and processes that are killed."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from streamd.errors import StoreError
from streamd.ports.store import Batch, Store
from streamd.stores.sqlite import open_sqlite
from tests.conftest import ROOT
from tests.stores.places import small_disk
from tests.stores.samples import HALL, commit, positions
from tests.stores.writer import BLOWN_UP, batch_at
from tests.support.streams import all_entries

WRITER = Path(__file__).with_name("writer.py")


async def started(path: Path, what: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, WRITER, path, what,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def recovered(path: Path) -> int:
    """The top, after a look at everything that was committed with it."""
    async with open_sqlite(str(path)) as store:
        top = (await store.span(HALL)).top
        told = await all_entries(store, HALL)
        assert [entry.seq for entry in told] == list(range(1, top + 1))
        assert all(orjson.loads(entry.body) == {"told": str(entry.seq)} for entry in told)
        items = await store.items("hall")
        assert [item.added for item in items] == list(
            range(1, top + 1)
        )  # none, where it was killed before the first
        assert [item.fields["last"] for item in items[:1]] == [top] * bool(top)
        ops = [("hall", "hall/ann", str(seq)) for seq in range(1, top + 65)]
        assert len(await store.results(ops)) == top
        return top


async def filled(store: Store) -> tuple[int, str]:
    """Write until that fails; the top that was acknowledged, and what was said."""
    top = 0
    while True:
        try:
            await commit(store, batch_at(top + 1, 8, BLOWN_UP))
        except StoreError as error:
            return top, error.message
        top += 8


@pytest.mark.soak
async def test_whoever_is_killed_has_kept_all_that_was_acknowledged(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    path = tmp_path / "journal.db"
    top = 0
    for _ in range(soak(8, 1_000)):
        process = await started(path, "write")
        assert process.stdout is not None
        assert int(await process.stdout.readline()) == top
        for _ in range(random.randint(0, 40)):
            await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said = (await process.stdout.read()).split(b"\n")
        await process.wait()
        acknowledged = max([top, *(int(line) for line in said[:-1])])
        top = await recovered(path)
        assert top >= acknowledged
        if top > 50_000:
            path.unlink()
            top = 0


async def test_a_full_disk_is_told_and_works_again_when_there_is_space(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3_000_000) as disk:
        filler = disk / "filler"
        filler.write_bytes(bytes(1_500_000))
        async with open_sqlite(str(disk / "journal.db")) as store:
            top, message = await filled(store)
            assert "disk is full; free some space" in message
            assert top > 8
            for _ in range(5):
                with pytest.raises(StoreError):
                    await commit(store, batch_at(top + 1, 8, BLOWN_UP))
                await commit(store, Batch("hall"))
            assert await positions(store) == list(range(1, top + 1))
            filler.unlink()
            await commit(store, batch_at(top + 1, 8, BLOWN_UP))
            assert await positions(store) == list(range(1, top + 9))
            assert len(await store.items("hall")) == top + 8
        async with open_sqlite(str(disk / "journal.db")) as store:
            assert await positions(store) == list(range(1, top + 9))


async def test_a_file_that_may_not_grow_is_told_and_works_again_when_it_may(tmp_path: Path) -> None:
    process = await started(tmp_path / "journal.db", "fill")
    output, _ = await process.communicate()
    message, full, again = output.decode().splitlines()
    assert "look into the kernel's log and for free space" in message
    acknowledged, top = full.split()
    assert int(top) == int(acknowledged) > 0
    assert again == f"{int(top) + 4} {int(top) + 4}"
    assert process.returncode == 0
