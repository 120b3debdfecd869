"""Selects what to recommend for the stock."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.analysis.stock_findings import (
    EnoughOnOrder,
    FurtherPointChanges,
    Overstock,
    PointChange,
    Reorder,
    ReorderRecommendation,
    StockAdvice,
)
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId

_WORTH_CHANGING: Final = 0.2
"""A reorder point this far (as a share of the recommended one) from what is recommended is worth a change."""
_POINTS_NAMED: Final = 10
"""Reorder points to change that are named; the others are counted."""


def stock_advice(
    items: Mapping[ItemId, StockedItem],
    over: Sequence[Overstock],
    *,
    reorders: Sequence[Reorder],
    points: Sequence[ReorderRecommendation],
    covered: Sequence[ItemId],
) -> tuple[StockAdvice, ...]:
    """Select the advice: orders first, then open orders, reorder points, and surplus.

    `covered` are low items for which enough is on order.
    """
    changes = [
        PointChange(one, items[one.item_id].lead_time or 0.0) for one in points if _is_worth_changing(one)
    ]
    further = len(changes) - _POINTS_NAMED
    return (
        *reorders,
        *(EnoughOnOrder(items[item_id]) for item_id in covered),
        *changes[:_POINTS_NAMED],
        *((FurtherPointChanges(further),) if further > 0 else ()),
        *over,
    )


def _is_worth_changing(one: ReorderRecommendation) -> bool:
    current, wanted = one.current_reorder_point, one.recommended_reorder_point
    return current is None or abs(wanted - current) > _WORTH_CHANGING * wanted
