"""Analyses stock: low, missing and surplus items, stockout dates, and orders."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from streamd.analysis._consumption import Consumption, consumption_of, period_lengths
from streamd.analysis._reorder_points import ReorderPoint, check_service_level, reorder_point
from streamd.analysis._reorders import reorders
from streamd.analysis._stock_advice import stock_advice
from streamd.analysis._stock_flow import stockout_predictions, summary_of, turnover_of
from streamd.analysis._stock_gaps import stock_gaps
from streamd.analysis._value_classes import ValueClasses, value_classes
from streamd.analysis.costs import NO_COSTS, StockCosts
from streamd.analysis.order_quantities import EconomicOrder, economic_order
from streamd.analysis.stock_findings import (
    Gap,
    LowStock,
    OutOfStock,
    Overstock,
    Reorder,
    ReorderRecommendation,
    StockAdvice,
    StockoutPrediction,
    StockSummary,
    Turnover,
)
from streamd.analysis.stocked_item import StockedItem, stocked_item
from streamd.core.item import Item, ItemId
from streamd.facts import frozen

OVERSTOCK_FACTOR: Final = 1.2
_NO_DEMAND: Final[Mapping[ItemId, Sequence[float]]] = MappingProxyType({})


@frozen
class StockAnalysis:
    """The analysis of the stock of some items. Each list has the most urgent finding first."""

    examined: int
    """The number of items with a stock figure."""
    low_stock_items: tuple[LowStock, ...]
    out_of_stock_items: tuple[OutOfStock, ...]
    overstocked_items: tuple[Overstock, ...]
    advice: tuple[StockAdvice, ...]
    reorder_recommendations: tuple[ReorderRecommendation, ...]
    stockout_predictions: tuple[StockoutPrediction, ...]
    turnover: tuple[Turnover, ...]
    abc_analysis: ValueClasses | None
    reorders: tuple[Reorder, ...]
    """The orders to place now."""
    economic_orders: tuple[EconomicOrder, ...]
    summary: StockSummary
    gaps: tuple[Gap, ...]
    """Data that is missing."""
    items: Mapping[ItemId, StockedItem]
    """The analysed items."""
    consumption: Mapping[ItemId, Consumption]
    """Demand, of the items for which it is known."""
    service_level: float


def analyze_stock(
    items: Iterable[Item],
    demand: Mapping[ItemId, Sequence[float]] = _NO_DEMAND,
    *,
    days_per_period: float | Mapping[ItemId, float] = 1.0,
    service_level: float = 0.95,
    costs: StockCosts = NO_COSTS,
) -> StockAnalysis:
    """Analyse the stock of every item that has a `current_stock`; other items are skipped.

    Args:
        items: in any order; of any type.
        demand: units used per period, oldest first, 0 where there was no demand. Without it an item's
            `average_daily_demand` counts.
        days_per_period: length of one such period; of each item its own, where they differ (1 for those not named).
        service_level: wanted probability of not running out while a delivery is awaited; an item's own
            `service_level` counts before it.
        costs: of ordering and holding, for items that do not say their own.

    Raises:
        InvalidMessageError: the service level is not from 0.5 to 0.9999, or a period has no length.

    """
    check_service_level(service_level)
    length_of = period_lengths(days_per_period)
    stocked: dict[ItemId, StockedItem] = {}
    consumption: dict[ItemId, Consumption] = {}
    for item in items:
        one = stocked_item(item, costs)
        if one is None:
            continue
        stocked[item.id] = one
        used = consumption_of(item, demand.get(item.id, ()), days_per_period=length_of(item.id))
        if used is not None:
            consumption[item.id] = used
    every = tuple(stocked.values())
    points = _points(every, consumption, service_level)
    economic = {
        one.item_id: found for one in every if (found := economic_order(one, consumption.get(one.item_id)))
    }
    low, over = _low(every), _over(every)
    predictions = stockout_predictions(every, consumption, service_level)
    to_order, covered = reorders(stocked, low, predictions, points, economic)
    recommended = _recommended(stocked, points, consumption)
    turnover = turnover_of(every, consumption)
    return StockAnalysis(
        examined=len(every),
        low_stock_items=low,
        out_of_stock_items=tuple(
            OutOfStock(one, consumption.get(one.item_id)) for one in every if one.stock <= 0
        ),
        overstocked_items=over,
        advice=stock_advice(stocked, over, reorders=to_order, points=recommended, covered=covered),
        reorder_recommendations=recommended,
        stockout_predictions=predictions,
        turnover=turnover,
        abc_analysis=value_classes(every, consumption),
        reorders=to_order,
        economic_orders=tuple(economic.values()),
        summary=summary_of(every, consumption),
        gaps=stock_gaps(every, consumption),
        items=stocked,
        consumption=consumption,
        service_level=service_level,
    )


def _low(items: Sequence[StockedItem]) -> tuple[LowStock, ...]:
    found = []
    for one in items:
        limit = one.reorder_point
        if limit is not None and one.stock <= limit:
            urgent = one.stock <= 0 or (one.minimum is not None and one.stock <= one.minimum)
            found.append(LowStock(one.item_id, one.name, one.stock, limit, "high" if urgent else "medium"))
    return tuple(
        sorted(found, key=lambda one: (one.urgency != "high", one.current_stock - one.reorder_point))
    )


def _over(items: Sequence[StockedItem]) -> tuple[Overstock, ...]:
    found = [
        Overstock(one, one.maximum)
        for one in items
        if one.maximum is not None and one.stock > OVERSTOCK_FACTOR * one.maximum
    ]
    return tuple(sorted(found, key=lambda one: -one.excess))


def _points(
    items: Sequence[StockedItem], consumption: Mapping[ItemId, Consumption], service_level: float
) -> dict[ItemId, ReorderPoint]:
    return {
        one.item_id: reorder_point(
            used,
            one.lead_time,
            lead_time_deviation=one.lead_time_deviation,
            service_level=one.service_level or service_level,
        )
        for one in items
        if one.lead_time is not None and (used := consumption.get(one.item_id)) is not None and used.mean > 0
    }


def _recommended(
    items: Mapping[ItemId, StockedItem],
    points: Mapping[ItemId, ReorderPoint],
    consumption: Mapping[ItemId, Consumption],
) -> tuple[ReorderRecommendation, ...]:
    return tuple(
        ReorderRecommendation(
            item_id=item_id,
            name=items[item_id].name,
            current_reorder_point=items[item_id].reorder_point,
            recommended_reorder_point=point.units,
            safety_stock=point.safety_stock,
            confidence=consumption[item_id].confidence,
            service_level=point.service_level,
            is_intermittent=consumption[item_id].is_intermittent,
        )
        for item_id, point in points.items()
    )
