"""Rows of a file as items of one type."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import attrs

from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import SOURCE_ID, ItemType
from streamd.core.values import MAX_FIELDS, MAX_INTEGER, Value, check_fields, check_item_id
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._field_cells import MOST_KEPT, FieldCells
from streamd.tables._import_wording import (
    EMPTIED_NAME,
    NO_NAME_OR_ID,
    TOO_LARGE_SUM,
    no_key,
    shortened_key,
    too_many_cells,
)
from streamd.tables._other_rows import other_row
from streamd.tables.cells import BadCellError, is_shortened
from streamd.tables.columns import ITEM_ID, by_place_field, label_of, numeric_field
from streamd.tables.files import Row
from streamd.tables.import_report import RefusedRow
from streamd.tables.judgement import ItemColumns

_UNSTORED: Final = Seq(0)
_NO_CELLS: Final[Mapping[str, str]] = MappingProxyType({})


@frozen
class ImportedRow:
    """The item of a row, before its id is chosen."""

    number: int
    item: Item
    """With the first of its ids."""
    ids: tuple[ItemId, ...]
    """The ids that it may have, the best first."""
    cells: Mapping[str, str] = _NO_CELLS
    """Of an export: what stands in it, by field. Its item may have values that do not fit their fields, as stored ones may."""
    is_named: bool = True
    """Whether the row says the item's name; else it has one for a new item alone."""
    outdated: tuple[str, ...] = ()
    """Fields that are about the values of other ones before."""


