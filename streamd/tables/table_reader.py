"""Reads a judged file into items or demand rows, block by block, with a report on every column and row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._cell_shifts import uncertain_cells
from streamd.tables._demand_columns import mapped_demand, skipped_demand
from streamd.tables._import_wording import added_quantities, empty_quantities, netted_returns
from streamd.tables._other_rows import other_row
from streamd.tables._place_rows import PlaceRows
from streamd.tables._recognition import row_type
from streamd.tables.chosen_ids import ChosenIds
from streamd.tables.demand_rows import DemandRows, ImportedDemand
from streamd.tables.files import Row, TableFile, records
from streamd.tables.import_report import MAX_REFUSED_TOLD, ImportReport, RefusedRow
from streamd.tables.item_rows import ImportedRow, ItemRows
from streamd.tables.judgement import Judgement
from streamd.tables.judging import judge


class TableReader:
    """Reads the rows of a file by its judgement, once."""

    def __init__(self, file: TableFile, judgement: Judgement, types: ItemTypes) -> None:
        self._judgement = judgement
        self._types = types
        self._items = {
            name: ItemRows(types.get(name), judgement.header, columns, len(judgement.types))
            for name, columns in judgement.types.items()
        }
        self._demand = None if judgement.demand is None else DemandRows(judgement, judgement.demand)
        self._file = file
        self._records = self._all()
        self._places = {
            name: PlaceRows(types.get(name), columns.place)
            for name, columns in judgement.types.items()
            if columns.place
        }
        self._refused: list[RefusedRow] = []
        self._refused_count = 0
        self.rows = 0
        """Rows that were read so far."""

    def block(self, size: int) -> Sequence[ImportedRow] | None:
        """Read up to `size` rows; returns the items among them, and None at the end."""
        if self._places and not self.rows:
            self._collect()
        found: list[ImportedRow] = []
        before = self.rows
        for row in self._records:
            self.rows += 1
            taken = self._read(row)
            if isinstance(taken, RefusedRow):
                self.refuse(taken)
            elif taken is not None:
                found.append(taken)
            if self.rows - before >= size:
                break
        return found if self.rows > before else None

    def demand(self) -> Sequence[ImportedDemand]:
        """The demand in the rows that were read."""
        return () if self._demand is None else self._demand.quantities()

    def refuse(self, row: RefusedRow) -> None:
        """Count a row as refused."""
        self._refused_count += 1
        if len(self._refused) < MAX_REFUSED_TOLD:
            self._refused.append(row)

    def report(self) -> ImportReport:
        """The report on the rows that were read."""
        judgement = self._judgement
        mapped, kept, skipped = _columns(judgement)
        return ImportReport(
            type=", ".join(judgement.types) or judgement.type_name,
            reason=judgement.reason,
            rows=self.rows,
            accepted=self.rows - self._refused_count,
            mapped=mapped,
            kept=kept,
            skipped=skipped,
            refused=tuple(sorted(self._refused, key=lambda one: one.row)),
            refused_count=self._refused_count,
            notes=tuple(dict.fromkeys(self._notes())),
            judgement=judgement.as_data(),
        )

    def _read(self, row: Row) -> ImportedRow | RefusedRow | None:
        if row.fault:
            return RefusedRow(row.number, row.fault)
        if self._demand is not None:
            why = other_row(row, self._judgement.header)
            return RefusedRow(row.number, why) if why else self._demand.read(row)
        judgement = self._judgement
        if not judgement.is_export and (why := uncertain_cells(row, judgement.header, judgement.form)):
            return RefusedRow(row.number, why)
        cell = row.cell(judgement.type_column) if judgement.type_column is not None else ""
        try:
            name = row_type(cell, judgement.type_name, self._types, exported=judgement.is_export)
        except InvalidMessageError as error:
            return RefusedRow(row.number, error.message)
        found = self._items[name].read(row)
        if name in self._places and isinstance(found, ImportedRow):
            return self._places[name].merged(found)
        return found

    def _all(self) -> Iterator[Row]:
        """The rows below the header, from the first."""
        form, header_row = self._judgement.form, self._judgement.header_row
        return (row for row in records(self._file, form) if row.number > header_row)

    def _collect(self) -> None:
        """Read the rows whose items are put together before the first of them is given out."""
        ((name, places),) = self._places.items()
        for row in self._all():
            if row.fault:
                continue
            is_certain = not uncertain_cells(row, self._judgement.header, self._judgement.form)
            found = self._items[name].read(row) if is_certain else None
            if isinstance(found, ImportedRow):
                places.collect(found)
            elif item_id := self._items[name].id_of(row):
                places.miss(item_id, row.number)

    def _notes(self) -> Iterator[str]:
        yield from self._judgement.notes
        for columns in self._judgement.types.values():
            yield from columns.notes
        if self._demand is not None and self._demand.added_up:
            yield added_quantities(self._demand.added_up)
        if self._demand is not None and self._demand.returns:
            yield netted_returns(self._demand.returns)
        if self._demand is not None and self._demand.empty:
            yield empty_quantities(self._demand.empty)


def _columns(judgement: Judgement) -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """The columns that are mapped, kept and skipped."""
    if judgement.demand is not None:
        columns = judgement.demand.columns
        return mapped_demand(judgement.header, columns), {}, skipped_demand(judgement.header, columns)
    maps = [one.columns for one in judgement.types.values()]
    mapped = {column: field for one in maps for column, field in one.mapped.items()}
    if judgement.type_column is not None:
        mapped[judgement.header[judgement.type_column]] = "type"
    kept = {column: field for one in maps for column, field in one.kept.items() if column not in mapped}
    skipped = {
        column: why
        for one in maps
        for column, why in one.skipped.items()
        if column not in mapped and column not in kept
    }
    return mapped, kept, skipped


@frozen
class TableImport:
    """The content of a table: items, or rows of demand history."""

    items: tuple[Item, ...]
    """Items in the order of the rows, each id once, at version 0."""
    demand: tuple[ImportedDemand, ...]
    report: ImportReport
    cells: Mapping[ItemId, Mapping[str, str]] = attrs.field(factory=dict)
    """Of an export: what stands in it, by item and field. Its items may have values that do not fit their fields, as stored ones may."""


_NOTHING_STORED: Final[Mapping[ItemId, Item]] = {}
_BLOCK_ROWS: Final = 1_000


def read_table(
    content: str | bytes,
    *,
    type_name: str | None = None,
    types: ItemTypes,
    file_name: str = "",
    options: ImportOptions | None = None,
) -> TableImport:
    """Read a CSV table as a whole, as into an empty store; the same rows always get the same ids.

    Args:
        content: with a header; comma, semicolon, tab or bar between the cells.
        type_name: the items' type, by any of its names, or `demand`; None to tell it from the table.
        types: the declared types.
        file_name: counts as a hint where the type must be told from the table.
        options: instead of `type_name` and `file_name`.

    Raises:
        InvalidMessageError: no text, no header, or an unknown type.
        TooLargeError: more rows than a table may have.

    """
    file = TableFile.of(content)
    judgement = judge(file, options or ImportOptions(type_name, file_name), types)
    reader, ids = TableReader(file, judgement, types), ChosenIds()
    items: list[Item] = []
    cells: dict[ItemId, Mapping[str, str]] = {}
    while (block := reader.block(_BLOCK_ROWS)) is not None:
        for row in block:
            found = ids.choose(row, _NOTHING_STORED)
            if isinstance(found, RefusedRow):
                reader.refuse(found)
            else:
                items.append(found)
                cells[found.id] = row.cells
    return TableImport(tuple(items), tuple(reader.demand()), reader.report(), cells)
