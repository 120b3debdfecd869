"""Rows of a table that are no items: titles above the header, the header once more, totals."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from streamd.tables._import_wording import FOOTER, HEADER_AGAIN, TOTALS_ROW
from streamd.tables.cells import is_nothing, number_of
from streamd.tables.files import Row

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
    r"|((this|the) )?((report|list|export|file|data) )?(was )?(generated|printed|exported|created|prepared)"
    r"( by:? .+|( (on|at))?:? .*\d.*)"
    r"|(end of (report|list|file|table))\.?|\(?\d+ (rows?|records?|items?)( (affected|selected|exported))?\)?",
    re.IGNORECASE,
)


def header_row(rows: Iterable[Row], known: Callable[[str], bool]) -> int:
    """The row of the header: the first one, or one further down that has more titles.

    `known` tells whether a title is one of any type. A row further down has two known ones at least, and more of them than the
    rows above it, of which those that have any have fewer cells: they say of the whole table where and when.
    """
    best = best_known = best_filled = 0
    for row in islice(rows, _MOST_TITLES):
        filled = {cell.strip() for cell in row.cells if cell.strip()}
        count = sum(map(known, filled))
        is_wider = not best_known or len(filled) > best_filled
        if not best or (count >= _LEAST_KNOWN and count > best_known and is_wider):
            best, best_known, best_filled = row.number, count, len(filled)
    return best


def other_row(row: Row, header: Sequence[str]) -> str:
    """The reason why a row is no item, in words; empty where it may be one."""
    column, first = next(
        ((column, cell) for column, one in enumerate(row.cells) if (cell := one.strip())), (0, "")
    )
    if column < len(header) and first.casefold() == header[column].casefold() and _repeats(row, header):
        return HEADER_AGAIN
    others = (cell for one in row.cells[column + 1 :] if not is_nothing(cell := one.strip()))
    second = next(others, None)
    if len(header) == 1 or not _is_total(first):
        is_footer = second is None and len(header) > 1 and _FOOTERS.fullmatch(first)
        return FOOTER if is_footer else ""
    is_total = second is None or all(number_of(cell) is not None for cell in (second, *others))
    return TOTALS_ROW if is_total else ""


def _is_total(text: str) -> bool:
    """Whether a cell says that its row is one of totals: `Total`, `Total:`, `Total items: 2`."""
    word = text.rstrip(" :").casefold()
    counted = _COUNTED.fullmatch(word) if ":" in word or "=" in word else None
    return word in _TOTALS or (counted is not None and counted["word"].partition(" ")[0] in _TOTALS)


def _repeats(row: Row, header: Sequence[str]) -> bool:
    filled = [(cell, title) for cell, title in zip(row.cells, header, strict=False) if cell.strip()]
    return len(filled) > 1 and all(cell.strip().casefold() == title.casefold() for cell, title in filled)
