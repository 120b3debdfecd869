"""The columns of demand history: item, date and quantity, or one row an item with a column a period."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from streamd.core.declared.import_options import DateOrder
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._import_questions import (
    NO_SUCH_DEMAND_FIELD,
    ambiguous_dates,
    day_or_year,
)
from streamd.tables._import_wording import NO_DEMAND_COLUMN
from streamd.tables.cells import (
    CellKind,
    compact,
    compact_singular,
    day_votes,
    is_ambiguous,
    month_or_day,
    period_of,
    without_remark,
)
from streamd.tables.columns import labels_of
from streamd.text.seen_texts import SeenTexts

DEMAND: Final = "demand"
LEAST_PERIODS: Final = 3
"""The fewest period columns of a table of demand."""
_FIELDS: Final = frozenset({"item", "date", "quantity", ""})
_NOTHING_SAID: Final[Mapping[int, str]] = MappingProxyType({})
_DEMAND_WORDS: Final = frozenset({"demand", "demandhistory", "historicaldemand", "saleshistory"})
_ITEM_WORDS: Final = (
    "item id", "item", "product id", "product", "inventory id", "sku", "id", "article", "part number", "item name",
    "product name", "item code", "product code", "article number", "lineitem sku", "name",
)  # fmt: skip
_PLAIN_QUANTITIES: Final = frozenset({"quantity", "qty", "unit"})
"""What stock is called, too."""
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
_MOVED_QUANTITIES: Final = (
    "qty sold", "qty ordered", "ordered qty", "ordered quantity", "quantity ordered", "qty shipped", "quantity shipped", "lineitem quantity",
)  # fmt: skip
_OF_THE_ROW: Final = ("id", "name")


@frozen
class DemandColumns:
    """The columns of a table of demand."""

    item: int
    date: int | None
    """None in the wide form."""
    quantity: int | None
    periods: tuple[tuple[int, str], ...] = ()
    """Columns of the wide form, each with its date."""

    def fields(self) -> Iterator[tuple[int, str, CellKind]]:
        """Each column with what it holds, and the kind of that."""
        yield self.item, "item", "string"
        if self.date is not None and self.quantity is not None:
            yield self.date, "date", "date"
            yield self.quantity, "quantity", "number"
        for column, day in self.periods:
            yield column, f"quantity of {day}", "number"


def is_demand(type_name: str) -> bool:
    """Whether the name of a type means demand history."""
    return compact(type_name) in _DEMAND_WORDS


def is_demand_title(title: str) -> bool:
    """Whether a title is one of a table of demand."""
    return any(_first([title], words) is not None for words in (_ITEM_WORDS, _DATE_WORDS, _QUANTITY_WORDS))


def is_plainly_demand(header: Sequence[str], columns: DemandColumns, items: Iterable[str]) -> bool:
    """Whether a table can be nothing but demand: no column is about anything else, and one says so, or items come again.

    `items` are the cells of the item's column.
    """
    if columns.quantity is None:
        return True
    others = set(range(len(header))) - {column for column, _, _ in columns.fields()}
    if any(header[column] and _first([header[column]], _ITEM_WORDS) is None for column in others):
        return False
    if compact_singular(without_remark(header[columns.quantity])) not in _PLAIN_QUANTITIES:
        return True
    seen = SeenTexts()
    return any(seen.add(item) for item in items)


def demand_columns(
    header: Sequence[str], said: Mapping[int, str] = _NOTHING_SAID, dates: DateOrder | None = None
) -> DemandColumns | None:
    """The columns of a table of demand; None when it is another table: at least half of it must be about demand.

    `said` are fields of columns that whoever imports has named: `item`, `date` and `quantity`; to nothing: it is skipped.
    Raises InvalidMessageError where the dates of a header may be read in two ways, and `dates` does not say in which.
    """
    if any(field not in _FIELDS for field in said.values()):
        raise InvalidMessageError(NO_SUCH_DEMAND_FIELD, path="columns")
    named = {field: column for column, field in said.items()}
    header = ["" if column in said else title for column, title in enumerate(header)]
    item, date, quantity = (
        named.get(field, _first(header, words))
        for field, words in (("item", _ITEM_WORDS), ("date", _DATE_WORDS), ("quantity", _QUANTITY_WORDS))
    )
    if item is None:
        return None
    if date is not None and quantity is not None:
        return DemandColumns(item, date, quantity) if len(header) <= 6 or named else None
    dated = [column for column, title in enumerate(header) if column != item and period_of(title) is not None]
    if len(dated) < LEAST_PERIODS or 2 * len(dated) < len(header) - 1:
        return None
    day_first = _day_first([header[column] for column in dated], dates)
    periods = ((column, period_of(header[column], day_first=day_first)) for column in dated)
    return DemandColumns(item, None, None, tuple((column, day) for column, day in periods if day))


def _day_first(titles: Sequence[str], dates: DateOrder | None) -> bool:
    """Whether days come first in the dates of a header. Raises InvalidMessageError where that cannot be told."""
    if short := month_or_day(titles):
        raise InvalidMessageError(day_or_year(short), path="text")
    if dates is not None:
        return dates == "dmy"
    votes = {day_votes(title) for title in titles} - {0}
    unclear = next((title for title in titles if is_ambiguous(title)), "")
    if unclear and len(votes) != 1:
        raise InvalidMessageError(ambiguous_dates(unclear, unclear), path="dates")
    return votes == {1}


def mapped_demand(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    """The content of each column, for a report."""
    labels = labels_of(header)
    return {labels[column]: field for column, field, _ in columns.fields()}


def skipped_demand(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    """The columns that are not read, and why, for a report."""
    used = {column for column, _, _ in columns.fields()}
    return {label: NO_DEMAND_COLUMN for column, label in enumerate(labels_of(header)) if column not in used}


def item_column(header: Sequence[str]) -> int | None:
    """The column that names an item; none that may be the number or name of the row itself."""
    return _first(header, [word for word in _ITEM_WORDS if word not in _OF_THE_ROW])


def quantity_column(header: Sequence[str]) -> int | None:
    """The column of a quantity that may have been moved."""
    return _first(header, (*_QUANTITY_WORDS, *_MOVED_QUANTITIES))


def _first(header: Sequence[str], words: Sequence[str]) -> int | None:
    """The column headed by the earliest of some words."""
    spelled = [compact_singular(without_remark(title)) for title in header]
    return next((spelled.index(key) for word in words if (key := compact_singular(word)) in spelled), None)
