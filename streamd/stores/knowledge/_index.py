"""The index: an SQLite file with FTS5. Each function runs in a connection's thread."""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import orjson

from streamd.core.document_passage import Passage
from streamd.errors import StoreError
from streamd.facts import frozen
from streamd.ports.knowledge import Extent
from streamd.stores.knowledge._folder import Stamp
from streamd.stores.knowledge._passages import UnindexedPassage
from streamd.stores.sqlite import json_text, transaction

VERSION: Final = 1
_APPLICATION_ID: Final = 0x7374726B
"""`strk`, in the file's header, so that the database of another program is not mistaken for an old index."""
_SETTINGS: Final = """
PRAGMA journal_mode = WAL;
-- A cache: what a power failure loses is indexed again. Safe against kill -9, without waiting for the disk.
PRAGMA synchronous = NORMAL;
"""
_UNUSABLE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _statements(text: str) -> Mapping[str, str]:
    _, *named = re.split(r"^-- name: *(\w+) *$", text, flags=re.MULTILINE)
    return dict(zip(named[::2], named[1::2], strict=True))


_SQL: Final = _statements(_text("index.sql"))
_SCHEMA: Final = tuple(_statements(_text("schema.sql")).values())


@frozen
class Indexed:
    """A document with its passages, to be written to the index."""

    path: str
    stamp: Stamp
    title: str
    passages: Sequence[UnindexedPassage]


def require_fts5(connection: sqlite3.Connection) -> None:
    """Raise StoreError when this Python's SQLite has no full-text search."""
    try:
        connection.executescript("CREATE VIRTUAL TABLE temp.probe USING fts5 (text); DROP TABLE temp.probe")
    except sqlite3.Error as error:
        raise StoreError(
            f"this Python's SQLite {sqlite3.sqlite_version} has no full-text search ({error}); use a Python whose "
            "sqlite3 has FTS5, or set no knowledge folder"
        ) from error


def drop_unusable(path: str) -> str | None:
    """Remove an index that is damaged or of another version. Returns the reason, or None when nothing was removed.

    Raises StoreError when the file is a database of another program.
    """
    if not Path(path).exists():
        return None
    reason = _fault(path)
    if reason is not None:
        for ending in ("", "-wal", "-shm"):
            Path(path + ending).unlink(missing_ok=True)
    return reason


def _fault(path: str) -> str | None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None:
            return None
        if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
            raise StoreError(f"{path} is a database of another program; name another path")
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            return "it is of another version"
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return "it is damaged"
    except sqlite3.DatabaseError as error:
        if _primary_code(error) not in _UNUSABLE:
            raise StoreError(f"{path} cannot be opened ({error}); look at its permissions") from error
        return "it is damaged"
    finally:
        connection.close()
    return None


def prepare(connection: sqlite3.Connection) -> None:
    """Create the tables, unless they exist."""
    require_fts5(connection)
    connection.executescript(_SETTINGS)
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        recreate_tables(connection)


def recreate_tables(connection: sqlite3.Connection) -> None:
    """Create empty tables in place of existing ones."""
    with transaction(connection):
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def is_damage(error: StoreError) -> bool:
    """Whether an error means that the index is corrupt and must be recreated."""
    return _primary_code(error.__cause__) == sqlite3.SQLITE_CORRUPT


def _primary_code(error: BaseException | None) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def documents(connection: sqlite3.Connection) -> dict[str, Stamp]:
    """Stamps of the indexed documents, by path."""
    rows = orjson.loads(connection.execute(_SQL["documents"]).fetchone()[0])
    return {path: Stamp(mtime_ns, size) for path, mtime_ns, size in rows}


def extent(connection: sqlite3.Connection) -> Extent:
    """Numbers of indexed documents and passages."""
    return Extent(*connection.execute(_SQL["extent"]).fetchone())


def update(connection: sqlite3.Connection, removed: Iterable[str], put: Sequence[Indexed]) -> None:
    """Remove documents and write others, in one transaction."""
    paths = {"paths": json_text([*removed, *(document.path for document in put)])}
    with transaction(connection):
        connection.execute(_SQL["remove_passages"], paths)
        connection.execute(_SQL["remove_documents"], paths)
        beyond: int = connection.execute(_SQL["next"]).fetchone()[0]
        rows: list[object] = []
        passages: list[object] = []
        for document in put:
            first = beyond
            for beyond, passage in enumerate(document.passages, start=first + 1):
                place = (passage.section_number, passage.line)
                passages.append(
                    (beyond - 1, document.title, passage.section, passage.text, document.path, *place)
                )
            rows.append((document.path, document.stamp.mtime_ns, document.stamp.size, first, beyond))
        connection.execute(_SQL["put_documents"], {"rows": json_text(rows)})
        connection.execute(_SQL["put_passages"], {"rows": json_text(passages)})


def search(connection: sqlite3.Connection, question: str, limit: int) -> Sequence[Passage]:
    """Search an FTS5 expression; returns the best passage of each section, best first."""
    fetched = 4 * limit
    while True:
        arguments = {"question": question, "limit": fetched}
        rows = orjson.loads(connection.execute(_SQL["search"], arguments).fetchone()[0])
        best: dict[tuple[str, int], Passage] = {}
        for title, section, text, source, section_number, line, score in rows:
            best.setdefault((source, section_number), Passage(source, title, text, score, section, line))
        if len(best) >= limit or len(rows) < fetched:
            # Passages of equal score have a stable order.
            ranked = sorted(best.values(), key=lambda one: (-one.score, one.source, one.line))
            return ranked[:limit]
        fetched *= 4
