"""Unused space in the file: given back to the system in small parts, as SQLite does by itself only with a whole rewrite."""

import sqlite3
from typing import Final

import structlog

from streamd.stores.sqlite._served_file import ServedFile

log = structlog.get_logger(__name__)

_INCREMENTAL: Final = 2
"""`auto_vacuum` of a file that can give space back in parts."""
_PART_PAGES: Final = 256
"""Pages that one part gives back: other commits wait for a few milliseconds."""
_SPARE_SHARE: Final = 8
"""One page in so many may be unused, for what comes next …"""
_SPARE_PAGES: Final = 1024
"""… and so many in any case."""
_SOON_REWRITTEN_PAGES: Final = 16_384
"""Pages of a file that is rewritten in well under a second."""


def may_shrink(connection: sqlite3.Connection, file: ServedFile) -> None:
    """Enable the file to give space back: one of an older version is rewritten once, if it is small."""
    if _number(connection, "auto_vacuum") == _INCREMENTAL:
        return
    pages = _number(connection, "page_count")
    if pages > _SOON_REWRITTEN_PAGES:
        log.warning(
            "store_cannot_shrink",
            path=str(file.path),
            pages=pages,
            hint="stop the daemon once and run: sqlite3 FILE 'PRAGMA auto_vacuum = INCREMENTAL; VACUUM'",
        )
        return
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    file.rewrite(connection)


def give_back(connection: sqlite3.Connection) -> bool:
    """Give a part of the unused pages back, if they are many. Returns whether there are more."""
    if _number(connection, "auto_vacuum") != _INCREMENTAL:
        return False
    spare = max(_SPARE_PAGES, _number(connection, "page_count") // _SPARE_SHARE)
    surplus = _number(connection, "freelist_count") - spare
    if surplus <= 0:
        return False
    # As a script: `execute` would end it after the first page, because its rows have no columns.
    connection.executescript(f"PRAGMA incremental_vacuum({min(surplus, _PART_PAGES)})")
    return surplus > _PART_PAGES


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    found: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return found
