"""Reads all items of a database file beside the daemon that serves it, or without one. Nothing is written or migrated."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from streamd.core.item import Item
from streamd.errors import StoreError
from streamd.stores.sqlite._damage import readable_item, text_of

_BLOCK: Final = 200
_QUERY: Final = """
SELECT rowid, workspace, CAST(id AS BLOB), version, added, CAST(versions AS BLOB), CAST(body AS BLOB)
FROM items WHERE rowid > ? AND body IS NOT NULL ORDER BY rowid LIMIT ?
"""


def stored_items(path: str) -> Iterator[list[tuple[str, Item]]]:
    """Yield the items with their workspaces, in blocks that are one transaction each; damaged ones are left out.

    Raises StoreError when the file cannot be read. Of a file that is not there, or has no items yet, nothing comes.
    """
    if not Path(path).is_file():
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'items'").fetchone():
                return
            last = 0
            while rows := connection.execute(_QUERY, (last, _BLOCK)).fetchall():
                last = rows[-1][0]
                yield [(str(row[1]), item) for row in rows if (item := _item(row)) is not None]
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _item(row: tuple[int, object, bytes, int, int, bytes | None, bytes | None]) -> Item | None:
    try:
        return readable_item(text_of(row[2]), *row[3:])
    except ValueError:
        return None
