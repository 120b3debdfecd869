"""Many rows in one value.

Python gives up its interpreter lock around every step of a statement and must win it back afterwards; against a busy
event loop that takes up to five milliseconds, so 256 rows written or read one by one can take over a second. Therefore
a batch goes to SQLite as one JSON array and one run of bytes, and many rows come back as one.
"""

from collections.abc import Iterator, Sequence

import attrs
import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone


@attrs.define
class Pieces:
    """Long texts, one after the other."""

    _pieces: list[bytes] = attrs.field(factory=list)
    _end: int = 1

    def add(self, piece: bytes | None) -> tuple[int, int]:
        """Where a piece begins (from 1, as `substr` counts; 0: None) and how long it is."""
        if piece is None:
            return (0, 0)
        begin = self._end
        self._pieces.append(piece)
        self._end += len(piece)
        return (begin, len(piece))

    def joined(self) -> bytes:
        """All of them."""
        return b"".join(self._pieces)


def json_text(rows: Sequence[object]) -> str:
    """Rows as the JSON that SQLite takes."""
    return orjson.dumps(rows).decode()


def cut(joined: bytes | None, lengths: Sequence[int]) -> Iterator[bytes]:
    """The pieces again, by their lengths."""
    begin = 0
    for length in lengths:
        yield (joined or b"")[begin : begin + length]
        begin += length


def item_row(workspace: str, item: Item | Tombstone, pieces: Pieces) -> tuple[object, ...]:
    """An item as `put_items` takes it."""
    if isinstance(item, Tombstone):
        return (workspace, item.id, None, None, item.version, 0, 0, 0, 0)
    is_new = item.version == item.added  # then so is the version of every field
    versions = None if is_new else orjson.dumps(item.versions)
    body = orjson.dumps(item.flat())
    return (
        workspace, item.id, item.type, item.added, item.version, *pieces.add(versions), *pieces.add(body),
    )  # fmt: skip


def item_of_row(version: int, added: int, versions: dict[str, Seq] | None, flat: dict[str, object]) -> Item:
    """The item again. Takes `flat` over."""
    item_id = ItemId(str(flat.pop("id")))
    if versions is None:
        versions = dict.fromkeys(flat, Seq(added))
    # What was read was checked before it was written.
    return Item(item_id, flat, versions, Seq(version), Seq(added))  # type: ignore[arg-type]
