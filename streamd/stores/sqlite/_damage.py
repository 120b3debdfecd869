"""Damaged rows: logged once, and left out of results, so that the other rows can be used."""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs
import orjson
import structlog

from streamd.core.item import Item, Seq
from streamd.errors import StoreError
from streamd.facts import define
from streamd.stores.sqlite.packing import item_of_row

log = structlog.get_logger(__name__)

UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError, StoreError)
"""Exceptions that the decoding of a damaged row raises."""
_MAX_NAMED: Final = 10_000
"""Limit of recorded and logged rows: a file that is damaged throughout fills neither memory nor log."""


@define
class DamagedRows:
    """The damaged rows that reads of one store have found. Used by the threads of all its connections."""

    _named: set[tuple[object, ...]] = attrs.field(factory=set)
    _items: dict[tuple[str, str], str] = attrs.field(factory=dict)
    """Types of damaged items, by workspace and id."""

    def report(self, table: str, what: object, **key: object) -> None:
        """Log a row once, with its key and the kind of damage; never with its content."""
        name = (table, *key.values())
        if name not in self._named and len(self._named) < _MAX_NAMED:
            self._named.add(name)
            log.error("row_damaged", table=table, **key, what=str(what))

    def report_item(self, workspace: str, item_id: str, item_type: str, what: object) -> None:
        """Log a damaged item, and count it."""
        self.report("items", what, workspace=workspace, id=item_id)
        if len(self._items) < _MAX_NAMED:
            self._items[workspace, item_id] = item_type

    def count_items(self, workspace: str, item_types: frozenset[str] | None) -> int:
        """Count the damaged items of a workspace (of these types) that were found so far."""
        return sum(
            key[0] == workspace and (item_types is None or item_type in item_types)
            for key, item_type in list(self._items.items())
        )

    def forget_items(self, workspace: str, ids: Iterable[str]) -> None:
        """Remove items from the count, as they were removed from the store."""
        for item_id in ids if self._items else ():
            self._items.pop((workspace, item_id), None)
            self._named.discard(("items", workspace, item_id))


def readable_item(item_id: str, version: int, added: int, versions: bytes | None, body: bytes | None) -> Item:
    """Read the columns of an item one by one. Raises ValueError when the item cannot be read.

    Without its versions an item counts as changed in all fields at its version: a conflict too many is better than one too few.
    """
    flat = orjson.loads(body or b"")
    if not isinstance(flat, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - as other damage
    return item_of_row(item_id, version, added, _positions(versions, flat, version), flat)


def _positions(versions: bytes | None, flat: Mapping[str, object], version: int) -> dict[str, Seq] | None:
    try:
        read = None if versions is None else orjson.loads(versions)
    except ValueError:
        read = ()
    if read is None or (isinstance(read, dict) and all(type(seq) is int for seq in read.values())):
        return read
    return {name: Seq(version) for name in flat if name != "id"}


def text_of(column: bytes | None) -> str:
    """A text column that may not be UTF-8, for the log."""
    return (column or b"").decode("utf-8", "backslashreplace")
