"""Rows that say what of an item is at one place: together they are one item, with its stock by place."""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from streamd.core.item import ItemId, item_of
from streamd.core.item_type import ItemType
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.facts import define
from streamd.tables._import_wording import NO_PLACE, repeated_place, unread_place
from streamd.tables.columns import by_place_field, declared_field, numeric_field
from streamd.tables.files import Row
from streamd.tables.import_report import RefusedRow
from streamd.tables.item_rows import ImportedRow, total
from streamd.tables.judgement import ItemColumns

MAX_PLACE_ROWS: Final = 200_000
"""Of more rows none are put together."""
_PLACE: Final = "location"
_STOCK: Final = "current stock"
_SUMMED: Final = (_STOCK, "on order", "reorder point", "min stock", "max stock")
_KEPT: Final = frozenset({"type", "name"})


def place_field(item_type: ItemType, judged: ItemColumns, rows: Iterable[Row]) -> str:
    """The field of the place, where some rows have the same key and different places; empty where there are none such."""
    place, stock = declared_field(item_type, _PLACE), numeric_field(item_type, _STOCK)
    sources = judged.columns.sources
    if not {place, stock, judged.identity.key} <= sources.keys():
        return ""
    (key_column, *_), (place_column, *_) = sources[judged.identity.key], sources[place]
    places: dict[str, str] = {}
    is_split = False
    for number, row in enumerate(rows):
        if number >= MAX_PLACE_ROWS:
            return ""
        key = row.cell(key_column).strip()
        if key and not is_split and not row.fault:
            there = row.cell(place_column).strip()
            is_split = places.setdefault(key, there) != there
    return place if is_split else ""


@define
class PlaceRows:
    """The rows of a file, put together by item."""

    item_type: ItemType
    place: str
    _rows: dict[ItemId, list[ImportedRow]] = attrs.field(factory=dict)
    _unread: dict[ItemId, int] = attrs.field(factory=dict)
    """Of items that are not known as a whole: the first row that is refused."""

    def collect(self, row: ImportedRow) -> None:
        """Take a row into account, before any is merged."""
        self._rows.setdefault(row.ids[0], []).append(row)

    def miss(self, item_id: ItemId, number: int) -> None:
        """Take a row into account that is refused."""
        self._unread.setdefault(item_id, number)

    def merged(self, row: ImportedRow) -> ImportedRow | RefusedRow | None:
        """The whole item for its first row, None for the others; a second row for one place is refused, and so is one without."""
        if missed := self._unread.get(row.ids[0]):
            return RefusedRow(row.number, unread_place(missed))
        rows = self._rows[row.ids[0]]
        if len(rows) == 1:
            return row
        place = self._place(row)
        if not place:
            return RefusedRow(row.number, NO_PLACE)
        first_there = next(one for one in rows if self._place(one) == place)
        if first_there.number != row.number:
            return RefusedRow(row.number, repeated_place(row.ids[0], place))
        by_place = {there: one for one in reversed(rows) if (there := self._place(one))}
        first = min(by_place.values(), key=lambda one: one.number)
        if row.number != first.number:
            return None
        try:
            return self._whole(row, dict(reversed(by_place.items()))) if len(by_place) > 1 else row
        except InvalidMessageError as error:
            return RefusedRow(row.number, error.message)

    def _whole(self, row: ImportedRow, by_place: Mapping[str, ImportedRow]) -> ImportedRow:
        """One item with what is the same at all places, the sums of quantities, and what differs by place."""
        all_fields = [one.item.fields for one in by_place.values()]
        names = dict.fromkeys(name for fields in all_fields for name in fields)
        summed = {numeric_field(self.item_type, one) for one in _SUMMED}
        stock = numeric_field(self.item_type, _STOCK)
        fields: dict[str, Value] = {}
        apart: list[str] = [stock]
        for name in names:
            values = [one.get(name) for one in all_fields]
            if name in summed:
                fields[name] = total([value for value in values if value is not None])
            elif name in _KEPT or all(value == values[0] for value in values):
                fields[name] = row.item.fields[name]
                continue
            if name not in (stock, self.place) and any(value != values[0] for value in values):
                apart.append(name)
        fields[by_place_field(self.item_type)] = {
            place: {name: one.item.fields[name] for name in apart if name in one.item.fields}
            for place, one in by_place.items()
        }
        return attrs.evolve(row, item=item_of({"id": row.item.id, **fields}))

    def _place(self, row: ImportedRow) -> str:
        return str(row.item.fields.get(self.place, ""))
