"""A connection to SQLite with a thread of its own, whose errors are advice for the operator."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Concatenate, Final, ParamSpec, TypeVar

import aiosqlite

from streamd.errors import StoreError

P = ParamSpec("P")
T = TypeVar("T")

_SETTINGS: Final = """
PRAGMA busy_timeout = 5000;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
-- Deleted content need not be overwritten with zeros: trimming would write every page once more.
PRAGMA secure_delete = OFF;
-- Statements over many rows save the pages they change, for a rollback: in memory, not in a file.
PRAGMA temp_store = MEMORY;
-- 16 MB: folding the log back into the file in larger portions halves the cost of scattered changes.
PRAGMA wal_autocheckpoint = 4096;
PRAGMA journal_size_limit = 33554432;
PRAGMA cache_size = -16384;
"""

_ADVICE: Final[dict[int, str]] = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space. Nothing of what failed was written",
    sqlite3.SQLITE_IOERR: "the disk does not read or write; look into the kernel's log and for free space",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; stop the daemon and restore a backup",
    sqlite3.SQLITE_NOTADB: "this is not an SQLite database; name another path or move the file away",
    sqlite3.SQLITE_READONLY: "the file or its directory is read-only; let the daemon's user write there",
    sqlite3.SQLITE_PERM: "the file may not be opened; let the daemon's user read and write there",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; look at its permissions and at its directory's",
    sqlite3.SQLITE_BUSY: "another program holds the file for longer than five seconds; close it",
    sqlite3.SQLITE_LOCKED: "another program holds the file; close it",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_TOOBIG: "a value is larger than SQLite can hold",
}
_PRIMARY: Final = 0xFF
"""Mask of the primary result code, the lower byte of an extended one."""


class Connection(aiosqlite.Connection):
    """A connection whose thread runs whole functions: one hop into the thread per transaction, not per statement."""

    def __init__(self, path: str) -> None:
        # Autocommit: every transaction is started and ended explicitly.
        super().__init__(lambda: _open(path), iter_chunk_size=64)
        self._path = path
        self._has_cached = False
        """Whether it may have cached pages since they were given back last."""

    async def forget_cached(self) -> None:
        """Give the pages that it has cached back to the system, whose own cache has them, too."""
        if self._has_cached:
            await self.run(_forget_cached)
            self._has_cached = False

    async def run(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """Run a function in the connection's thread, after those submitted earlier. SQLite's errors become StoreError.

        When the caller is cancelled the function still runs to its end.
        """
        # The thread references its last job until its next one, which may be long in coming: so the function, what it is
        # given and its result are passed in boxes that are empty by then.
        self._has_cached = True
        given = [(work, arguments, options)]
        box: list[T] = []
        wanted = [box]
        del work, arguments, options

        def job() -> None:
            work, arguments, options = given.pop()
            result = work(self._conn, *arguments, **options)
            for box in wanted:
                box.append(result)

        try:
            # aiosqlite has no public way to run more than one statement at a time in its thread.
            await self._execute(job)  # type: ignore[no-untyped-call]
        except sqlite3.Error as error:
            raise _store_error(error, self._path) from error
        except (ValueError, TypeError, KeyError) as error:
            if self._connection is None:
                raise StoreError("the store is closed") from error
            # Whatever stands in a row must not end the task that reads it.
            raise StoreError(
                f"{self._path}: something in it cannot be read or written ({error!r})"
            ) from error
        finally:
            wanted.clear()
        return box.pop()


def _store_error(error: sqlite3.Error, path: str) -> StoreError:
    """Translate an error of SQLite. Its own text follows in brackets, for the operator only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    advice = _ADVICE.get(code, "the database refused; this is a defect of streamd, please report it")
    return StoreError(f"{path}: {advice} ({error})")


def _forget_cached(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA shrink_memory")


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    # Text of a damaged row need not be UTF-8: then it is replaced, as SQLite's driver would refuse all rows beside it.
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


@asynccontextmanager
async def connected(path: str, *, read_only: bool = False) -> AsyncIterator[Connection]:
    """Open a connection in its own thread; both are closed with the block."""
    connection = Connection(path)
    try:
        await connection
    except sqlite3.Error as error:
        raise _store_error(error, path) from error
    try:
        await connection.run(_set_up, read_only=read_only)
        yield connection
    finally:
        await connection.close()


def _set_up(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.executescript(_SETTINGS)
    if read_only:
        # A small cache: rows are read once and cached elsewhere, if at all, and whole journals are read here.
        connection.executescript("PRAGMA query_only = ON; PRAGMA cache_size = -2048")


@contextmanager
def transaction(connection: sqlite3.Connection, *, write: bool = True) -> Iterator[None]:
    """Run a block in a transaction, inside `run`. When the commit fails (disk full) it is rolled back."""
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
