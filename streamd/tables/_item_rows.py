"""Rows of a grid as items of one type."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import attrs

from streamd.core.item import Item, item_of
from streamd.core.item_type import SOURCE_ID, ItemType
from streamd.core.values import Value, check_fields, check_item_id
from streamd.errors import InvalidMessageError
from streamd.tables._cells import (
    BadCellError,
    CellKind,
    CellStyle,
    loose_value,
    read_cell,
    read_written_cell,
)
from streamd.tables._columns import ITEM_ID, ColumnMap, label_of, map_columns
from streamd.tables._dates import day_votes
from streamd.tables._identity import Identity, key_fields, unique
from streamd.tables._import_wording import DECIMAL_COMMA, NO_NAME_OR_ID, ambiguous_dates, too_many_cells
from streamd.tables._numerals import comma_votes
from streamd.tables.grid import Grid, Row
from streamd.tables.import_report import RefusedRow

_ROWS_TO_JUDGE: Final = 1_000
"""The number of rows from which the format of numbers and dates is inferred."""


@attrs.frozen
class ItemRows:
    """Reads rows of one grid as items of one type."""

    item_type: ItemType
    header: tuple[str, ...]
    columns: ColumnMap
    identity: Identity
    style: CellStyle
    kinds: Mapping[int, CellKind]
    """The kind of cells of each column in use."""
    exported: bool = False
    """Whether the table is an export: then who compares it with what is stored judges what does not fit, as it is there, too."""
    notes: tuple[str, ...] = ()

    def read(self, row: Row) -> Item | RefusedRow:
        """Read the item of a row, or the reason why it is refused."""
        if any(cell and not cell.isspace() for cell in row.cells[len(self.header) :]):
            return RefusedRow(row.number, too_many_cells(len(row.cells), len(self.header)))
        fields: dict[str, Value] = {"type": self.item_type.name, "name": ""}
        for field, columns in self.columns.sources.items():
            for column in columns:
                try:
                    value = self._value(field, row.cell(column), column)
                except BadCellError as error:
                    return self._refusal(row, column, str(error))
                except InvalidMessageError as error:
                    return self._refusal(row, column, error.message)
                if value is not None:
                    fields[field] = value
                    break
        named = fields["name"] or any(
            row.cell(column).strip() == "'" for column in self.columns.sources.get("name", ())
        )
        if not named:
            fields["name"] = self.identity.name_of(self.item_type, fields)
        item_id = self.identity.id_of(self.item_type.name, fields)
        if not item_id or not (named or fields["name"]):
            return RefusedRow(row.number, NO_NAME_OR_ID)
        own_id = fields.pop(ITEM_ID, item_id)
        if own_id != item_id:
            fields.setdefault(SOURCE_ID, own_id)
        try:
            check_item_id(item_id)
            check_fields(fields)
            if not self.exported:
                self.item_type.check(fields)
        except InvalidMessageError as error:
            return RefusedRow(row.number, error.message)
        return item_of({"id": item_id, **fields})

    def cells(self, row: Row) -> Mapping[str, str]:
        """The texts that the fields of a row were read from, where the table is an export."""
        if not self.exported:
            return {}
        found = self.columns.sources.items()
        return {field: row.cell(columns[0]) for field, columns in found if len(columns) == 1}

    def _value(self, field: str, text: str, column: int) -> Value | None:
        spec, kind = self.item_type.fields.get(field), self.kinds[column]
        unit = spec.unit if spec else ""
        if self.exported:
            value = read_written_cell(text, kind, unit=unit)
        else:
            value = read_cell(text, kind, style=self.style, unit=unit)
        if value is not None and field != ITEM_ID:
            check_fields({field: value})
            if not self.exported:
                self.item_type.fitted(field, value)
        return value

    def _refusal(self, row: Row, column: int, why: str) -> RefusedRow:
        return RefusedRow(row.number, why, label_of(self.header, column), row.cell(column))


def item_rows(
    grid: Grid, rows: Sequence[Row], item_type: ItemType, *, type_column: int | None, exported: bool
) -> ItemRows:
    """A reader for those rows of a grid that are of one type."""
    filled = [any(not _blank(row.cell(column)) for row in rows) for column in range(len(grid.header))]
    columns = map_columns(grid.header, item_type, filled=filled, type_column=type_column)
    kinds = {
        column: _kind(item_type, field, column, rows, exported=exported)
        for field, found in columns.sources.items()
        for column in found
    }
    style, notes = (CellStyle(), ()) if exported else _style(grid, rows, kinds)
    keys = tuple(
        field
        for field in key_fields(item_type)
        if any(unique([row.cell(column) for row in rows]) for column in columns.sources.get(field, ())[:1])
    )
    return ItemRows(
        item_type=item_type,
        header=grid.header,
        columns=columns,
        identity=Identity(keys, exported=exported),
        style=style,
        kinds=kinds,
        exported=exported,
        notes=notes,
    )


def _kind(item_type: ItemType, field: str, column: int, rows: Sequence[Row], *, exported: bool) -> CellKind:
    """The kind of a column as declared; of a further field text, unless the table is an export or all cells agree on another."""
    if field in item_type.fields:
        return item_type.fields[field].kind
    if field in ("name", "subtitle", ITEM_ID):
        return "string"
    if exported:
        return "any"
    if field == SOURCE_ID:
        return "string"
    cells = (cell for row in rows if not _blank(cell := row.cell(column)))
    return "any" if all(not isinstance(loose_value(cell.strip()), str) for cell in cells) else "string"


def _style(
    grid: Grid, rows: Sequence[Row], kinds: Mapping[int, CellKind]
) -> tuple[CellStyle, tuple[str, ...]]:
    """Infer the format of numbers and dates from the unambiguous ones."""
    commas = days = unclear = 0
    for row in islice(rows, _ROWS_TO_JUDGE):
        for column, kind in kinds.items():
            if kind in ("number", "integer"):
                commas += comma_votes(row.cell(column))
            elif kind == "date":
                vote = day_votes(row.cell(column))
                days += vote
                unclear += not vote and "/" in row.cell(column) and not row.cell(column)[:4].isdigit()
    european = grid.delimiter == ";"
    style = CellStyle(
        decimal_comma=commas > 0 or (commas == 0 and european),
        day_first=days > 0 or (days == 0 and european),
    )
    notes = []
    if commas > 0 and not european:
        notes.append(DECIMAL_COMMA)
    if unclear and not days:
        notes.append(ambiguous_dates(day_first=style.day_first))
    return style, tuple(notes)


def _blank(cell: str) -> bool:
    return not cell or cell.isspace()
