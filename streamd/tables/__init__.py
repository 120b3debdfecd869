"""Reads CSV text into items and demand history, and writes items as CSV text.

`read_table` recognises the type of a table and reports what became of each column and row; `write_table` is its inverse,
`TableWriter` for items that come in blocks.
`cell_of` writes one value. `mended` reads a stored value as a cell would be read, `day_first_in` tells how dates
are written, `is_unclear` where that decides, `lacks_day` where a date is none yet. `read_grid` reads the cells alone, and `merged_reports` joins the reports of a file that was read in parts.
"""

from streamd.tables.demand_rows import ImportedDemand, demand_columns
from streamd.tables.grid import Grid, Row, read_grid
from streamd.tables.import_report import (
    ImportReport,
    ImportReportData,
    RefusedRow,
    merged_reports,
    report_from,
)
from streamd.tables.mending import day_first_in, is_unclear, lacks_day, mended
from streamd.tables.table_reader import TableImport, read_table
from streamd.tables.table_writer import TableWriter, cell_of, write_table

__all__ = [
    "Grid",
    "ImportReport",
    "ImportReportData",
    "ImportedDemand",
    "RefusedRow",
    "Row",
    "TableImport",
    "TableWriter",
    "cell_of",
    "day_first_in",
    "demand_columns",
    "is_unclear",
    "lacks_day",
    "mended",
    "merged_reports",
    "read_grid",
    "read_table",
    "report_from",
    "write_table",
]
