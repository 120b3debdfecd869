"""Rows whose cells stand under other titles than they are about: a number was cut in two, or rows run into one cell."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from streamd.tables._import_wording import CUT_NUMBER, ROWS_IN_A_CELL
from streamd.tables.files import Row, TextFormat

_GROUP: Final = 3
"""Digits of a number between two marks of thousands."""


def uncertain_cells(row: Row, header: Sequence[str], form: TextFormat) -> str:
    """The reason why the cells of a row may be those of other columns, in words; empty where nothing says so.

    A cell under no title beside the last of the table may have come from a number such as `1,250` that was cut in two. A record of
    several lines that lacks cells, and has delimiters in its last, may be several rows.
    """
    cells = row.cells
    if len(cells) < len(header):
        is_long = bool(cells) and ("\n" in cells[-1] or "\r" in cells[-1])
        return ROWS_IN_A_CELL if is_long and form.delimiter in cells[-1] else ""
    if header[-1] or form.delimiter != ",":
        return ""
    titled = max((column for column, title in enumerate(header, 1) if title), default=0)
    if not any(cell.strip() for cell in cells[titled:]):
        return ""
    return CUT_NUMBER if any(map(_is_cut, *zip(*pairwise(cells), strict=True))) else ""


def _is_cut(first: str, second: str) -> bool:
    """Whether two cells may be one number with a comma in it."""
    whole = first.strip().lstrip("-+$€£").strip()
    rest = second.strip().partition(".")[0]
    return whole.isdigit() and len(whole) <= _GROUP and rest.isdigit() and len(rest) <= _GROUP
