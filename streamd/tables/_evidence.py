"""Looks at the cells of a whole file, column by column: the evidence that it is judged by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeAlias

import attrs

from streamd.errors import InvalidMessageError, TooLargeError
from streamd.facts import define, frozen
from streamd.tables._import_questions import unreadable_header
from streamd.tables._import_wording import too_many_columns
from streamd.tables._other_rows import other_row
from streamd.tables.cells import (
    comma_votes,
    compact,
    currency_of,
    day_votes,
    exact_value,
    is_ambiguous,
    is_nothing,
    is_shortened,
    is_unclear_number,
    is_year_first,
    plain_text,
    serial_date,
)
from streamd.tables.files import MAX_COLUMNS, MAX_ROWS, Row

_BLOCK_ROWS: Final = 512
_MOST_EVIDENCE: Final = 200_000
"""Groups of rows times columns; with more groups, the words in the column are no types of items."""

_ENOUGH_CURRENCIES: Final = 3
_MOST_SEEN: Final = 20_000
"""Texts that are kept so as to be looked at once, of all columns of a file."""
_ENOUGH_WORDS: Final = 8
_LONGEST_WORD: Final = 20
_BELOW_ONE: Final = ("0.", "0,")

Words: TypeAlias = tuple[str, ...]
"""What a row has in the columns that may hold its type."""


@define
class Votes:
    """The cells of a column that are written in one of two ways."""

    yes: int = 0
    no: int = 0
    unclear: str = ""
    """One that may be either."""

    def see(self, vote: int, text: str, *, is_unclear: bool) -> None:
        """Count the vote of a cell: 1, -1 or 0."""
        self.yes += vote > 0
        self.no += vote < 0
        if is_unclear:
            self.unclear = self.unclear or text

    def add(self, other: "Votes") -> None:
        """Add the votes of further cells."""
        self.yes += other.yes
        self.no += other.no
        self.unclear = self.unclear or other.unclear

    @property
    def majority(self) -> bool | None:
        """The way that most are written in; None where they are as many or none."""
        return None if self.yes == self.no else self.yes > self.no


@define
class Shares:
    """The cells of a column that may be shares of 1, such as `0.95`, and those that are percentages."""

    of_one: str = ""
    """The first below 1 without a percent sign."""
    percent: str = ""
    """The first with a percent sign, or else of 10 and more."""
    is_above_one: bool = False
    """Whether any is above 1, and below 10."""

    def see(self, text: str) -> None:
        """Take a number into account, by its first digits."""
        if text[-1] == "%" or text[:2].isdigit():
            self.percent = self.percent or text
        elif text[:2] in _BELOW_ONE or text[0] == ".":
            self.of_one = self.of_one or text
        elif text != "1":
            self.is_above_one |= text[0] > "0"

    def add(self, other: "Shares") -> None:
        """Add what was seen of further cells."""
        self.of_one = self.of_one or other.of_one
        self.percent = self.percent or other.percent
        self.is_above_one |= other.is_above_one

    @property
    def unclear(self) -> str:
        """One that may be a share of 1, where the others do not tell that percentages are meant; else empty."""
        return self.of_one if self.percent or not self.is_above_one else ""


@define
class ColumnEvidence:
    """The looks of the cells of one column."""

    is_filled: bool = False
    is_loose: bool = True
    """Whether all of them are numbers, truths, lists or objects exactly as they would be written again."""
    commas: Votes = attrs.field(factory=Votes)
    """Numbers whose decimals stand after a comma, against those after a point."""
    days: Votes = attrs.field(factory=Votes)
    """Dates that begin with the day, against those with the month."""
    years: Votes = attrs.field(factory=Votes)
    """Dates that may begin with a year of two digits, against those that cannot."""
    words: frozenset[str] = frozenset()
    """The first short words in it."""
    currencies: frozenset[str] = frozenset()
    """The first currencies of its amounts."""
    serials: int = 0
    """Numbers that spreadsheets keep dates as."""
    shortened: str = ""
    """The first that a spreadsheet took for a number, and shortened."""
    shares: Shares = attrs.field(factory=Shares)
    """Numbers as they are written where they are shares of 1 or of 100."""

    def see(self, cells: Collection[str]) -> None:
        """Take different cells into account."""
        for cell in cells:
            text = (plain_text(cell) if cell[:2] == '="' else cell).strip()
            if not text:
                continue
            self.is_filled = True
            if is_nothing(text):
                continue
            if self.is_loose:
                self.is_loose = not isinstance(exact_value(text), str)
            if "," in text or "." in text:
                self.commas.see(comma_votes(text), text, is_unclear=is_unclear_number(text))
            if text[0].isdigit() or text[0] == ".":
                self.shares.see(text)
                if "E+" in text and is_shortened(text):
                    self.shortened = self.shortened or text
            if text.isdigit():
                self.serials += serial_date(text) is not None
                continue
            if text[0].isdigit():
                self.days.see(day_votes(text), text, is_unclear=is_ambiguous(text))
                if (years := is_year_first(text)) is not None:
                    self.years.see(1 if years else -1, text, is_unclear=years)
            elif len(text) <= _LONGEST_WORD and len(self.words) < _ENOUGH_WORDS:
                self.words |= {text.casefold()}
            if len(self.currencies) <= _ENOUGH_CURRENCIES and (currency := currency_of(text)):
                self.currencies |= {currency}

    def add(self, other: "ColumnEvidence") -> None:
        """Add the evidence of further cells."""
        self.is_filled |= other.is_filled
        self.is_loose &= other.is_loose
        self.commas.add(other.commas)
        self.days.add(other.days)
        self.years.add(other.years)
        if len(self.words) < _ENOUGH_WORDS:
            self.words |= other.words
        self.currencies |= other.currencies
        self.serials += other.serials
        self.shares.add(other.shares)
        self.shortened = self.shortened or other.shortened


@frozen
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


def evidence_of(
    rows: Iterable[Row], header_row: int = 0, most_rows: int = MAX_ROWS
) -> tuple[FileEvidence, Sequence[ColumnEvidence]]:
    """Look at all rows of a file from its header on; returns the evidence by group, and of all rows together.

    Raises InvalidMessageError where the file has no header, TooLargeError for more rows than a table may have.
    """
    found = (row for row in rows if row.number >= header_row)
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
    seen: Sequence[set[str]] = [set() for _ in header]
    groups: dict[Words, list[ColumnEvidence]] = {}
    waiting: dict[Words, list[Sequence[str]]] = {}
    count = 0
    is_grouped = True
    for row in found:
        count += 1
        if count > most_rows:
            raise TooLargeError(f"a table has at most {most_rows:,} rows: split the file")
        if row.fault or other_row(row, header):
            continue
        words = tuple(row.cell(column) for column in type_columns) if is_grouped else ()
        block = waiting.setdefault(words, [])
        block.append(row.cells)
        if len(block) >= _BLOCK_ROWS:
            _see(groups, words, waiting.pop(words), seen)
        if is_grouped and (len(groups) + len(waiting)) * len(header) > _MOST_EVIDENCE:
            is_grouped = False
            waiting = {(): [cells for block in waiting.values() for cells in block]}
            groups = {(): _sum_of(groups.values(), len(header))}
    for words, block in waiting.items():
        _see(groups, words, block, seen)
    total = _sum_of(groups.values(), len(header))
    if not is_grouped:
        groups = {}
    return FileEvidence(header, head.number, count, groups, type_columns), total


def _sum_of(groups: Iterable[Sequence[ColumnEvidence]], columns: int) -> list[ColumnEvidence]:
    """The evidence of all groups together."""
    total = [ColumnEvidence() for _ in range(columns)]
    for group in groups:
        for one, further in zip(total, group, strict=True):
            one.add(further)
    return total


def _see(
    groups: dict[Words, list[ColumnEvidence]],
    words: Words,
    rows: Sequence[Sequence[str]],
    seen: Sequence[set[str]],
) -> None:
    """Take some rows of a group into account. `seen` are texts by column, which are seen once where there are no groups."""
    evidence = groups.get(words)
    if evidence is None:
        evidence = groups[words] = [ColumnEvidence() for _ in seen]
    for one, cells, known in zip(evidence, zip_longest(*rows, fillvalue=""), seen, strict=False):
        fresh = set(cells)
        if not words:
            fresh -= known
            if len(known) < _MOST_SEEN // len(seen):
                known.update(fresh)
        one.see(fresh)
