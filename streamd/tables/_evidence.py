"""Looks at the cells of a whole file, column by column: the evidence that it is judged by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeAlias

import attrs

from streamd.errors import InvalidMessageError, TooLargeError
from streamd.tables._cells import loose_value
from streamd.tables._column_names import compact
from streamd.tables._dates import day_votes
from streamd.tables._import_wording import too_many_columns, unreadable_header
from streamd.tables._numerals import comma_votes
from streamd.tables.grid import MAX_COLUMNS, MAX_ROWS, Row

_BLOCK_ROWS: Final = 512
_MOST_EVIDENCE: Final = 200_000
"""Groups of rows times columns; with more groups, the words in the column are no types of items."""

Words: TypeAlias = tuple[str, ...]
"""What a row has in the columns that may hold its type."""


@attrs.define
class ColumnEvidence:
    """The looks of the cells of one column."""

    is_filled: bool = False
    is_loose: bool = True
    """Whether all of them are numbers, truths, lists or objects as JSON writes them."""
    commas: int = 0
    """Numbers whose decimals clearly stand after a comma, less those after a point."""
    days: int = 0
    """Dates that clearly begin with the day, less those with the month."""
    unclear_dates: int = 0
    """Dates with slashes that may begin with either."""

    def see(self, cells: Collection[str]) -> None:
        """Take different cells into account."""
        for cell in cells:
            text = cell.strip()
            if not text:
                continue
            self.is_filled = True
            if self.is_loose:
                self.is_loose = not isinstance(loose_value(text), str)
            if "," in text or "." in text:
                self.commas += comma_votes(text)
            if text[0].isdigit() and not text.isdigit():
                vote = day_votes(text)
                self.days += vote
                self.unclear_dates += not vote and "/" in text and not text[:4].isdigit()

    def add(self, other: "ColumnEvidence") -> None:
        """Add the evidence of further cells."""
        self.is_filled |= other.is_filled
        self.is_loose &= other.is_loose
        self.commas += other.commas
        self.days += other.days
        self.unclear_dates += other.unclear_dates


@attrs.frozen
class FileEvidence:
    """The header of a file, and what the cells under it look like."""

    header: tuple[str, ...]
    """Without outer spaces."""
    header_row: int
    rows: int
    groups: Mapping[Words, Sequence[ColumnEvidence]]
    """By what the rows have in the columns that may hold their types, in their order; empty where that is too much."""
    type_columns: tuple[int, ...]
    """Those columns."""

    def words(self, column: int) -> set[str] | None:
        """The words in one of `type_columns`; None where they are too many to be types."""
        if self.rows and not self.groups:
            return None
        place = self.type_columns.index(column)
        return {words[place].strip() for words in self.groups} - {""}


def evidence_of(rows: Iterable[Row]) -> tuple[FileEvidence, Sequence[ColumnEvidence]]:
    """Look at all rows of a file; returns the evidence by group, and of all rows together.

    Raises InvalidMessageError where the file has no header, TooLargeError for more rows than a table may have.
    """
    found = iter(rows)
    head = next(found, None)
    if head is None:
        raise InvalidMessageError("the text is empty: a CSV table starts with a header", path="text")
    header = tuple(cell.strip() for cell in head.cells)
    if len(header) > MAX_COLUMNS:
        raise TooLargeError(unreadable_header(too_many_columns(len(header), MAX_COLUMNS)))
    if head.fault:
        raise InvalidMessageError(unreadable_header(head.fault), path="text")
    if not any(any(map(str.isalpha, cell)) for cell in header):
        raise InvalidMessageError("the first row must be a header that names the columns", path="text")
    type_columns = tuple(
        column for column, title in enumerate(header) if compact(title) in ("type", "itemtype")
    )
    groups: dict[Words, list[ColumnEvidence]] = {}
    waiting: dict[Words, list[Sequence[str]]] = {}
    count = 0
    is_grouped = True
    for row in found:
        count += 1
        if count > MAX_ROWS:
            raise TooLargeError(f"a table has at most {MAX_ROWS:,} rows: split the file")
        if row.fault:
            continue
        words = tuple(row.cell(column) for column in type_columns) if is_grouped else ()
        block = waiting.setdefault(words, [])
        block.append(row.cells)
        if len(block) >= _BLOCK_ROWS:
            _see(groups, words, waiting.pop(words), len(header))
        if is_grouped and (len(groups) + len(waiting)) * len(header) > _MOST_EVIDENCE:
            is_grouped = False
    for words, block in waiting.items():
        _see(groups, words, block, len(header))
    total = [ColumnEvidence() for _ in header]
    for columns in groups.values():
        for one, further in zip(total, columns, strict=True):
            one.add(further)
    if not is_grouped:
        groups = {}
    return FileEvidence(header, head.number, count, groups, type_columns), total


def _see(
    groups: dict[Words, list[ColumnEvidence]], words: Words, rows: Sequence[Sequence[str]], columns: int
) -> None:
    evidence = groups.get(words)
    if evidence is None:
        evidence = groups[words] = [ColumnEvidence() for _ in range(columns)]
    for one, cells in zip(evidence, zip_longest(*rows, fillvalue=""), strict=False):
        one.see(set(cells))
