"""Rows of a table that are no items: titles above the header, the header once more, totals."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from streamd.tables._cells import is_nothing
from streamd.tables._column_names import compact
from streamd.tables._import_wording import HEADER_AGAIN, TOTALS_ROW
from streamd.tables._numerals import number_of
from streamd.tables.grid import Row

_MOST_TITLES: Final = 30
_LEAST_KNOWN: Final = 2
_TOTALS: Final = frozenset(
    {"total", "totals", "grandtotal", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "zwischensumme", "totaal",
     "totale", "totalgeneral"}
)  # fmt: skip


def header_row(rows: Iterable[Row], known: Callable[[str], bool]) -> int:
    """The row of the header: the first one, or one further down where only titles stand above it.

    `known` tells whether a title is one of any type. The header is below the first row where it has two known ones at least and
    the rows above it, which are shorter, have none.
    """
    first = 0
    for row in islice(rows, _MOST_TITLES):
        first = first or row.number
        count = sum(map(known, {cell.strip() for cell in row.cells if cell.strip()}))
        if count >= _LEAST_KNOWN:
            return row.number
        if count:
            break
    return first


def other_row(row: Row, header: Sequence[str]) -> str:
    """Why a row is no item, in words; empty where it may be one."""
    filled = [(column, cell) for column, one in enumerate(row.cells) if (cell := one.strip())]
    if len(filled) > 1 and all(
        column < len(header) and cell.casefold() == header[column].casefold() for column, cell in filled
    ):
        return HEADER_AGAIN
    if filled and compact(filled[0][1]) in _TOTALS:
        others = [cell for _, cell in filled[1:] if not is_nothing(cell)]
        if others and all(number_of(cell) is not None for cell in others):
            return TOTALS_ROW
    return ""
