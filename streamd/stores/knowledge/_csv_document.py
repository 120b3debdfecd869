"""Parses CSV: each row becomes an entry that names its columns, so that it can be read without the header."""

import csv
import io
from typing import Final

from streamd.stores.knowledge._document import Document, Outline, UnreadableError

_DELIMITERS: Final = ",;\t|"


def read_csv(text: str, default_title: str) -> Document:
    """Parse CSV with a header row. The delimiter is the most frequent one in the header."""
    outline = Outline()
    header_line = next((line for line in io.StringIO(text) if line.strip()), "")
    rows = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=header_line.count))
    columns: list[str] = []
    before = 0
    try:
        for row in rows:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells) and not columns:
                columns = cells
                outline.paragraph(before + 1, ", ".join(cell for cell in cells if cell))
            elif any(cells):
                outline.paragraph(before + 1, _entry(columns, cells))
            before = rows.line_num
    except csv.Error as error:
        raise UnreadableError("it is not CSV that can be parsed") from error
    return outline.document(default_title)


def _entry(columns: list[str], cells: list[str]) -> str:
    names = [*columns, *[""] * (len(cells) - len(columns))]
    parts = (f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell)
    return f"- {'; '.join(parts)}"