@frozen
class ItemRows:
    """Reads rows of one file as items of one type."""

    item_type: ItemType
    header: Sequence[str]
    judged: ItemColumns
    types: int = 1
    """How many types the rows of the file have, which share what is kept of its cells."""
    _stock: tuple[str, str] = attrs.field(init=False)
    """The fields of the stock, and of the stock by place."""

    _cells: Mapping[int, FieldCells] = attrs.field(init=False)
    """By column."""

    @_cells.default
    def _cells_of_columns(self) -> Mapping[int, FieldCells]:
        in_use = tuple(self.judged.columns.in_use())
        kinds, styles, kept = (
            self.judged.kinds,
            self.judged.styles,
            MOST_KEPT // max(1, self.types * len(in_use)),
        )
        return {
            column: FieldCells(field, kinds[column], styles[column], self.item_type, kept)
            for field, column in in_use
        }

    @_stock.default
    def _stock_fields(self) -> tuple[str, str]:
        return numeric_field(self.item_type, "current stock"), by_place_field(self.item_type)

    def read(self, row: Row) -> ImportedRow | RefusedRow:
        """Read the item of a row, or the reason why it is refused."""
        if not self.judged.identity.is_exported and (why := other_row(row, self.header)):
            return RefusedRow(row.number, why)
        if any(cell and not cell.isspace() for cell in row.cells[len(self.header) :]):
            return RefusedRow(row.number, too_many_cells(len(row.cells), len(self.header)))
        try:
            return self._read(row)
        except BadCellError:
            why = ""
        except InvalidMessageError as error:
            why = error.message
        return self._refused(row, why)

    def id_of(self, row: Row) -> ItemId | None:
        """The id that the key of a row makes, whether the row can be read or not; None where it is about no item."""
        key = self.judged.identity.key
        if other_row(row, self.header):
            return None
        texts = (row.cell(column).strip() for column in self.judged.columns.sources.get(key, ()))
        ids = self.judged.identity.ids_of(self.item_type.name, {key: next(filter(None, texts), "")})
        return ItemId(ids[0]) if ids else None

    def _read(self, row: Row) -> ImportedRow | RefusedRow:
        """Read the item of a row. Raises BadCellError or InvalidMessageError, whatever cell is to blame."""
        fields: dict[str, Value] = {"type": self.item_type.name, "name": ""}
        sources, cells = self.judged.columns.sources, self._cells
        for field, columns in sources.items():
            for column in columns:
                value = cells[column].value(row.cell(column))
                if value is None:
                    continue
                if field not in fields or not fields[field]:
                    fields[field] = value
                elif value != fields[field] and column in self.judged.columns.also:
                    fields[self.judged.columns.also[column]] = value
        self._add_places(row, fields)
        named = fields["name"] or any(row.cell(column).strip() == "'" for column in sources.get("name", ()))
        identity = self.judged.identity
        if not named and identity.is_exported and "name" in sources and ITEM_ID in fields:
            return RefusedRow(row.number, EMPTIED_NAME)
        if not named:
            fields["name"] = identity.name_of(self.item_type, fields)
        ids = identity.ids_of(self.item_type.name, fields)
        if not ids and (named or fields["name"]):
            return self._refused(row, no_key(identity.key))
        if not ids or not (named or fields["name"]):
            return self._refused(row, NO_NAME_OR_ID)
        if "E+" in ids[0] and not identity.is_exported and is_shortened(key := ids[0].rpartition("-")[2]):
            return RefusedRow(row.number, shortened_key(key))
        own_id = fields.pop(ITEM_ID, ids[0])
        if own_id != ids[0]:
            fields.setdefault(SOURCE_ID, own_id)
        check_item_id(ids[0])
        self._check_others(fields)
        item = Item(ItemId(ids[0]), fields, dict.fromkeys(fields, _UNSTORED), _UNSTORED, _UNSTORED)
        return ImportedRow(
            row.number,
            item,
            tuple(map(ItemId, ids)),
            self._texts(row),
            is_named=bool(named),
            outdated=self._outdated(fields),
        )

    def _add_places(self, row: Row, fields: dict[str, Value]) -> None:
        """Sum the columns of several places up, and keep what each of them says."""
        by_place: dict[str, dict[str, Value]] = {}
        for field, places in self.judged.columns.places.items():
            for place, column in places.items():
                value = self._cells[column].value(row.cell(column))
                if value is not None:
                    by_place.setdefault(place, {})[field] = value
            there = [found[field] for found in by_place.values() if field in found]
            if there:
                fields.setdefault(field, total(there))
        if by_place:
            fields[by_place_field(self.item_type)] = dict(by_place)

    def _check_others(self, fields: Mapping[str, Value]) -> None:
        """Check what no single cell has. Raises InvalidMessageError."""
        sources = self.judged.columns.sources
        others = {name: value for name, value in fields.items() if name not in sources and name != "type"}
        check_fields(fields if len(fields) > MAX_FIELDS else others)
        if not self.judged.identity.is_exported:
            self.item_type.check_required(fields)
            for name, value in others.items():
                self.item_type.fitted(name, value)

    def _outdated(self, fields: Mapping[str, Value]) -> tuple[str, ...]:
        """The stock by place, where the stock is known anew and not by place."""
        stock, by_place = self._stock
        is_outdated = not self.judged.identity.is_exported and stock in fields and by_place not in fields
        return (by_place,) if is_outdated else ()

    def _refused(self, row: Row, otherwise: str) -> RefusedRow:
        """The refusal of a row for all its cells that do not fit their fields, and what it lacks; for something else, else."""
        wrong: list[RefusedRow] = []
        empty = set(() if self.judged.identity.is_exported else self.item_type.required)
        several = ((field, tuple(places.values())) for field, places in self.judged.columns.places.items())
        for field, columns in (*self.judged.columns.sources.items(), *several):
            for column in columns:
                try:
                    value = self._cells[column].value(row.cell(column))
                except BadCellError as error:
                    wrong.append(self._refusal(row, column, str(error)))
                except InvalidMessageError as error:
                    wrong.append(self._refusal(row, column, error.message))
                else:
                    if value is None:
                        continue
                empty.discard(field)
        if not wrong:
            return RefusedRow(row.number, otherwise)
        lacking = [name for name in self.item_type.required if name in empty and name != "name"]
        others = [RefusedRow(row.number, self.item_type.needs(name).message) for name in lacking]
        return attrs.evolve(wrong[0], others=(*wrong[1:], *others))

    def _texts(self, row: Row) -> Mapping[str, str]:
        """The texts that the fields of a row were read from, where the table is an export."""
        if not self.judged.identity.is_exported:
            return _NO_CELLS
        found = self.judged.columns.sources.items()
        return {
            field: row.cells[columns[0]]
            for field, columns in found
            if len(columns) == 1 and columns[0] < len(row.cells)
        }

    def _refusal(self, row: Row, column: int, why: str) -> RefusedRow:
        return RefusedRow(row.number, why, label_of(self.header, column), row.cell(column))


def total(values: Iterable[Value]) -> Value:
    """The sum of numbers. Raises InvalidMessageError for one that no number is."""
    found = sum((Fraction(str(value)) for value in values), Fraction())
    try:
        as_float = float(found)
    except OverflowError:
        raise InvalidMessageError(TOO_LARGE_SUM) from None
    return int(found) if found.denominator == 1 and abs(found) <= MAX_INTEGER else as_float
