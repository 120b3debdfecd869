"""Reads CSV files into items and demand history, and writes items as CSV text.

A file is judged once, as a whole (`judge`): its encoding and delimiter, its type, and what each column is. `TableReader` reads
all its rows by that judgement, block by block, and reports what became of each column and row. `write_table` is the inverse,
`TableWriter` for items that come in blocks.
`read_table` does all of it in memory. `cell_of` writes one value. `mended` reads a stored value as a cell would be read, `day_first_in`
tells how dates are written, `is_unclear` where that decides, `lacks_day` where a date is none yet.
"""

from streamd.tables.cells import day_first_in, is_unclear, lacks_day, mended
from streamd.tables.chosen_ids import ChosenIds
from streamd.tables.demand_rows import ImportedDemand
from streamd.tables.files import MAX_ROWS, TableFile
from streamd.tables.import_report import ImportReport, ImportReportData, RefusedRow, report_from
from streamd.tables.item_rows import ImportedRow
from streamd.tables.judgement import Judgement, JudgementData
from streamd.tables.judging import judge
from streamd.tables.key_sampling import KEY_WIDTHS, key_twins, sampled_rows
from streamd.tables.table_reader import TableImport, TableReader, read_table
from streamd.tables.table_writer import TableWriter, cell_of, write_table

__all__ = [
    "KEY_WIDTHS",
    "MAX_ROWS",
    "ChosenIds",
    "ImportReport",
    "ImportReportData",
    "ImportedDemand",
    "ImportedRow",
    "Judgement",
    "JudgementData",
    "RefusedRow",
    "TableFile",
    "TableImport",
    "TableReader",
    "TableWriter",
    "cell_of",
    "day_first_in",
    "is_unclear",
    "judge",
    "key_twins",
    "lacks_day",
    "mended",
    "read_table",
    "report_from",
    "sampled_rows",
    "write_table",
]
