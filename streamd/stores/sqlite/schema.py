"""The schema and its migrations: numbered, forward only, each in one transaction."""

import re
import sqlite3
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from streamd.errors import StoreError

_NUMBERED: Final = re.compile(r"(\d{4})_\w+\.sql")
_APPLICATION_ID: Final = 0x73747264
"""`strd`: written into the file's header, so that nobody else's database is migrated."""


def migrations() -> Sequence[tuple[int, str]]:
    """Load the migrations as (number, SQL) in order, from 1 without gaps."""
    folder = files(__package__) / "migrations"
    found = sorted(
        (int(match[1]), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _NUMBERED.fullmatch(file.name))
    )
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations are numbered from 1 without gaps")
    return found


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Bring the schema up to date. Raises StoreError where the file is of another program or version."""
    known = migrations()
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    is_empty = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
    if owner != _APPLICATION_ID and not is_empty:
        raise StoreError(f"{path} is a database of another program; name another path")
    if version > len(known):
        raise StoreError(
            f"{path} has schema {version}, this streamd knows schemas up to {len(known)}; "
            "run the newer streamd that wrote it, or name another path"
        )
    if connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is None:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} of this Python was built without FTS5; use a Python that has it"
        )
    # Only now: it changes the file. Both persist for all later connections.
    if is_empty:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path} cannot have a write-ahead log; use a local file system")
    for number, sql in known[version:]:
        migrate(connection, number, sql)


def migrate(connection: sqlite3.Connection, number: int, sql: str) -> None:
    """Apply one migration, or none of it."""
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {sql}; PRAGMA application_id = {_APPLICATION_ID};"
            f"PRAGMA user_version = {number}; COMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
