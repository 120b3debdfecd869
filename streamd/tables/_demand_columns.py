"""The columns of demand history: item, date and quantity, or one row an item with a column a period."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from streamd.errors import InvalidMessageError
from streamd.tables._columns import labels_of
from streamd.tables._import_wording import NO_DEMAND_COLUMN, NO_SUCH_DEMAND_FIELD
from streamd.tables.cells import CellKind, compact, compact_singular, period_of, without_remark

DEMAND: Final = "demand"
LEAST_PERIODS: Final = 3
"""The fewest period columns of a table of demand."""
_FIELDS: Final = frozenset({"item", "date", "quantity", ""})
_NOTHING_SAID: Final[Mapping[int, str]] = MappingProxyType({})
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


@attrs.frozen
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


def demand_columns(header: Sequence[str], said: Mapping[int, str] = _NOTHING_SAID) -> DemandColumns | None:
    """The columns of a table of demand; None when it is another table: at least half of it must be about demand.

    `said` are fields of columns that whoever imports has named: `item`, `date` and `quantity`; to nothing: it is skipped.
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
    periods = tuple(
        (column, day)
        for column, title in enumerate(header)
        if column != item and (day := period_of(title)) is not None
    )
    if len(periods) >= LEAST_PERIODS and 2 * len(periods) >= len(header) - 1:
        return DemandColumns(item, None, None, periods)
    return None


def mapped_demand(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    """The content of each column, for a report."""
    labels = labels_of(header)
    return {labels[column]: field for column, field, _ in columns.fields()}


def skipped_demand(header: Sequence[str], columns: DemandColumns) -> dict[str, str]:
    """The columns that are not read, and why, for a report."""
    used = {column for column, _, _ in columns.fields()}
    return {label: NO_DEMAND_COLUMN for column, label in enumerate(labels_of(header)) if column not in used}


def _first(header: Sequence[str], words: Sequence[str]) -> int | None:
    """The column headed by the earliest of some words."""
    spelled = [compact_singular(without_remark(title)) for title in header]
    return next((spelled.index(key) for word in words if (key := compact_singular(word)) in spelled), None)
