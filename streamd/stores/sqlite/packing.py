"""Packs many rows into one value.

Python releases its interpreter lock around every step of a statement and must reacquire it afterwards; against a busy
event loop that takes up to five milliseconds, so 256 rows written or read one by one can take over a second. Therefore
a batch goes to SQLite as one JSON array and one concatenation of bytes, and many rows are read as one.
"""

from collections.abc import Iterator, Sequence

import attrs
import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.values import Value
from streamd.facts import define


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


def item_row(workspace: str, item: Item | Tombstone, pieces: Pieces, *, is_new: bool) -> tuple[object, ...]:
    """Convert an item to a row of `put_items`. `is_new`: under an id that none had before, and unchanged since."""
    if isinstance(item, Tombstone):
        return (workspace, item.id, None, None, item.version, 0, 0, 0, 0)
    versions = None if is_new else orjson.dumps(item.versions)  # else all fields have the item's
    body = orjson.dumps(item.flat())
    return (
        workspace, item.id, item.type, item.added, item.version, *pieces.add(versions), *pieces.add(body),
    )  # fmt: skip


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
