"""Finds missing stock data: the analyses that need it, and how to supply it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.analysis._consumption import Consumption
from streamd.analysis._stock_findings import Gap
from streamd.analysis._stocked_item import StockedItem
from streamd.core.item import ItemId

_EXAMPLES: Final = 3

_Lacks = Callable[[StockedItem, Consumption | None], bool]

_KINDS: Final[Sequence[tuple[str, _Lacks, str, str]]] = (
    (
        "reorder_point",
        lambda one, used: one.reorder_point is None and (used is None or one.lead_time is None),
        "telling low stock",
        "set `reorder_point`, or give demand and `lead_time` so that one can be computed",
    ),
    (
        "demand",
        lambda _, used: used is None,
        "stockout dates, reorder points and turnover",
        "import a table of item, date and quantity, or set `average_daily_demand` (units a day)",
    ),
    (
        "lead_time",
        lambda one, used: used is not None and used.mean > 0 and one.lead_time is None,
        "reorder points and safety stock",
        "set `lead_time` (days from order to delivery)",
    ),
    (
        "max_stock",
        lambda one, _: one.maximum is None,
        "telling overstock",
        "set `max_stock` (units)",
    ),
    (
        "unit_cost",
        lambda one, _: one.unit_cost is None,
        "ABC analysis and money bound in stock",
        "set `unit_cost` (money per unit)",
    ),
    (
        "ordering_cost",
        lambda one, used: (
            used is not None
            and used.mean > 0
            and (one.costs.ordering_cost is None or one.costs.holding(one.unit_cost) is None)
        ),
        "economic order quantities",
        "give `ordering_cost` (money per order) and `holding_rate` (share of unit cost a year), per item or for all",
    ),
)


def stock_gaps(items: Sequence[StockedItem], demand: Mapping[ItemId, Consumption]) -> tuple[Gap, ...]:
    """The kinds of data that at least one item lacks, the ones that matter most first."""
    gaps = []
    for field, lacks, needed_for, remedy in _KINDS:
        names = [one.name for one in items if lacks(one, demand.get(one.item_id))]
        if names:
            gaps.append(Gap(field, len(names), tuple(names[:_EXAMPLES]), needed_for, remedy))
    return tuple(gaps)
