"""Tables: CSV text to items and demand history, and items to CSV text."""

from streamd.tables.demand import DemandRow
from streamd.tables.reading import TableImport, read_table
from streamd.tables.report import ImportReport, RefusedRow
from streamd.tables.writing import write_table

__all__ = ["DemandRow", "ImportReport", "RefusedRow", "TableImport", "read_table", "write_table"]
