"""Parses CSV text into a grid of cells: delimiters, quotes, BOM and line ends."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.values import MAX_STRING_BYTES
from streamd.errors import InvalidMessageError, TooLargeError

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 4_096
DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_GUARD_BYTES: Final = 1
"""A text of full length may have an apostrophe in front."""


@attrs.frozen
class Row:
    """One record that is not blank."""

    number: int
    """As a spreadsheet counts them: the first record of the text is 1, blank ones count."""
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The text of a cell; empty where the row is too short to have one."""
        return self.cells[column] if column < len(self.cells) else ""


@attrs.frozen
class Grid:
    """A table as text."""

    delimiter: str
    header: tuple[str, ...]
    """Without outer spaces."""
    rows: tuple[Row, ...]
    """All after the header."""


def read_grid(text: str) -> Grid:
    """Parse a CSV text; its first record that is not blank is the header.

    Raises InvalidMessageError when the text is empty, is no text, has no header or a quote that is never closed;
    TooLargeError beyond 100,000 rows, 4,096 columns or 64 KiB a cell.
    """
    text = text.removeprefix("\ufeff")
    _check_readable(text)
    stated = _SEPARATOR_LINE.match(text)
    body = text[stated.end() :] if stated else text
    delimiter, records = _records(body, stated[1] if stated else _delimiters(body))
    header: tuple[str, ...] | None = None
    rows = []
    for number, cells in enumerate(records, start=2 if stated else 1):
        if not any(cell and not cell.isspace() for cell in cells):
            continue
        _check_sizes(cells, number)
        if header is None:
            header = tuple(cell.strip() for cell in cells)
        else:
            rows.append(Row(number, tuple(cells)))
            if len(rows) > MAX_ROWS:
                raise TooLargeError(f"a table has at most {MAX_ROWS:,} rows: split the file")
    if header is None or not any(any(map(str.isalpha, cell)) for cell in header):
        raise InvalidMessageError("the first row must be a header that names the columns", path="text")
    return Grid(delimiter=delimiter, header=header, rows=tuple(rows))


def _check_readable(text: str) -> None:
    if text.startswith("PK\x03\x04"):
        raise InvalidMessageError(
            "this is a spreadsheet file, not CSV: open it and save it as CSV", path="text"
        )
    if "\x00" in text or text.startswith("%PDF-"):
        raise InvalidMessageError("this is not CSV text but binary data", path="text")
    if not text or text.isspace():
        raise InvalidMessageError("the text is empty: a CSV table starts with a header", path="text")


def _delimiters(text: str) -> Sequence[str]:
    """The delimiters of the header, outside of quotes, the most frequent first; without any a comma."""
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    blank = True
    for character in text[: 4 * MAX_STRING_BYTES]:
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in counts:
            counts[character] += 1
        elif character in "\r\n" and not blank:
            break
        blank = blank and character.isspace() and character != "\t"
    found = sorted(filter(counts.get, counts), key=lambda delimiter: -counts[delimiter])
    return found or DELIMITERS[:1]


def _records(text: str, delimiters: Sequence[str]) -> tuple[str, Sequence[list[str]]]:
    """Parse records strictly, or leniently when text follows a closing quote, as some programs write.

    By the first delimiter; where a quote is never closed, by the first of the others by which each is.
    """
    for delimiter in delimiters:
        try:
            return delimiter, _parsed(text, delimiter, strict=True)
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return delimiter, _parsed_leniently(text, delimiter)
    raise InvalidMessageError("a quote is opened and never closed", path="text")


def _parsed_leniently(text: str, delimiter: str) -> Sequence[list[str]]:
    try:
        return _parsed(text, delimiter, strict=False)
    except csv.Error:
        raise TooLargeError(f"a cell holds more than {MAX_STRING_BYTES:,} bytes") from None


def _parsed(text: str, delimiter: str, *, strict: bool) -> Sequence[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict))


def _check_sizes(cells: list[str], number: int) -> None:
    if len(cells) > MAX_COLUMNS:
        raise TooLargeError(
            f"row {number} has {len(cells):,} cells, a table has at most {MAX_COLUMNS:,} columns"
        )
    for column, cell in enumerate(cells, start=1):
        if (
            len(cell) * 4 > MAX_STRING_BYTES
            and len(cell.encode("utf-8", "surrogatepass")) > MAX_STRING_BYTES + _GUARD_BYTES
        ):
            raise TooLargeError(
                f"row {number}, column {column}: a cell holds at most {MAX_STRING_BYTES:,} bytes"
            )
