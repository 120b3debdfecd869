"""ABC analysis: classes of items by their share of the total value."""

import math
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from streamd.analysis._consumption import Consumption
from streamd.analysis.stock_data import ValueBasis, ValueClassesData
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.facts import frozen
from streamd.text.figures import plain
from streamd.text.time_words import DAYS_PER_ACCOUNTING_YEAR

ValueClass = Literal["A", "B", "C"]

_A_UP_TO: Final = 0.80
_B_UP_TO: Final = 0.95


@frozen
class ValueShare:
    """One item's part of the total value."""

    item_id: ItemId
    name: str
    value_class: ValueClass
    total_value: float
    percentage: float
    """Of the value of all items, 0 to 100."""


@frozen
class ValueClasses:
    """All items that have a value, the most valuable first."""

    shares: tuple[ValueShare, ...]
    basis: ValueBasis
    """The basis of the values: a year's demand, or the stock where some demand is not known."""

    def as_data(self) -> ValueClassesData:
        """`{A, B, C: [{item_id, name, total_value, percentage}]}`."""
        table: ValueClassesData = {"A": [], "B": [], "C": []}
        for share in self.shares:
            table[share.value_class].append(
                {
                    "item_id": share.item_id,
                    "name": share.name,
                    "total_value": plain(share.total_value),
                    "percentage": round(share.percentage, 2),
                }
            )
        return table


def value_classes(items: Iterable[StockedItem], demand: Mapping[ItemId, Consumption]) -> ValueClasses | None:
    """Items by value: A the first 80 %, B up to 95 %, C the rest (Dickie, "ABC inventory analysis", 1951).

    The item with which a limit is crossed still belongs to the class before it, so A is never empty. The value is a
    year's demand times unit cost where demand is known for every item that has a cost, else stock times unit cost:
    the two are not comparable within one ranking. None when no item has a cost, or all values are nought.
    """
    costed = [(item, item.unit_cost) for item in items if item.unit_cost is not None]
    usage = all(item.item_id in demand for item, _ in costed)
    valued = [
        (
            item,
            cost * (demand[item.item_id].mean * DAYS_PER_ACCOUNTING_YEAR if usage else max(0.0, item.stock)),
        )
        for item, cost in costed
    ]
    total = math.fsum(value for _, value in valued)
    if total <= 0:
        return None
    shares, before = [], 0.0
    for item, value in sorted(valued, key=lambda pair: (-pair[1], pair[0].item_id)):
        passed = round(before / total, 9)
        shares.append(
            ValueShare(
                item_id=item.item_id,
                name=item.name,
                value_class="A" if passed < _A_UP_TO else "B" if passed < _B_UP_TO else "C",
                total_value=value,
                percentage=100 * value / total,
            )
        )
        before += value
    return ValueClasses(shares=tuple(shares), basis="annual_usage" if usage else "stock")
