"""Judges whether a file holds demand history, and how its quantities and dates are written."""

from collections.abc import Collection, Sequence

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables._demand_columns import DemandColumns, demand_columns, is_demand, is_plainly_demand
from streamd.tables._evidence import ColumnEvidence, FileEvidence
from streamd.tables._import_questions import (
    MAYBE_DEMAND,
    day_or_year,
)
from streamd.tables._import_wording import taken_for_year
from streamd.tables._recognition import is_export, type_by_word
from streamd.tables._styles import StyledColumn, styles_of
from streamd.tables.cells import CellStyle, month_or_day, months_of_one_year
from streamd.tables.files import TableFile, TextFormat, records


def holds_demand(
    file: TableFile, form: TextFormat, found: FileEvidence, options: ImportOptions, types: ItemTypes
) -> bool:
    """Whether a file holds demand. Raises InvalidMessageError where it may, and nobody says so."""
    header = found.header
    if options.type_name is None:
        columns = None if is_export(header) else demand_columns(header, dates=options.dates)
        if columns is None:
            return False
        rows = (row for row in records(file, form) if row.number > found.header_row and not row.fault)
        if not is_plainly_demand(header, columns, (row.cell(columns.item).strip() for row in rows)):
            raise InvalidMessageError(MAYBE_DEMAND, path="item_type")
        return True
    return is_demand(options.type_name) and type_by_word(options.type_name, types) is None


def demand_style(
    file: TableFile,
    columns: DemandColumns,
    header: Sequence[str],
    evidence: Sequence[ColumnEvidence],
    form: TextFormat,
    options: ImportOptions,
) -> tuple[CellStyle, Sequence[str]]:
    """One format for all quantities and dates. Raises InvalidMessageError for dates that may be days or months."""
    dates: Collection[str] = [header[column] for column, _ in columns.periods]
    if columns.date is not None:
        dates = dict.fromkeys(row.cell(columns.date) for row in records(file, form) if not row.fault)
        if short := month_or_day(dates):
            raise InvalidMessageError(day_or_year(short), path="text")
    one_year = months_of_one_year(dates)
    quantities = ColumnEvidence()
    found = [(column, kind) for column, _, kind in columns.fields() if kind != "string"]
    for column, kind in found:
        if kind == "number":
            quantities.add(evidence[column])
    styles, notes = styles_of(
        [
            StyledColumn(column, kind, quantities if kind == "number" else evidence[column])
            for column, kind in found
        ],
        header,
        form,
        options,
        exported=False,
    )
    return CellStyle(
        decimal_comma=any(one.decimal_comma for one in styles.values()),
        day_first=any(one.day_first for one in styles.values()),
    ), notes if one_year is None else (*notes, taken_for_year(*one_year))
