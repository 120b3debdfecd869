"""Past tables: the items of an earlier position, in a file of their own that has no name, so that they take no memory."""

import os
import sqlite3
import tempfile
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import orjson

from streamd.core.item import START, Item, ItemId, Seq, item_of
from streamd.errors import StoreError
from streamd.long_work import CLOSING
from streamd.ports.store import MOST_PAGE_BYTES

_BLOCK: Final = 500

_SET_UP: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -2048;
CREATE TABLE items (id TEXT PRIMARY KEY, added INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX items_by_place ON items (added);
BEGIN;
"""
_SOME: Final = "SELECT added, body FROM items WHERE id IN (SELECT value FROM json_each(?))"
_REMOVE: Final = "DELETE FROM items WHERE id IN (SELECT value FROM json_each(?))"
_IN_ORDER: Final = "SELECT added, body FROM items WHERE added > ? ORDER BY added"


class PastTable:
    """Implements `ItemsThen`. One thread fills it; then any may read it."""

    def __init__(self, directory: Path) -> None:
        handle, path = tempfile.mkstemp(prefix="streamd-", dir=directory)
        os.close(handle)
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            CLOSING.start()
            weakref.finalize(self, CLOSING.close, self._connection.close)
            self._connection.executescript(_SET_UP)
        finally:
            Path(path).unlink()  # it is there until it is closed

    def put(self, items: Iterable[Item]) -> None:
        """Add items."""
        rows = [(item.id, item.added, orjson.dumps(item.flat())) for item in items]
        self._connection.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", rows)

    def take(self, ids: Collection[ItemId]) -> Sequence[Item]:
        """Remove items, those of these ids that there are, and return them."""
        wanted = (orjson.dumps(list(ids)).decode(),)
        found = [_item(*row) for row in self._connection.execute(_SOME, wanted)]
        self._connection.execute(_REMOVE, wanted)
        return found

    def blocks(self, after: Seq = START) -> Iterator[Sequence[Item]]:
        """Read the items."""
        block: list[Item] = []
        size = 0
        try:
            for added, body in self._connection.execute(_IN_ORDER, (after,)):
                block.append(_item(added, body))
                size += len(body)
                if len(block) == _BLOCK or size >= MOST_PAGE_BYTES:
                    yield block
                    block, size = [], 0
        except sqlite3.Error as error:
            raise StoreError(f"the file with items of the past cannot be read: {error}") from error
        yield block


def past_table(directory: Path) -> PastTable:
    """Make an empty table. Raises StoreError when the directory takes no file."""
    try:
        return PastTable(directory)
    except OSError as error:
        raise StoreError(f"items of the past cannot be written to disk: {error.strerror}") from error


def _item(added: int, body: bytes) -> Item:
    return item_of(orjson.loads(body), version=Seq(added))
