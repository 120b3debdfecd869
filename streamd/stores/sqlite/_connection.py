"""One connection and its thread."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Concatenate, Final, ParamSpec, TypeVar

import aiosqlite

from streamd.errors import StoreError
from streamd.stores.sqlite._faults import store_error

P = ParamSpec("P")
T = TypeVar("T")

_SETTINGS: Final = """
PRAGMA busy_timeout = 5000;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
-- What was deleted need not be overwritten with zeros: trimming would write every page once more.
PRAGMA secure_delete = OFF;
-- Statements over many rows keep the pages they change, in case they fail: not in a file.
PRAGMA temp_store = MEMORY;
-- 16 MB: folding the log back into the file in larger portions halves the cost of scattered changes.
PRAGMA wal_autocheckpoint = 4096;
PRAGMA journal_size_limit = 33554432;
PRAGMA cache_size = -16384;
"""


class Connection(aiosqlite.Connection):
    """A connection whose thread runs whole functions: one hop into the thread for a transaction, not one a statement."""

    def __init__(self, path: str) -> None:
        # Autocommit: every transaction is begun and ended by name.
        super().__init__(lambda: sqlite3.connect(path, isolation_level=None), iter_chunk_size=64)
        self._path = path

    async def run(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """Run a function in the connection's thread, after those given earlier. SQLite's errors become StoreError.

        When the caller is cancelled the function still runs to its end.
        """
        # The thread holds on to what it returned last until its next job; so a large result travels in a box.
        box: list[T] = []
        try:
            # aiosqlite has no public way to run more than one statement at a time in its thread.
            await self._execute(  # type: ignore[no-untyped-call]
                lambda: box.append(work(self._conn, *arguments, **options))
            )
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error
        except ValueError as error:
            if self._connection is not None:
                raise
            raise StoreError("the store is closed") from error
        return box.pop()


@asynccontextmanager
async def connected(path: str, *, read_only: bool = False) -> AsyncIterator[Connection]:
    """Open a connection in its own thread; both end with the block."""
    connection = Connection(path)
    try:
        await connection
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    try:
        await connection.run(_set_up, read_only=read_only)
        yield connection
    finally:
        await connection.close()


def _set_up(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.executescript(_SETTINGS)
    if read_only:
        # What is read is read once and kept elsewhere, if at all: a whole journal passes through here.
        connection.executescript("PRAGMA query_only = ON; PRAGMA cache_size = -2048")


@contextmanager
def transaction(connection: sqlite3.Connection, *, write: bool = True) -> Iterator[None]:
    """All or nothing, for use inside `run`. When it cannot be committed (disk full) it is rolled back."""
    if connection.in_transaction:  # an earlier rollback failed
        connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors
            connection.execute("ROLLBACK")
        raise
