"""Selects the items to order now, with quantities and reasons."""

from collections.abc import Mapping, Sequence

from streamd.analysis._reorder_points import ReorderPoint
from streamd.analysis.need_reasons import BelowComputedPoint, LowLevel, OrderReason, OutBeforeDelivery
from streamd.analysis.order_quantities import EconomicOrder, order_quantity
from streamd.analysis.stock_data import StockUrgency
from streamd.analysis.stock_findings import LowStock, Reorder, StockoutPrediction
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId


def reorders(
    items: Mapping[ItemId, StockedItem],
    low: Sequence[LowStock],
    predictions: Sequence[StockoutPrediction],
    points: Mapping[ItemId, ReorderPoint],
    economic: Mapping[ItemId, EconomicOrder],
) -> tuple[tuple[Reorder, ...], tuple[ItemId, ...]]:
    """Select the items to order now, and the low items for which enough is on order.

    In this order: what is low (the urgent first), what is out and has no reorder point, what will be out before a
    delivery can arrive, and what has no reorder point of its own but is at or below the one that demand calls for.
    """
    left = {one.item_id: one.days_until_stockout for one in predictions}
    wanted: dict[ItemId, tuple[StockUrgency, OrderReason]] = {
        one.item_id: (_urgency(items[one.item_id], one.urgency, left), LowLevel(items[one.item_id]))
        for one in low
    }
    wanted |= {
        one.item_id: ("high", LowLevel(one))
        for one in items.values()
        if one.stock <= 0 and one.item_id not in wanted
    }
    for item_id, runs_out in left.items():
        one = items[item_id]
        if item_id in wanted or one.lead_time is None:
            continue
        point = points.get(item_id)
        if runs_out < one.lead_time and one.on_order <= 0:
            wanted[item_id] = ("high", OutBeforeDelivery(runs_out, one.lead_time))
        elif one.reorder_point is None and point is not None and one.position <= point.units:
            wanted[item_id] = ("medium", BelowComputedPoint(one.stock, point.units))
    found, covered = [], []
    for item_id, (urgency, reason) in wanted.items():
        one = items[item_id]
        if one.on_order > 0 and _is_enough(one, points.get(item_id)):
            covered.append(item_id)
            continue
        order = order_quantity(one, points.get(item_id), economic.get(item_id))
        found.append(Reorder(one, order, urgency, reason))
    return tuple(found), tuple(covered)


def _urgency(one: StockedItem, urgency: StockUrgency, left: Mapping[ItemId, float]) -> StockUrgency:
    """The urgency of an order: high for an item that runs out before a delivery can arrive, even above its minimum."""
    if one.lead_time is not None and left.get(one.item_id, one.lead_time) < one.lead_time:
        return "high"
    return urgency


def _is_enough(one: StockedItem, point: ReorderPoint | None) -> bool:
    """Whether stock and open orders together are above the reorder point."""
    levels = [level for level in (one.reorder_point, point.units if point else None) if level is not None]
    return one.position > max(levels, default=0.0)
