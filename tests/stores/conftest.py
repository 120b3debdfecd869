from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from streamd.ports.store import Store
from streamd.stores.memory import open_memory
from streamd.stores.sqlite import open_sqlite

STORES: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Store]]] = {
    "memory": lambda _: open_memory(),
    "sqlite": lambda directory: open_sqlite(str(directory / "journal.db")),
}
"""Every store passes the same tests; a new one is added here."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened
