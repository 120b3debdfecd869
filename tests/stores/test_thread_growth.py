"""A thread in the store on disk grows by what is new, not by what it knows already."""

import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

from streamd.core.run import Response
from streamd.ports.agent import Agent, Run
from streamd.stores.sqlite import open_sqlite
from tests.support.engines import engine_on
from tests.support.runs import begin, ended

BEFORE, MEASURED = 15, 45


async def _tells(run: Run) -> AsyncGenerator[Response, None]:
    asked = run.request.user_input
    yield Response("general_complete", " ".join(f"{asked}.{number}" for number in range(40))[:500])


def used_bytes(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        pages, free = (
            connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count")
        )
        return int(pages - free) * 4096
    finally:
        connection.close()


async def test_a_long_thread_grows_by_less_than_ten_kilobytes_a_request(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    sizes = []
    async with (
        open_sqlite(str(path)) as store,
        engine_on(store, None, Agent("tells", _tells)) as engine,
    ):
        for count in (BEFORE, MEASURED):
            for number in range(count):
                await ended(begin(engine, "tells", f"question {count} {number}", thread_id="long"))
            await engine.journal.flushed()
            await store.checkpoint()
            sizes.append(used_bytes(path))
        head = await store.checkpoint_of("hall", "long")
        assert head is not None
        assert len(str(head.state["conversation"])) > 5_000
    assert (sizes[1] - sizes[0]) / MEASURED < 10_000
