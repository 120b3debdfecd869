"""Opens the store on SQLite: its file, the connection that writes, and those that read."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from streamd.stores.sqlite._readers import KEPT_LONG, Readers
from streamd.stores.sqlite._served_file import ServedFile
from streamd.stores.sqlite._served_mark import put_foreign_log_aside
from streamd.stores.sqlite._space import may_shrink
from streamd.stores.sqlite.connection import connected
from streamd.stores.sqlite.lock import held_lock, resolved_path
from streamd.stores.sqlite.schema import prepare
from streamd.stores.sqlite.sqlite_store import SqliteStore


@asynccontextmanager
async def open_sqlite(path: str, *, readers: int = 2) -> AsyncIterator[SqliteStore]:
    """Open a database file, which is created if missing; only one process can have it open.

    Args:
        path: a file on a local disk. Beside it stand `<path>.lock`, `<path>.served`, which tells whether it is still the file
            that was served last, and, while it is open, `<path>-wal` and `<path>-shm`.
        readers: how many threads read at the same time, and how many long reads of users may be going on.

    Raises:
        StoreError: the directory is missing, a file cannot be written, another process has it open, it is of
            another program, or it was written by a newer streamd.

    """
    resolved = resolved_path(path)
    async with AsyncExitStack() as stack:
        stack.enter_context(held_lock(resolved))
        put_foreign_log_aside(Path(resolved))
        file = ServedFile(Path(resolved))
        stack.callback(file.close)
        writer = await stack.enter_async_context(connected(resolved))
        await writer.run(prepare, resolved)
        await writer.run(file.begin)
        await writer.run(may_shrink, file)
        pool = [
            await stack.enter_async_context(connected(resolved, read_only=True))
            for _ in range(2 * readers + KEPT_LONG)
        ]
        yield SqliteStore(file, writer, Readers(pool[:readers], pool[readers:]))
