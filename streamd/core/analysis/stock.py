"""Stock analysis: what is low, out or too much, when it runs out, and what to order."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from streamd.core.analysis.consumption import Consumption, consumption_of, reorder_point
from streamd.core.analysis.figures import DAYS_PER_YEAR, number_in, without_none
from streamd.core.analysis.stock_advice import advice, impact_of
from streamd.core.analysis.stock_findings import (
    LowStock,
    OutOfStock,
    Overstock,
    ReorderRecommendation,
    RiskLevel,
    StockoutPrediction,
    Turnover,
)
from streamd.core.analysis.value_classes import ValueClasses, value_classes
from streamd.core.item import Item, ItemId

OVERSTOCK_FACTOR: Final = 1.2
_RISK_DAYS: Final[tuple[tuple[float, RiskLevel], ...]] = ((3, "critical"), (7, "high"), (14, "medium"))
_NO_DEMAND: Final[Mapping[ItemId, Sequence[float]]] = MappingProxyType({})


@attrs.frozen
class StockAnalysis:
    """What the stock of some items looks like. Each list has the most pressing first."""

    examined: int
    """Items that have a stock at all."""
    low_stock_items: tuple[LowStock, ...]
    out_of_stock_items: tuple[OutOfStock, ...]
    overstocked_items: tuple[Overstock, ...]
    recommendations: tuple[str, ...]
    reorder_recommendations: tuple[ReorderRecommendation, ...]
    stockout_predictions: tuple[StockoutPrediction, ...]
    turnover: tuple[Turnover, ...]
    abc_analysis: ValueClasses | None

    def as_data(self) -> dict[str, object]:
        """The `data` of an `analysis_results` response: the first four keys always, the others when they say something."""
        return {
            "low_stock_items": [finding.as_data() for finding in self.low_stock_items],
            "out_of_stock_items": [finding.as_data() for finding in self.out_of_stock_items],
            "overstocked_items": [finding.as_data() for finding in self.overstocked_items],
            "recommendations": list(self.recommendations),
            **without_none(
                {
                    "reorder_recommendations": [one.as_data() for one in self.reorder_recommendations]
                    or None,
                    "stockout_predictions": [one.as_data() for one in self.stockout_predictions] or None,
                    "turnover": [one.as_data() for one in self.turnover] or None,
                    "abc_analysis": self.abc_analysis and self.abc_analysis.as_data(),
                    "abc_basis": self.abc_analysis and self.abc_analysis.basis,
                }
            ),
        }


def analyze_stock(
    items: Iterable[Item],
    demand: Mapping[ItemId, Sequence[float]] = _NO_DEMAND,
    *,
    days_per_period: float = 1.0,
    service_level: float = 0.95,
) -> StockAnalysis:
    """The stock of every item that has a `current_stock`; other items are passed over.

    Args:
        items: in any order; of any type.
        demand: units used per period, oldest first. Without it an item's `average_daily_demand` counts.
        days_per_period: length of one such period.
        service_level: wanted probability of not running out while a delivery is awaited.

    """
    stocked = [item for item in items if number_in(item, "current_stock") is not None]
    consumption = {
        item.id: found
        for item in stocked
        if (found := consumption_of(item, demand.get(item.id, ()), days_per_period=days_per_period))
    }
    low = _low(stocked)
    out = tuple(
        OutOfStock(item.id, item.name, impact_of(item, consumption.get(item.id)))
        for item in stocked
        if _stock(item) <= 0
    )
    over = _over(stocked)
    reorder = _reorder(stocked, consumption, service_level)
    predictions = _predictions(stocked, consumption)
    return StockAnalysis(
        examined=len(stocked),
        low_stock_items=low,
        out_of_stock_items=out,
        overstocked_items=over,
        recommendations=advice(stocked, low, out, over, reorder=reorder, predictions=predictions),
        reorder_recommendations=reorder,
        stockout_predictions=predictions,
        turnover=_turnover(stocked, consumption),
        abc_analysis=value_classes(stocked, consumption),
    )


def _stock(item: Item) -> float:
    return number_in(item, "current_stock") or 0.0


def _low(items: Sequence[Item]) -> tuple[LowStock, ...]:
    found = []
    for item in items:
        stock, limit = _stock(item), number_in(item, "reorder_point")
        if limit is not None and stock <= limit:
            minimum = number_in(item, "min_stock")
            urgent = stock <= 0 or (minimum is not None and stock <= minimum)
            found.append(LowStock(item.id, item.name, stock, limit, "high" if urgent else "medium"))
    return tuple(
        sorted(found, key=lambda one: (one.urgency != "high", one.current_stock - one.reorder_point))
    )


def _over(items: Sequence[Item]) -> tuple[Overstock, ...]:
    found = [
        Overstock(item.id, item.name, _stock(item), maximum, _stock(item) - maximum)
        for item in items
        if (maximum := number_in(item, "max_stock")) is not None and _stock(item) > OVERSTOCK_FACTOR * maximum
    ]
    return tuple(sorted(found, key=lambda one: -one.excess))


def _reorder(
    items: Sequence[Item], consumption: Mapping[ItemId, Consumption], service_level: float
) -> tuple[ReorderRecommendation, ...]:
    found = []
    for item in items:
        used, lead_time = consumption.get(item.id), number_in(item, "lead_time")
        if used is None or used.mean <= 0 or lead_time is None or lead_time < 0:
            continue
        point = reorder_point(used, lead_time, service_level=service_level)
        found.append(
            ReorderRecommendation(
                item_id=item.id,
                name=item.name,
                current_reorder_point=number_in(item, "reorder_point"),
                recommended_reorder_point=point.units,
                safety_stock=point.safety_stock,
                confidence=used.confidence,
            )
        )
    return tuple(found)


def _predictions(
    items: Sequence[Item], consumption: Mapping[ItemId, Consumption]
) -> tuple[StockoutPrediction, ...]:
    found = []
    for item in items:
        used = consumption.get(item.id)
        if used is not None and used.mean > 0:
            days = max(0.0, _stock(item)) / used.mean
            found.append(StockoutPrediction(item.id, item.name, _stock(item), days, _risk(days)))
    return tuple(sorted(found, key=lambda one: one.days_until_stockout))


def _risk(days: float) -> RiskLevel:
    return next((level for limit, level in _RISK_DAYS if days <= limit), "low")


def _turnover(items: Sequence[Item], consumption: Mapping[ItemId, Consumption]) -> tuple[Turnover, ...]:
    found = [
        Turnover(item.id, item.name, used.mean * DAYS_PER_YEAR / _stock(item))
        for item in items
        if (used := consumption.get(item.id)) is not None and _stock(item) > 0
    ]
    return tuple(sorted(found, key=lambda one: one.turns_per_year))
