"""Findings of a procurement analysis."""

from collections.abc import Mapping

from streamd.analysis._prices import UnitPrice
from streamd.analysis.preference_points import AVOIDED, Adjustment
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.core.item import ItemId
from streamd.core.supplier_preferences import Aspect
from streamd.facts import frozen


@frozen
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


@frozen
class ProcurementRecommendation:
    """The recommended suppliers for one need."""

    need: PurchaseNeed
    suppliers: tuple[SupplierChoice, ...]
    """The best first; avoided ones last."""
    compared: int
    """The number of suppliers compared."""
    weights: Mapping[Aspect, float]
    """The weights of the known aspects; their sum is 1. Empty when no aspect is known."""
    priority: Aspect | None = None
    """The aspect whose weight a preference doubled."""
    first_by_figures: SupplierChoice | None = None
    """The supplier that would come first without preferences, where they make another one first."""
    first_in_time: SupplierChoice | None = None
    """The best of those known to deliver before the stock is used up."""
    left_out: tuple[str, ...] = ()
    """Suppliers that are not compared, as their recorded products do not include the need."""

    @property
    def best(self) -> SupplierChoice | None:
        """The recommended supplier; None without one that is not avoided."""
        first = self.suppliers[0] if self.suppliers else None
        return None if first is None or first.is_avoided else first
