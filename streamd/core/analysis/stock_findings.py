"""What a stock analysis can find about one item, each as older frontends read it."""

from typing import Literal

import attrs

from streamd.core.analysis.figures import plain, without_none
from streamd.core.item import ItemId

Urgency = Literal["high", "medium"]
RiskLevel = Literal["critical", "high", "medium", "low"]


@attrs.frozen
class LowStock:
    """Stock at or below the reorder point."""

    item_id: ItemId
    name: str
    current_stock: float
    reorder_point: float
    urgency: Urgency
    """`high` at or below the minimum, and when nothing is left."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_stock": plain(self.current_stock),
            "reorder_point": plain(self.reorder_point),
            "urgency": self.urgency,
        }


@attrs.frozen
class OutOfStock:
    """Nothing left."""

    item_id: ItemId
    name: str
    impact: str
    """What that costs a day and how long it lasts, from demand, unit cost and lead time, as far as they are known."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {"item_id": self.item_id, "name": self.name, "impact": self.impact}


@attrs.frozen
class Overstock:
    """More than 1.2 times the maximum."""

    item_id: ItemId
    name: str
    current_stock: float
    max_stock: float
    excess: float
    """Units above the maximum."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_stock": plain(self.current_stock),
            "max_stock": plain(self.max_stock),
            "excess": plain(self.excess),
        }


@attrs.frozen
class ReorderRecommendation:
    """The reorder point that demand and lead time call for."""

    item_id: ItemId
    name: str
    current_reorder_point: float | None
    recommended_reorder_point: float
    safety_stock: float
    confidence: float

    def as_data(self) -> dict[str, object]:
        """JSON-ready; `current_reorder_point` is absent where the item has none."""
        current = self.current_reorder_point
        return without_none(
            {
                "item_id": self.item_id,
                "name": self.name,
                "current_reorder_point": None if current is None else plain(current),
                "recommended_reorder_point": plain(self.recommended_reorder_point),
                "safety_stock": plain(self.safety_stock),
                "confidence": round(self.confidence, 2),
            }
        )


@attrs.frozen
class StockoutPrediction:
    """When the stock is used up if demand stays as it is and nothing is delivered."""

    item_id: ItemId
    name: str
    current_stock: float
    days_until_stockout: float
    risk_level: RiskLevel
    """`critical` up to 3 days, `high` up to 7, `medium` up to 14."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "current_stock": plain(self.current_stock),
            "days_until_stockout": round(self.days_until_stockout, 1),
            "risk_level": self.risk_level,
        }


@attrs.frozen
class Turnover:
    """How often a year the present stock would be used up."""

    item_id: ItemId
    name: str
    turns_per_year: float
    """A year's demand / present stock, which stands for the average stock as long as no history of it is kept."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {"item_id": self.item_id, "name": self.name, "turns_per_year": round(self.turns_per_year, 2)}
