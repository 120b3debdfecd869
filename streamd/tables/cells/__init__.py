"""Content of single cells: values and their texts, numbers, dates and units, and the words of titles.

`read_cell` and `write_cell` are inverse to each other; `mended` reads a stored value as a cell.
"""

from streamd.tables.cells._dates import (
    day_votes,
    is_ambiguous,
    is_year_first,
    month_or_day,
    months_of_one_year,
    period_of,
    serial_date,
)
from streamd.tables.cells._mending import day_first_in, is_unclear, lacks_day, mended
from streamd.tables.cells._numerals import (
    comma_votes,
    currency_of,
    different_currencies,
    is_shortened,
    is_unclear_number,
    number_of,
)
from streamd.tables.cells._reading import (
    BadCellError,
    CellKind,
    CellStyle,
    exact_value,
    is_nothing,
    plain_text,
    read_cell,
    read_written_cell,
    write_cell,
)
from streamd.tables.cells._titles import compact, compact_singular, slug, snake_case, without_remark, words_of
from streamd.tables.cells._units import (
    is_share,
    says_percent,
    scale_of_title,
    unit_of_title,
    without_unit,
    written_unit,
)
from streamd.tables.cells._wording import NOT_A_NUMBER

__all__ = [
    "NOT_A_NUMBER",
    "BadCellError",
    "CellKind",
    "CellStyle",
    "comma_votes",
    "compact",
    "compact_singular",
    "currency_of",
    "day_first_in",
    "day_votes",
    "different_currencies",
    "exact_value",
    "is_ambiguous",
    "is_nothing",
    "is_share",
    "is_shortened",
    "is_unclear",
    "is_unclear_number",
    "is_year_first",
    "lacks_day",
    "mended",
    "month_or_day",
    "months_of_one_year",
    "number_of",
    "period_of",
    "plain_text",
    "read_cell",
    "read_written_cell",
    "says_percent",
    "scale_of_title",
    "serial_date",
    "slug",
    "snake_case",
    "unit_of_title",
    "without_remark",
    "without_unit",
    "words_of",
    "write_cell",
    "written_unit",
]
