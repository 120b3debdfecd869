"""Findings of a stock analysis; those without a text of their own come with their JSON for clients."""

from typing import Literal

from streamd.analysis._consumption import Consumption
from streamd.analysis.need_reasons import OrderReason
from streamd.analysis.order_quantities import OrderQuantity
from streamd.analysis.stock_data import (
    LowStockData,
    OverstockData,
    ReorderPointData,
    RiskLevel,
    StockoutData,
    StockSummaryData,
    StockUrgency,
    TurnoverData,
)
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.core.json.typed_schemas import without_none
from streamd.facts import frozen
from streamd.text.figures import plain

GapField = Literal["reorder_point", "demand", "lead_time", "max_stock", "unit_cost", "ordering_cost"]


@frozen
class LowStock:
    """Stock at or below the reorder point."""

    item_id: ItemId
    name: str
    current_stock: float
    reorder_point: float
    urgency: StockUrgency
    """`high` at or below the minimum, and when nothing is left."""

    def as_data(self) -> LowStockData:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_stock": plain(self.current_stock),
            "reorder_point": plain(self.reorder_point),
            "urgency": self.urgency,
        }


@frozen
class OutOfStock:
    """Nothing left."""

    item: StockedItem
    demand: Consumption | None
    """None where it is not known."""


@frozen
class Overstock:
    """Stock above 1.2 times the maximum."""

    item: StockedItem
    max_stock: float

    @property
    def current_stock(self) -> float:
        """Units in stock."""
        return self.item.stock

    @property
    def excess(self) -> float:
        """Units above the maximum."""
        return self.current_stock - self.max_stock

    def as_data(self) -> OverstockData:
        """JSON-ready."""
        return {
            "item_id": self.item.item_id,
            "name": self.item.name,
            "current_stock": plain(self.current_stock),
            "max_stock": plain(self.max_stock),
            "excess": plain(self.excess),
        }


@frozen
class ReorderRecommendation:
    """The reorder point that demand and lead time call for."""

    item_id: ItemId
    name: str
    current_reorder_point: float | None
    recommended_reorder_point: float
    safety_stock: float
    confidence: float

    service_level: float = 0.95
    is_intermittent: bool = False
    """Whether the safety stock is that for demand which comes only now and then."""

    def as_data(self) -> ReorderPointData:
        """JSON-ready; `current_reorder_point` is null where the item has none."""
        current = self.current_reorder_point
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_reorder_point": None if current is None else plain(current),
            "recommended_reorder_point": plain(self.recommended_reorder_point),
            "safety_stock": plain(self.safety_stock),
            "confidence": round(self.confidence, 2),
            "service_level": round(self.service_level, 4),
            "intermittent": self.is_intermittent,
        }


@frozen
class StockoutPrediction:
    """The time until the stock is used up, at constant demand and without deliveries."""

    item_id: ItemId
    name: str
    current_stock: float
    days_until_stockout: float
    risk_level: RiskLevel
    """`critical` up to 3 days, `high` up to 7, `medium` up to 14."""
    days_covered: float
    """The days for which the stock lasts with the probability of the service level."""

    def as_data(self) -> StockoutData:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_stock": plain(self.current_stock),
            "days_until_stockout": round(self.days_until_stockout, 1),
            "days_covered": round(self.days_covered, 1),
            "risk_level": self.risk_level,
        }


@frozen
class Reorder:
    """An item to order now."""

    item: StockedItem
    order: OrderQuantity | None
    """None where no level to order up to is known."""
    urgency: StockUrgency
    """`high` when it is at or below the minimum, out, or out before a delivery can arrive."""
    reason: OrderReason

    @property
    def quantity(self) -> float | None:
        """Whole units; None where no level to order up to is known."""
        return None if self.order is None else self.order.units


@frozen
class EnoughOnOrder:
    """A low item for which enough is on order."""

    item: StockedItem


@frozen
class PointChange:
    """A reorder point that demand calls for, of an item that has none or another one."""

    point: ReorderRecommendation
    lead_time: float
    """Days."""


@frozen
class FurtherPointChanges:
    """Reorder points to change beyond those that are named."""

    count: int


StockAdvice = Reorder | EnoughOnOrder | PointChange | FurtherPointChanges | Overstock
"""One recommendation; an overstocked item is not to be ordered for now."""


@frozen
class Turnover:
    """The turnover of an item's stock a year."""

    item_id: ItemId
    name: str
    turns_per_year: float
    """A year's demand / present stock, which stands for the average stock as long as no history of it is kept."""
    days_of_supply: float | None
    """Present stock / a day's demand; None where there is no demand, so that it would last forever."""
    stock_value: float | None = None
    """Money at cost; None where the unit cost is not known."""

    def as_data(self) -> TurnoverData:
        """JSON-ready; what is not known is absent."""
        data: TurnoverData = {
            "item_id": self.item_id,
            "name": self.name,
            "turns_per_year": round(self.turns_per_year, 2),
            "days_of_supply": None if self.days_of_supply is None else round(self.days_of_supply, 1),
            "stock_value": None if self.stock_value is None else round(self.stock_value, 2),
        }
        return without_none(data)


@frozen
class StockSummary:
    """All items together."""

    examined: int
    stock_value: float
    """Money at cost, of the items whose unit cost is known."""
    annual_usage_value: float
    """Money at cost of a year's demand, of the items whose unit cost and demand are known."""
    turns_per_year: float | None
    """A year's demand over present stock, both at cost, over the items for which both are known; None without stock."""
    without_demand: int
    """The number of items with stock and no demand in their history."""

    def as_data(self) -> StockSummaryData:
        """JSON-ready; `turns_per_year` is absent where it is not known."""
        data: StockSummaryData = {
            "examined": self.examined,
            "stock_value": round(self.stock_value, 2),
            "annual_usage_value": round(self.annual_usage_value, 2),
            "turns_per_year": None if self.turns_per_year is None else round(self.turns_per_year, 2),
            "without_demand": self.without_demand,
        }
        return without_none(data)


@frozen
class Gap:
    """Data that some items lack."""

    field: GapField
    items: int
    examples: tuple[str, ...]
    """The names of a few such items."""
