"""Derives purchase needs from the stock analysis and from demand forecasts."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from streamd.analysis._consumption import Consumption, period_lengths
from streamd.analysis.costs import NO_COSTS, StockCosts
from streamd.analysis.item_fields import usable_number
from streamd.analysis.need_reasons import ForecastDemand, NeedReason
from streamd.analysis.stock import StockAnalysis
from streamd.analysis.stocked_item import StockedItem
from streamd.analysis.supplier_data import NeedUrgency
from streamd.core.item import ItemId
from streamd.facts import frozen

_NO_FORECASTS: Final[Mapping[ItemId, Sequence[float]]] = MappingProxyType({})
_RANK: Final[Mapping[NeedUrgency, int]] = {"high": 0, "medium": 1, "low": 2}


@frozen
class PurchaseNeed:
    """A quantity of one item to buy, with its urgency."""

    item_name: str
    quantity: float
    """Whole units."""
    urgency: NeedUrgency
    """`high`: it is out, at its minimum, or out before a delivery can arrive; `medium`: it is low, or will be within its
    lead time; `low`: it will be later on."""
    reasons: tuple[NeedReason, ...] = ()
    item_id: ItemId | None = None
    supplier: str = ""
    """The present supplier."""
    category: str = ""
    unit: str = "units"
    unit_cost: float | None = None
    """The present price per unit."""
    within_days: float | None = None
    """The days until the stock is used up; None where they are not known."""
    demand: Consumption | None = None
    service_level: float = 0.95
    costs: StockCosts = NO_COSTS


def needs_from(
    analysis: StockAnalysis,
    forecasts: Mapping[ItemId, Sequence[float]] | None = None,
    *,
    days_per_period: float | Mapping[ItemId, float] = 1.0,
) -> list[PurchaseNeed]:
    """Derive the needs, the most urgent first.

    Of the stock analysis: each item to order now that has a quantity. Of `forecasts` (expected demand per period, the
    next period first): an item's order must also cover what is expected over all its periods, with the safety stock
    left at the end; and items that are not low yet become needs when what is at hand and on its way does not last that
    long. Such a need is urgent when the stock is used up within the lead time, of medium urgency when it is down to the
    safety stock by then, else of low urgency.
    `days_per_period` is the length of a period of the forecasts, or of each item's.
    `max_stock` bounds no need that a forecast calls for, as it is used up before the periods are over.
    """
    length_of = period_lengths(days_per_period)
    expected = _NO_FORECASTS if forecasts is None else forecasts
    safety = {one.item_id: one.safety_stock for one in analysis.reorder_recommendations}
    left = {one.item_id: one.days_until_stockout for one in analysis.stockout_predictions}
    needs: dict[ItemId, PurchaseNeed] = {}
    for order in analysis.reorders:
        if order.quantity is None:
            continue
        item = order.item
        needs[item.item_id] = _need(
            analysis, item, order.quantity, order.urgency, (order.reason,), left.get(item.item_id)
        )
    for item_id, periods in expected.items():
        one = analysis.items.get(item_id)
        ahead = [max(0.0, known) for units in periods if (known := usable_number(units)) is not None]
        if one is None or not ahead:
            continue
        needed = _forecast_need(analysis, one, ahead, length_of(item_id), safety.get(item_id, 0.0))
        present = needs.get(item_id)
        if needed is None:
            continue
        if present is None:
            needs[item_id] = needed
        elif needed.quantity > present.quantity or _RANK[needed.urgency] < _RANK[present.urgency]:
            needs[item_id] = attrs.evolve(
                present,
                quantity=max(needed.quantity, present.quantity),
                urgency=min(needed.urgency, present.urgency, key=_RANK.__getitem__),
                reasons=present.reasons + needed.reasons,
                within_days=needed.within_days,
            )
    return sorted(
        needs.values(),
        key=lambda need: (
            _RANK[need.urgency],
            math.inf if need.within_days is None else need.within_days,
            need.item_name,
        ),
    )


def _forecast_need(
    analysis: StockAnalysis, one: StockedItem, ahead: Sequence[float], days_per_period: float, safety: float
) -> PurchaseNeed | None:
    total = math.fsum(ahead)
    short = math.ceil(round(total + safety - one.position, 6))
    if short <= 0:
        return None
    lasts = _days_until(max(0.0, one.position), ahead, days_per_period)
    reserve = _days_until(max(0.0, one.position - safety), ahead, days_per_period)
    horizon = len(ahead) * days_per_period
    lead_time = one.lead_time or 0.0
    urgency: NeedUrgency = "low"
    if one.position <= 0 or (lasts is not None and lasts < lead_time):
        urgency = "high"
    elif reserve is not None and reserve < lead_time:
        urgency = "medium"
    reason = ForecastDemand(
        total, one.unit, horizon, one.position, has_orders=one.on_order > 0, safety=safety
    )
    return _need(analysis, one, short, urgency, (reason,), lasts)


def _days_until(stock: float, ahead: Sequence[float], days_per_period: float) -> float | None:
    """The days until the stock is used up, with even demand within a period; None when it lasts longer than the forecast."""
    for period, units in enumerate(ahead):
        if units > 0 and stock < units:
            return (period + stock / units) * days_per_period
        stock -= units
    return None


def _need(
    analysis: StockAnalysis,
    one: StockedItem,
    quantity: float,
    urgency: NeedUrgency,
    reasons: tuple[NeedReason, ...],
    within_days: float | None,
) -> PurchaseNeed:
    return PurchaseNeed(
        item_name=one.name,
        quantity=quantity,
        urgency=urgency,
        reasons=reasons,
        item_id=one.item_id,
        supplier=one.supplier,
        category=one.category,
        unit=one.unit,
        unit_cost=one.unit_cost,
        within_days=within_days,
        demand=analysis.consumption.get(one.item_id),
        service_level=one.service_level or analysis.service_level,
        costs=one.costs,
    )
