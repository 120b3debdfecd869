"""Demand history: rows of item, date and quantity, or one row an item with a column a period."""

from collections.abc import Iterator, Sequence
from typing import Final

from streamd.errors import TooLargeError
from streamd.facts import frozen
from streamd.tables._demand_columns import DemandColumns
from streamd.tables._import_wording import DEMAND_OUT_OF_RANGE, NO_ITEM, NOT_A_PERIOD
from streamd.tables.cells import BadCellError, CellStyle, period_of, read_cell, serial_date
from streamd.tables.columns import label_of
from streamd.tables.files import Row
from streamd.tables.import_report import RefusedRow
from streamd.tables.judgement import DemandTable, Judgement

MAX_QUANTITIES: Final = 1_000_000
_LARGEST: Final = 1e15
_UNIT: Final = "units"
_DAY_CHARS: Final = len("2026-01-31")


@frozen
class ImportedDemand:
    """The demand for an item in the period that begins on a date."""

    item: str
    """The item as named in the table: an id, a source id, a SKU or a name."""
    date: str
    """`YYYY-MM-DD`: the day, or the first day of the week, month or quarter."""
    quantity: float


class DemandRows:
    """Reads the rows of a table of demand. Quantities of one item for one date (single sales) are added up."""

    def __init__(self, judgement: Judgement, table: DemandTable) -> None:
        self._header = judgement.header
        self._columns = table.columns
        self._style = table.style
        self._totals: dict[tuple[str, str], float] = {}
        self.added_up = 0
        """Quantities that were added to others."""
        self.returns = 0
        """Quantities below 0."""
        self.empty = 0
        """Rows that say nothing of their quantity."""

    def read(self, row: Row) -> RefusedRow | None:
        """Take a row, or say why it is refused. Raises TooLargeError for more quantities than one import may have."""
        totals = self._totals
        try:
            for item, day, quantity in list(_entries(row, self._header, self._columns, self._style)):
                if quantity is None:
                    self.empty += self._columns.quantity is not None
                    continue
                self.added_up += (item, day) in totals
                self.returns += quantity < 0
                totals[item, day] = totals.get((item, day), 0) + quantity
        except _BadRowError as error:
            return error.refusal
        if len(totals) > MAX_QUANTITIES:
            raise TooLargeError(
                f"one import has at most {MAX_QUANTITIES:,} quantities of demand: split the file by item"
            )
        return None

    def quantities(self) -> Sequence[ImportedDemand]:
        """The quantities of all rows that were read."""
        return [ImportedDemand(item, day, quantity) for (item, day), quantity in self._totals.items()]


class _BadRowError(Exception):
    def __init__(self, refusal: RefusedRow) -> None:
        super().__init__(refusal.why)
        self.refusal = refusal


def _entries(
    row: Row, header: Sequence[str], columns: DemandColumns, style: CellStyle
) -> Iterator[tuple[str, str, float | None]]:
    """Item, day and quantity, None where the cell says nothing."""
    item = row.cell(columns.item).strip()
    if not item:
        raise _BadRowError(RefusedRow(row.number, NO_ITEM, label_of(header, columns.item)))
    cells = columns.periods
    if columns.date is not None and columns.quantity is not None:
        written = row.cell(columns.date)
        day = (
            period_of(written, day_first=style.day_first) or (serial_date(written.strip()) or "")[:_DAY_CHARS]
        )
        if not day:
            raise _BadRowError(RefusedRow(row.number, NOT_A_PERIOD, label_of(header, columns.date), written))
        cells = ((columns.quantity, day),)
    for column, day in cells:
        text = row.cell(column).strip()
        try:
            number = read_cell(text, "number", style=style, unit=_UNIT)
        except BadCellError as error:
            raise _BadRowError(RefusedRow(row.number, str(error), label_of(header, column), text)) from None
        if isinstance(number, int | float) and abs(number) > _LARGEST:
            raise _BadRowError(RefusedRow(row.number, DEMAND_OUT_OF_RANGE, label_of(header, column), text))
        yield item, day, number if isinstance(number, int | float) else None
