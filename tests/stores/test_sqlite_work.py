"""How much the SQLite store does at once, and what it does meanwhile."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from streamd.core.item import Seq
from streamd.core.position import workspace_stream
from streamd.ports.store import Batch, Retention
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import (
    checkpoint,
    commit,
    entry,
    holding,
    interrupt,
    interrupts,
    item,
    memory,
    positions,
    result,
    run,
    runs,
    stream_checkpoint,
    tell,
    trim,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_a_batch_is_written_in_a_dozen_statements_however_long_it_is(path: Path) -> None:
    statements: list[str] = []
    async with open_sqlite(str(path)) as store:
        await store._writer.set_trace_callback(statements.append)
        seqs = range(1, 257)
        items = [item(f"item-{seq}", seq) for seq in seqs]
        results = [result(str(seq)) for seq in seqs]
        await commit(store, Batch("hall", [entry(seq) for seq in seqs], holding(*items), results))
        # The index of words runs statements of its own, on tables of its own.
        assert len([one for one in statements if "'item_words_" not in one]) <= 13


async def test_what_many_runs_leave_is_written_in_a_dozen_statements(path: Path) -> None:
    statements: list[str] = []
    async with open_sqlite(str(path)) as store:
        await store._writer.set_trace_callback(statements.append)
        numbers = range(200)
        await commit(
            store,
            Batch(
                "hall",
                runs=runs(*(run(str(number)) for number in numbers)),
                checkpoints=[checkpoint(number) for number in numbers],
                interrupts=interrupts(*(interrupt(str(number)) for number in numbers)),
                stream_checkpoints=[stream_checkpoint(step=str(number)) for number in numbers],
                memories=[memory(str(number), "boxes") for number in numbers],
            ),
        )
        # The index of words runs statements of its own, on tables of its own.
        assert len([one for one in statements if "'memory_words_" not in one]) <= 14


async def test_trimming_and_writing_go_on_at_the_same_time(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await tell(store, *range(1, 20_001))
        async with asyncio.TaskGroup() as tasks:
            trimmed = tasks.create_task(trim(store, Retention(10, 0, 0)))
            for seq in range(20_001, 20_051):
                await tell(store, seq)
        assert trimmed.result() >= 19_990
        await trim(store, Retention(10, 0, 0))
        assert await positions(store) == list(range(20_041, 20_051))


async def test_a_checkpoint_empties_the_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    async with open_sqlite(str(path)) as store:
        await tell(store, *range(1, 100))
        assert log.stat().st_size > 0
        await store.checkpoint()
        assert log.stat().st_size == 0


async def test_a_checkpoint_does_not_wait_for_somebody_who_reads(path: Path) -> None:
    async with open_sqlite(str(path)) as store:
        await tell(store, 1)
        with sqlite3.connect(path, isolation_level=None) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM entries").fetchall()
            await tell(store, 2)
            began = time.monotonic()
            await store.checkpoint()
            assert time.monotonic() - began < 4  # SQLite would wait five seconds
            reader.execute("ROLLBACK")
        reader.close()
        await tell(store, 3)


async def test_a_batch_that_contradicts_what_is_stored_keeps_no_other_from_being_committed(
    path: Path,
) -> None:
    async with open_sqlite(str(path)) as store:
        await commit(store, Batch("hall", [entry(1)]))
        await store._writer.execute(
            "INSERT INTO entries SELECT * FROM (SELECT stream_id, 2, at_ms, event_type, item_type, body, before FROM entries)"
        )
        await store._writer.commit()
        kitchen, yard = workspace_stream("kitchen"), workspace_stream("yard")
        verdicts = await store.commit(
            [
                Batch("kitchen", [entry(1, kitchen)]),
                Batch("hall", [entry(2)]),
                Batch("yard", [entry(1, yard), entry(3, yard)]),
                Batch("yard", [entry(1, yard)]),
            ]
        )
        assert [verdict is None for verdict in verdicts] == [True, False, False, True]
        assert "contradicts" in str(verdicts[1])
        assert await positions(store) == [1, 2]
        assert [len(await store.entries(stream, Seq(0), 9)) for stream in (kitchen, yard)] == [1, 1]
