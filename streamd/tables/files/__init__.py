"""The text of files: bytes read again and again, the encoding they are in, and the records they are cut into."""

from streamd.tables.files._encodings import FoundEncoding, checked_encoding, encoding_of
from streamd.tables.files._records import MAX_COLUMNS, MAX_ROWS, Row, TextFormat, format_of, records
from streamd.tables.files._table_file import TableFile

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "FoundEncoding",
    "Row",
    "TableFile",
    "TextFormat",
    "checked_encoding",
    "encoding_of",
    "format_of",
    "records",
]
