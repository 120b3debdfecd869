"""Computes how stock moves: stockout dates, turnover and value."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.analysis._consumption import Consumption
from streamd.analysis._reorder_points import days_covered
from streamd.analysis.stock_data import RiskLevel
from streamd.analysis.stock_findings import StockoutPrediction, StockSummary, Turnover
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.text.time_words import DAYS_PER_ACCOUNTING_YEAR

_RISK_DAYS: Final[tuple[tuple[float, RiskLevel], ...]] = ((3, "critical"), (7, "high"), (14, "medium"))


def stockout_predictions(
    items: Sequence[StockedItem], consumption: Mapping[ItemId, Consumption], service_level: float
) -> tuple[StockoutPrediction, ...]:
    """Days until each stock is used up at its mean demand: stock at hand / units a day. The soonest first.

    Units on order are left out, as nobody knows when they come. Items without demand never run out and are left out.
    """
    found = []
    for one in items:
        used = consumption.get(one.item_id)
        if used is not None and used.mean > 0:
            left = max(0.0, one.stock) / used.mean
            sure = days_covered(one.stock, used, one.service_level or service_level)
            found.append(
                StockoutPrediction(one.item_id, one.name, one.stock, left, _risk(left), days_covered=sure)
            )
    return tuple(sorted(found, key=lambda one: one.days_until_stockout))


def _risk(days: float) -> RiskLevel:
    return next((level for limit, level in _RISK_DAYS if days <= limit), "low")


def turnover_of(
    items: Sequence[StockedItem], consumption: Mapping[ItemId, Consumption]
) -> tuple[Turnover, ...]:
    """Inventory turnover: a year's demand / stock (both at the same cost, so that cost cancels). The slowest first.

    Only of items that have stock and whose demand is known.
    """
    found = []
    for one in items:
        used = consumption.get(one.item_id)
        if used is not None and one.stock > 0:
            found.append(
                Turnover(
                    one.item_id,
                    one.name,
                    used.mean * DAYS_PER_ACCOUNTING_YEAR / one.stock,
                    days_of_supply=one.stock / used.mean if used.mean > 0 else None,
                    stock_value=None if one.unit_cost is None else one.stock * one.unit_cost,
                )
            )
    return tuple(sorted(found, key=lambda one: one.turns_per_year))


def summary_of(items: Sequence[StockedItem], consumption: Mapping[ItemId, Consumption]) -> StockSummary:
    """All items together, in money at cost."""
    costed = [(one, one.unit_cost) for one in items if one.unit_cost is not None]
    moving = [
        (max(0.0, one.stock) * cost, consumption[one.item_id].mean * DAYS_PER_ACCOUNTING_YEAR * cost)
        for one, cost in costed
        if one.item_id in consumption
    ]
    stock, usage = math.fsum(stock for stock, _ in moving), math.fsum(usage for _, usage in moving)
    return StockSummary(
        examined=len(items),
        stock_value=math.fsum(max(0.0, one.stock) * cost for one, cost in costed),
        annual_usage_value=usage,
        turns_per_year=usage / stock if stock > 0 else None,
        without_demand=sum(
            1
            for one in items
            if one.stock > 0 and one.item_id in consumption and consumption[one.item_id].mean <= 0
        ),
    )
