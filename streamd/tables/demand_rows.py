"""Demand history: rows of item, date and quantity, or one row an item with a column a period."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import attrs

from streamd.tables._column_names import compact, compact_singular, without_remark
from streamd.tables._columns import label_of
from streamd.tables._dates import day_votes, period_of
from streamd.tables._import_wording import (
    DEMAND_OUT_OF_RANGE,
    NO_DEMAND_COLUMN,
    NO_DEMAND_COLUMNS,
    NO_DEMAND_FOUND,
    NO_ITEM,
    NOT_A_NUMBER,
    NOT_A_PERIOD,
    added_quantities,
    netted_returns,
)
from streamd.tables._numerals import comma_votes, number_of
from streamd.tables.grid import Grid, Row
from streamd.tables.import_report import ImportReport, RefusedRow

DEMAND: Final = "demand"
LEAST_PERIODS: Final = 3
"""The fewest period columns of a table of demand."""
_DEMAND_WORDS: Final = frozenset({"demand", "demandhistory", "historicaldemand", "saleshistory"})
_ITEM_WORDS: Final = (
    "item id", "item", "product id", "product", "inventory id", "sku", "id", "article", "part number", "item name",
    "product name", "name",
)  # fmt: skip
_DATE_WORDS: Final = (
    "date",
    "period",
    "day",
    "week",
    "month",
    "year month",
    "order date",
    "sale date",
    "sales date",
    "ds",
)
_QUANTITY_WORDS: Final = (
    "quantity", "qty", "demand", "sales", "units", "units sold", "quantity sold", "sales qty", "sales quantity", "sold",
    "usage", "consumption", "demand quantity", "order quantity", "actual demand",
)  # fmt: skip
_LARGEST: Final = 1e15


@attrs.frozen
class ImportedDemand:
    """The demand for an item in the period that begins on a date."""

    item: str
    """The item as named in the table: an id, a source id, a SKU or a name."""
    date: str
    """`YYYY-MM-DD`: the day, or the first day of the week, month or quarter."""
    quantity: float


@attrs.frozen
class DemandColumns:
    """The columns of a table of demand."""

    item: int
    date: int | None
    """None in the wide form."""
    quantity: int | None
    periods: tuple[tuple[int, str], ...] = ()
    """Columns of the wide form, each with its date."""


def is_demand(type_name: str) -> bool:
    """Whether the name of a type means demand history."""
    return compact(type_name) in _DEMAND_WORDS


def demand_columns(header: Sequence[str]) -> DemandColumns | None:
    """The columns of a table of demand; None when it is another table: at least half of it must be about demand."""
    item = _first(header, _ITEM_WORDS)
    if item is None:
        return None
    date, quantity = _first(header, _DATE_WORDS), _first(header, _QUANTITY_WORDS)
    if date is not None and quantity is not None:
        return DemandColumns(item, date, quantity) if len(header) <= 6 else None
    periods = tuple(
        (column, day)
        for column, title in enumerate(header)
        if column != item and (day := period_of(title)) is not None
    )
    if len(periods) >= LEAST_PERIODS and 2 * len(periods) >= len(header) - 1:
        return DemandColumns(item, None, None, periods)
    return None


def read_demand(grid: Grid, *, reason: str) -> tuple[tuple[ImportedDemand, ...], ImportReport]:
    """Read the demand rows of a grid. Quantities of one item for one date (single sales) are added up."""
    columns = demand_columns(grid.header)
    if columns is None:
        return (), ImportReport(
            type=DEMAND,
            reason=reason,
            rows=len(grid.rows),
            accepted=0,
            refused=tuple(RefusedRow(row.number, NO_DEMAND_COLUMNS) for row in grid.rows[:1]),
            refused_count=len(grid.rows),
            notes=(NO_DEMAND_FOUND,),
        )
    decimal_comma, day_first = _style(grid, columns)
    totals: dict[tuple[str, str], float] = {}
    refused = []
    added_up = returns = 0
    for row in grid.rows:
        try:
            for item, day, quantity in list(
                _entries(row, grid.header, columns, decimal_comma=decimal_comma, day_first=day_first)
            ):
                added_up += (item, day) in totals
                returns += quantity < 0
                totals[item, day] = totals.get((item, day), 0) + quantity
        except _BadRowError as error:
            refused.append(error.refusal)
    return tuple(
        ImportedDemand(item, day, quantity) for (item, day), quantity in totals.items()
    ), ImportReport(
        type=DEMAND,
        reason=reason,
        rows=len(grid.rows),
        accepted=len(grid.rows) - len(refused),
        mapped=_mapped(grid.header, columns),
        skipped=_skipped(grid.header, columns),
        refused=tuple(refused),
        refused_count=len(refused),
        notes=(
            *((added_quantities(added_up),) if added_up else ()),
            *((netted_returns(returns),) if returns else ()),
        ),
    )


class _BadRowError(Exception):
    def __init__(self, refusal: RefusedRow) -> None:
        super().__init__(refusal.why)
        self.refusal = refusal


def _entries(
    row: Row, header: Sequence[str], columns: DemandColumns, *, decimal_comma: bool, day_first: bool
) -> Iterator[tuple[str, str, float]]:
    item = row.cell(columns.item).strip()
    if not item:
        raise _BadRowError(RefusedRow(row.number, NO_ITEM, label_of(header, columns.item)))
    cells = columns.periods
    if columns.date is not None and columns.quantity is not None:
        written = row.cell(columns.date)
        day = period_of(written, day_first=day_first)
        if day is None:
            raise _BadRowError(RefusedRow(row.number, NOT_A_PERIOD, label_of(header, columns.date), written))
        cells = ((columns.quantity, day),)
    for column, day in cells:
        text = row.cell(column).strip()
        if not text and columns.periods:
            continue
        number = number_of(text, decimal_comma=decimal_comma)
        if number is None or abs(number) > _LARGEST:
            why = NOT_A_NUMBER if number is None else DEMAND_OUT_OF_RANGE
            raise _BadRowError(RefusedRow(row.number, why, label_of(header, column), text))
        yield item, day, number


def _first(header: Sequence[str], words: Sequence[str]) -> int | None:
    """The column headed by the earliest of some words."""
    spelled = [compact_singular(without_remark(title)) for title in header]
    return next((spelled.index(key) for word in words if (key := compact_singular(word)) in spelled), None)


def _style(grid: Grid, columns: DemandColumns) -> tuple[bool, bool]:
    """Whether decimals stand after a comma, and whether days stand before months."""
    numbers = (
        [columns.quantity] if columns.quantity is not None else [column for column, _ in columns.periods]
    )
    rows = tuple(islice(grid.rows, 1_000))
    commas = sum(comma_votes(row.cell(column)) for row in rows for column in numbers)
    days = sum(day_votes(row.cell(columns.date)) for row in rows) if columns.date is not None else 0
    european = grid.delimiter == ";"
    return commas > 0 or (commas == 0 and european), days > 0 or (days == 0 and european)


def _mapped(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    mapped = {label_of(header, columns.item): "item"}
    if columns.date is not None and columns.quantity is not None:
        mapped[label_of(header, columns.date)] = "date"
        mapped[label_of(header, columns.quantity)] = "quantity"
    return mapped | {label_of(header, column): f"quantity of {day}" for column, day in columns.periods}


def _skipped(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    used = {columns.item, columns.date, columns.quantity, *(column for column, _ in columns.periods)}
    return {label_of(header, column): NO_DEMAND_COLUMN for column in range(len(header)) if column not in used}
