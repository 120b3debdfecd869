"""Finds missing stock data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.analysis._consumption import Consumption
from streamd.analysis.stock_findings import Gap, GapField
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId

_EXAMPLES: Final = 3

_Lacks = Callable[[StockedItem, Consumption | None], bool]

_KINDS: Final[Mapping[GapField, _Lacks]] = {
    "reorder_point": lambda one, used: one.reorder_point is None and (used is None or one.lead_time is None),
    "demand": lambda _, used: used is None,
    "lead_time": lambda one, used: used is not None and used.mean > 0 and one.lead_time is None,
    "max_stock": lambda one, _: one.maximum is None,
    "unit_cost": lambda one, _: one.unit_cost is None,
    "ordering_cost": lambda one, used: (
        used is not None
        and used.mean > 0
        and (one.costs.ordering_cost is None or one.costs.holding(one.unit_cost) is None)
    ),
}
"""Whether an item lacks a kind of data, the kinds that matter most first."""


def stock_gaps(items: Sequence[StockedItem], demand: Mapping[ItemId, Consumption]) -> tuple[Gap, ...]:
    """The kinds of data that at least one item lacks, the ones that matter most first."""
    gaps = []
    for field, lacks in _KINDS.items():
        names = [one.name for one in items if lacks(one, demand.get(one.item_id))]
        if names:
            gaps.append(Gap(field, len(names), tuple(names[:_EXAMPLES])))
    return tuple(gaps)
