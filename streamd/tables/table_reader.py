"""Reads CSV text into items or demand rows, with a report on every column and row."""

from collections.abc import Mapping

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.values import nfc
from streamd.errors import InvalidMessageError
from streamd.tables._cells import CellStyle, read_cell
from streamd.tables._import_wording import NO_TYPE, TYPE_AS_GIVEN, TYPE_FROM_COLUMNS, repeated_id
from streamd.tables._item_rows import ItemRows, item_rows
from streamd.tables._recognition import Recognition, is_export, recognise, type_by_word
from streamd.tables.demand_rows import ImportedDemand, demand_columns, is_demand, read_demand
from streamd.tables.grid import Grid, Row, read_grid
from streamd.tables.import_report import ImportReport, RefusedRow


@attrs.frozen
class TableImport:
    """The content of a table: items, or rows of demand history."""

    items: tuple[Item, ...]
    """Items in the order of the rows, each id once, at version 0."""
    demand: tuple[ImportedDemand, ...]
    report: ImportReport
    cells: Mapping[ItemId, Mapping[str, str]] = attrs.field(factory=dict)
    """Of an export: what stands in it, by item and field. Its items may have values that do not fit their fields, as stored ones may."""


def read_table(
    text: str, *, type_name: str | None = None, types: ItemTypes, file_name: str = ""
) -> TableImport:
    """Read a CSV table; the same rows always get the same ids.

    Args:
        text: with a header; comma, semicolon, tab or bar between the cells.
        type_name: the items' type, by any of its names, or `demand`; None to tell it from the table.
        types: the declared types.
        file_name: counts as a hint where the type must be told from the table.

    Raises:
        InvalidMessageError: no text, no header, or an unknown type.
        TooLargeError: more than 100,000 rows or 64 KiB in a cell.

    """
    grid = read_grid(text)
    if _holds_demand(grid, type_name, types):
        rows, report = read_demand(grid, reason=TYPE_AS_GIVEN if type_name else TYPE_FROM_COLUMNS)
        return TableImport(items=(), demand=rows, report=report)
    recognition = recognise(grid, types, type_name=type_name, file_name=file_name)
    return _read_items(grid, types, recognition)


def _holds_demand(grid: Grid, type_name: str | None, types: ItemTypes) -> bool:
    if type_name is None:
        return not is_export(grid.header) and demand_columns(grid.header) is not None
    return is_demand(type_name) and type_by_word(type_name, types) is None


def _read_items(grid: Grid, types: ItemTypes, recognition: Recognition) -> TableImport:
    exported = is_export(grid.header)
    refused: list[RefusedRow] = []
    by_type: dict[str, list[Row]] = {}
    type_of: dict[int, str] = {}
    for row in grid.rows:
        try:
            name = _type_of(row, recognition, types, exported=exported)
        except InvalidMessageError as error:
            refused.append(RefusedRow(row.number, error.message))
            continue
        type_of[row.number] = name
        by_type.setdefault(name, []).append(row)
    if not by_type and recognition.name:
        by_type[recognition.name] = []
    readers = {
        name: item_rows(grid, rows, types.get(name), type_column=recognition.type_column, exported=exported)
        for name, rows in by_type.items()
    }
    items: list[Item] = []
    cells: dict[ItemId, Mapping[str, str]] = {}
    taken: set[str] = set()
    for row in grid.rows:
        if row.number not in type_of:
            continue
        found = readers[type_of[row.number]].read(row)
        if isinstance(found, RefusedRow):
            refused.append(found)
        elif nfc(found.id) in taken:
            refused.append(RefusedRow(row.number, repeated_id(found.id)))
        else:
            taken.add(nfc(found.id))
            if exported:
                cells[found.id] = readers[found.type].cells(row)
            items.append(found)
    refused.sort(key=lambda one: one.row)
    return TableImport(
        items=tuple(items),
        demand=(),
        report=_report(grid, recognition, readers, taken=len(items), refused=refused),
        cells=cells,
    )


def _type_of(row: Row, recognition: Recognition, types: ItemTypes, *, exported: bool) -> str:
    """The type of one row: in an export the exact type, else any name of a declared type."""
    cell = row.cell(recognition.type_column) if recognition.type_column is not None else ""
    type_word = str(read_cell(cell, "string", style=CellStyle()) or "")
    if not type_word:
        if not recognition.name:
            raise InvalidMessageError(NO_TYPE, path="type")
        return recognition.name
    if exported:
        return types.get(type_word).name
    return type_by_word(type_word, types) or types.get(type_word).name


def _report(
    grid: Grid,
    recognition: Recognition,
    readers: dict[str, ItemRows],
    *,
    taken: int,
    refused: list[RefusedRow],
) -> ImportReport:
    maps = [reader.columns for reader in readers.values()]
    mapped = {column: field for one in maps for column, field in one.mapped.items()}
    if recognition.type_column is not None:
        mapped[grid.header[recognition.type_column]] = "type"
    kept = {column: field for one in maps for column, field in one.kept.items() if column not in mapped}
    skipped = {
        column: why
        for one in maps
        for column, why in one.skipped.items()
        if column not in mapped and column not in kept
    }
    return ImportReport(
        type=", ".join(readers),
        reason=recognition.reason,
        rows=len(grid.rows),
        accepted=taken,
        mapped=mapped,
        kept=kept,
        skipped=skipped,
        refused=tuple(refused),
        refused_count=len(refused),
        notes=tuple(dict.fromkeys(note for reader in readers.values() for note in reader.notes)),
    )
