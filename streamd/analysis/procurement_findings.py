"""Findings of a procurement analysis, with their JSON for clients."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.analysis._prices import UnitPrice
from streamd.analysis.preference_points import AVOIDED, Adjustment
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_data import NeededItemData, PriceData, ProcurementData, SupplierChoiceData
from streamd.core.item import ItemId
from streamd.core.json.typed_schemas import without_none
from streamd.core.supplier_preferences import Aspect
from streamd.text.figures import plain

_DIGITS: Final = 3


@attrs.frozen
class SupplierChoice:
    """The choice of one supplier for one need."""

    supplier_id: ItemId
    supplier_name: str
    points: float
    """The weighted scores plus adjustments for preferences; may be outside 0 to 1."""
    delivery_time: float | None
    """Days."""
    price: UnitPrice | None
    total_cost: float | None
    """Money for the whole quantity."""
    reliability: float | None
    """0 to 1."""
    scores: Mapping[Aspect, float]
    """0 to 1; only what is known. Cost is relative to the cheapest for this need."""
    adjustments: tuple[Adjustment, ...]
    is_late: bool
    """Whether it is known to deliver after the stock is used up."""

    @property
    def cost(self) -> float | None:
        """Money per unit."""
        return None if self.price is None else self.price.per_unit

    @property
    def score(self) -> float:
        """0 to 1."""
        return min(1.0, max(0.0, self.points))

    @property
    def is_avoided(self) -> bool:
        """Whether a preference avoids this supplier."""
        return any(one.points <= AVOIDED for one in self.adjustments)

    def as_data(self) -> SupplierChoiceData:
        """JSON-ready. What is not known of `delivery_time`, `cost` and `reliability` is null."""
        price: PriceData = {
            "total_cost": None if self.total_cost is None else round(self.total_cost, 2),
            "cost_basis": None if self.price is None else self.price.basis,
        }
        return {
            "supplier_id": self.supplier_id,
            "supplier_name": self.supplier_name,
            "score": round(self.score, _DIGITS),
            "delivery_time": _shown(self.delivery_time),
            "cost": _shown(self.cost),
            "reliability": None if self.reliability is None else round(self.reliability, _DIGITS),
            **without_none(price),
            "adjustments": [{"points": one.points, "reason": one.reason} for one in self.adjustments],
            "arrives_too_late": self.is_late,
        }


@attrs.frozen
class ProcurementRecommendation:
    """The recommended suppliers for one need."""

    need: PurchaseNeed
    suppliers: tuple[SupplierChoice, ...]
    """The best first; avoided ones last."""
    compared: int
    """The number of suppliers compared."""
    weights: Mapping[Aspect, float]
    """The weights of the known aspects; their sum is 1. Empty when no aspect is known."""
    recommendation: str

    @property
    def best(self) -> SupplierChoice | None:
        """The recommended supplier; None without one that is not avoided."""
        first = self.suppliers[0] if self.suppliers else None
        return None if first is None or first.is_avoided else first

    def as_data(self) -> ProcurementData:
        """JSON-ready. Avoided suppliers are no recommendation, and stand apart."""
        item: NeededItemData = {"item_id": self.need.item_id}
        return {
            **without_none(item),
            "item_name": self.need.item_name,
            "quantity": plain(self.need.quantity),
            "urgency": self.need.urgency,
            "recommended_suppliers": [one.as_data() for one in self.suppliers if not one.is_avoided],
            "avoided_suppliers": [one.as_data() for one in self.suppliers if one.is_avoided],
            "recommendation": self.recommendation,
            "reason": self.need.reason,
            "weights": {aspect: round(weight, _DIGITS) for aspect, weight in self.weights.items()},
        }


def _shown(number: float | None) -> int | float | None:
    return None if number is None else plain(number)
