"""Parses the text of a table into records of cells, record by record."""

import csv
import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, count
from typing import Final

from streamd.core.declared.import_options import DELIMITERS, Delimiter
from streamd.core.values import MAX_STRING_BYTES
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._import_wording import LONG_CELL, STRAY_QUOTE, broken_bytes, too_many_columns
from streamd.tables.files._table_file import BROKEN, TableFile

MAX_ROWS: Final = 10_000_000
MAX_COLUMNS: Final = 4_096
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
_GUARD_BYTES: Final = 1
"""A text of full length may have an apostrophe in front."""
_START_CHARS: Final = 64 * 1024
_QUOTED: Final = re.compile(r'"[^"]*"')


@frozen
class Row:
    """One record that is not blank."""

    number: int
    """As a spreadsheet counts them: the first record of the text is 1, blank ones count."""
    cells: tuple[str, ...]
    fault: str = ""
    """Why it cannot be read, in words; then its cells mean nothing."""

    def cell(self, column: int) -> str:
        """The text of a cell; empty where the row is too short to have one."""
        return self.cells[column] if column < len(self.cells) else ""


@frozen
class TextFormat:
    """The way from the bytes of a file to cells."""

    encoding: str
    delimiter: Delimiter
    is_strict: bool = True
    """Whether quotes are as they should be in the whole file; else a record of several lines is refused."""


def format_of(file: TableFile, encoding: str, delimiter: Delimiter | None) -> TextFormat:
    """Find the delimiter, unless it is given, and whether quotes are as they should be. Reads the whole file.

    Raises InvalidMessageError for a quote that is never closed, by whatever delimiter.
    """
    unclosed = 0
    for candidate in _delimiters(file, encoding) if delimiter is None else (delimiter,):
        before, why = _read_through(file, encoding, candidate)
        if "unexpected end" not in why:
            return TextFormat(encoding, candidate, is_strict=not why)
        unclosed = unclosed or before + 1
    raise _unclosed(unclosed)


def _read_through(file: TableFile, encoding: str, delimiter: Delimiter) -> tuple[int, str]:
    """The number of records before one whose quotes are not as they should be, and what is wrong; or all, and nothing."""
    number, lines = _lines(file, encoding)
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            number += 1
    except csv.Error as error:
        return number, str(error)
    return number, ""


def records(file: TableFile, form: TextFormat) -> Generator[Row, None, None]:
    """Parse the records that are not blank; one that cannot be read has a fault.

    Raises InvalidMessageError for one that is never closed, where the format says that quotes are as they should be.
    """
    before, lines = _lines(file, form.encoding)
    recorded = None if form.is_strict else _Lines(lines)
    reader = csv.reader(recorded or lines, delimiter=form.delimiter, strict=form.is_strict)
    for number in count(before + 1):
        cells: Sequence[str] = ()
        fault = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if form.is_strict:
                raise _unclosed(number) from None
            fault = LONG_CELL
        text = "".join(cells)
        if not fault and (not text or text.isspace()):
            continue
        if recorded is not None:
            record = recorded.taken()
            if not fault:
                cells, fault = _leniently(cells, record, form)
        yield Row(number, tuple(cells), fault or _fault(cells, text, form))


def _lines(file: TableFile, encoding: str) -> tuple[int, Iterator[str]]:
    """The lines of a file but for one that names the delimiter, and how many that leaves out."""
    lines = file.lines(encoding)
    first = next(lines, "")
    if stated_delimiter(first) is not None:
        return 1, lines
    return 0, chain((first,), lines) if first else lines


def _unclosed(number: int) -> InvalidMessageError:
    return InvalidMessageError(f"a quote is opened in row {number} and never closed", path="text")


def stated_delimiter(line: str) -> Delimiter | None:
    """The delimiter that a first line such as `sep=;` names."""
    stated = _SEPARATOR_LINE.fullmatch(line)
    return next((one for one in DELIMITERS if stated and stated[1] == one), None)


class _Lines:
    """Lines of a file, with those that the record consists of that is being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._record: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._record.append(line)
        return line

    def taken(self) -> Sequence[str]:
        """The lines since the last record."""
        record, self._record = self._record, []
        return record


def _fault(cells: Sequence[str], text: str, form: TextFormat) -> str:
    """The reason why a record cannot be taken as it was read; empty where it can. `text` is that of all its cells."""
    if BROKEN in text or "\x00" in text:
        return broken_bytes(form.encoding)
    if len(cells) > MAX_COLUMNS:
        return too_many_columns(len(cells), MAX_COLUMNS)
    if len(text) * 4 > MAX_STRING_BYTES and any(
        len(cell) * 4 > MAX_STRING_BYTES and len(cell.encode()) > MAX_STRING_BYTES + _GUARD_BYTES
        for cell in cells
    ):
        return LONG_CELL
    return ""


def _leniently(cells: Sequence[str], record: Sequence[str], form: TextFormat) -> tuple[Sequence[str], str]:
    """The cells of a record of a file with stray quotes, and why they cannot be told, if so.

    A record in one line is cut at each delimiter where no quote parts its cells otherwise; stray quotes stay in their cells.
    """
    if len(record) > 1:
        return cells, STRAY_QUOTE
    if '"' not in record[0]:
        return cells, ""
    try:
        return next(csv.reader(record, delimiter=form.delimiter, strict=True)), ""
    except csv.Error:
        bare = next(csv.reader(record, delimiter=form.delimiter, quoting=csv.QUOTE_NONE))
    if len(bare) != len(cells):
        return cells, STRAY_QUOTE
    return [_unquoted(cell) for cell in bare], ""


def _unquoted(cell: str) -> str:
    """A cell without the quotes around it; those in it may be doubled."""
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def _delimiters(file: TableFile, encoding: str) -> Sequence[Delimiter]:
    """The delimiters of the first lines, outside of quotes, the likeliest first; without any a comma.

    That is the one that stands equally often in most lines, and of several such the most frequent: a title above the header and
    decimals below it have others.
    """
    counts: dict[Delimiter, list[int]] = {delimiter: [] for delimiter in DELIMITERS}
    size = 0
    for line in file.lines(encoding):
        if not size and (stated := stated_delimiter(line)) is not None:
            return (stated,)
        bare = _QUOTED.sub("", line)
        for delimiter, found in counts.items():
            if number := bare.count(delimiter):
                found.append(number)
        size += len(line)
        if size >= _START_CHARS:
            break
    ranks = {
        delimiter: (lines, number)
        for delimiter, found in counts.items()
        for number, lines in Counter(found).most_common(1)
    }
    return sorted(ranks, key=lambda delimiter: ranks[delimiter], reverse=True) or DELIMITERS[:1]
