"""Rows of a table that are no items: titles above the header, the header once more, totals."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from streamd.tables._import_wording import FOOTER, HEADER_AGAIN, TOTALS_ROW
from streamd.tables.cells import is_nothing, number_of
from streamd.tables.grid import Row

_MOST_TITLES: Final = 30
_LEAST_KNOWN: Final = 2
_TOTALS: Final = frozenset(
    {"total", "totals", "grand total", "subtotal", "sub total", "sub-total", "sum", "summe", "gesamt", "gesamtsumme",
     "zwischensumme", "totaal", "totale", "total general"}
)  # fmt: skip
_COUNTED: Final = re.compile(r"(?P<word>[^:=]+?)\s*[:=]\s*[0-9][0-9., ]*")
"""`Total items: 2`."""
_FOOTERS: Final = re.compile(
    r"page \d+( ?(of|/) ?\d+)?|seite \d+( ?(von|/) ?\d+)?"
    r"|((this|the) )?((report|list|export|file|data) )?(was )?(generated|printed|exported|created)( (on|at|by))?:? .*\d.*"
    r"|(end of (report|list|file|table))\.?|\(?\d+ (rows?|records?|items?)( (affected|selected|exported))?\)?",
    re.IGNORECASE,
)


def header_row(rows: Iterable[Row], known: Callable[[str], bool]) -> int:
    """The row of the header: the first one, or one further down where only titles stand above it.

    `known` tells whether a title is one of any type. The header is below the first row where it has two known ones at least and
    the rows above it have none, or are but one cell.
    """
    first = 0
    for row in islice(rows, _MOST_TITLES):
        first = first or row.number
        filled = {cell.strip() for cell in row.cells if cell.strip()}
        count = sum(map(known, filled))
        if count >= _LEAST_KNOWN:
            return row.number
        if count and len(filled) > 1:
            break
    return first


def other_row(row: Row, header: Sequence[str]) -> str:
    """The reason why a row is no item, in words; empty where it may be one."""
    column, first = next(
        ((column, cell) for column, one in enumerate(row.cells) if (cell := one.strip())), (0, "")
    )
    if column < len(header) and first.casefold() == header[column].casefold() and _repeats(row, header):
        return HEADER_AGAIN
    others = [cell for one in row.cells[column + 1 :] if not is_nothing(cell := one.strip())]
    is_bare = len(header) > 1 and not others
    if _is_total(first) and (is_bare or (others and all(number_of(cell) is not None for cell in others))):
        return TOTALS_ROW
    return FOOTER if is_bare and _FOOTERS.fullmatch(first) else ""


def _is_total(text: str) -> bool:
    """Whether a cell says that its row is one of totals: `Total`, `Total:`, `Total items: 2`."""
    word = text.rstrip(" :").casefold()
    counted = _COUNTED.fullmatch(word)
    return word in _TOTALS or (counted is not None and counted["word"].partition(" ")[0] in _TOTALS)


def _repeats(row: Row, header: Sequence[str]) -> bool:
    filled = [(cell, title) for cell, title in zip(row.cells, header, strict=False) if cell.strip()]
    return len(filled) > 1 and all(cell.strip().casefold() == title.casefold() for cell, title in filled)
