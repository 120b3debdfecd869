"""Packs many rows into one value.

Python releases its interpreter lock around every step of a statement and must reacquire it afterwards; against a busy
event loop that takes up to five milliseconds, so 256 rows written or read one by one can take over a second. Therefore
what each edit writes goes to SQLite as many rows of parameters in one statement, and everything else as one JSON array and
one concatenation of bytes: simpler, but SQLite takes more than twice as long for it. Many rows are read as one.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final, TypeAlias

import attrs
import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.values import Value
from streamd.facts import define

_MOST_ROWS: Final = 256
"""Of one statement, which takes 0.4 MB: as many as a commit usually has."""
_KEPT_BYTES: Final = 131_072
"""A statement holds what it was given last, and there are some of each: they let go of what is longer."""
_ROW: Final = re.compile(r"(?<=\(VALUES )(\([?, ]+\))")


def put_rows(
    connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[str | int | None]], size: int
) -> int:
    """Run a statement for many rows, whose texts have about `size` bytes; returns how many it has written.

    Texts are not bytes, and what is missing often is '': what is of another type than `str` and `int` costs Python as much to
    pass on as SQLite to write.
    """
    written = 0
    for start in range(0, len(rows), _MOST_ROWS):
        block = rows[start : start + _MOST_ROWS]
        room = 1 << (len(block) - 1).bit_length()
        wanted = _with_rows(statement, room)
        nothing = [0] * (len(block[0]) * (room - len(block)))
        parameters = [*chain.from_iterable(block), *nothing, len(block)]
        written += connection.execute(wanted, parameters).rowcount
        if size > _KEPT_BYTES:
            connection.execute(wanted, [0] * len(parameters))  # no rows
    return written


@cache
def _with_rows(statement: str, room: int) -> str:
    """The statement with room for so many rows: a power of two, as to compile one takes longer than to run it."""
    before, row, after = _ROW.split(statement)
    return f"{before}{', '.join([row] * room)}{after}"


@define
class Pieces:
    """Concatenates long values into one parameter."""

    _pieces: list[bytes] = attrs.field(factory=list)
    _end: int = 1

    def add(self, piece: bytes | None) -> tuple[int, int]:
        """Append a piece; returns its start (from 1, as `substr` counts; 0: None) and its length."""
        if piece is None:
            return (0, 0)
        start, length = self._end, len(piece)
        self._pieces.append(piece)
        self._end = start + length
        return (start, length)

    def joined(self) -> bytes:
        """The concatenation of all pieces."""
        return b"".join(self._pieces)


def json_text(rows: Sequence[object]) -> str:
    """Encode rows as a JSON parameter."""
    return orjson.dumps(rows).decode()


def cut(joined: bytes | None, lengths: Sequence[int]) -> Iterator[bytes]:
    """Split a concatenation into its pieces, by their lengths. Those of damaged rows may be anything."""
    joined = joined or b""
    start = 0
    for length in lengths:
        yield joined[start : start + length]
        start += length


ItemRow: TypeAlias = tuple[str, ItemId, str | None, Seq | None, Seq, str, str]
"""Workspace, id, type, added, version, versions, body."""


def item_row(workspace: str, item: Item | Tombstone, *, is_new: bool) -> ItemRow:
    """Convert an item to a row of `put_items`. `is_new`: under an id that none had before, and unchanged since."""
    if isinstance(item, Tombstone):
        return (workspace, item.id, None, None, item.version, "", "")
    versions = "" if is_new else orjson.dumps(item.versions).decode()  # else all fields have the item's
    body = orjson.dumps(item.flat()).decode()
    return (workspace, item.id, item.type, item.added, item.version, versions, body)


def item_of_row(
    item_id: str, version: int, added: int, versions: dict[str, Seq] | None, flat: dict[str, Value]
) -> Item:
    """Convert a row to an item. Raises ValueError when it is none, or another one than its id says.

    The item takes over `flat`, whose values were validated before they were stored.
    """
    try:
        if flat.pop("id") != item_id or type(flat["type"]) is not str:
            raise ValueError("the body is of another item, or of none")
        if versions is None:
            versions = dict.fromkeys(flat, Seq(added))
        elif not all(type(seq) is int for seq in versions.values()):
            raise ValueError("the versions are no positions")
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the body or the versions are no JSON object") from error
    return Item(ItemId(item_id), flat, versions, Seq(version), Seq(added))
