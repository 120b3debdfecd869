"""Tables: CSV text to items and demand history, and items to CSV text."""

from streamd.core.tables.demand import DemandRow
from streamd.core.tables.reading import TableImport, read_table
from streamd.core.tables.report import ImportReport, RefusedRow
from streamd.core.tables.writing import write_table

__all__ = ["DemandRow", "ImportReport", "RefusedRow", "TableImport", "read_table", "write_table"]
