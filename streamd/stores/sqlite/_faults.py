"""What SQLite's errors mean for the operator, and what to do next."""

import sqlite3
from typing import Final

from streamd.errors import StoreError

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
"""The lower byte of an extended result code is the plain one."""


def store_error(error: sqlite3.Error, path: str) -> StoreError:
    """The error to raise instead. SQLite's own words follow in brackets, they are for the operator only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    advice = _ADVICE.get(code, "the database refused; this is a defect of streamd, please report it")
    return StoreError(f"{path}: {advice} ({error})")
