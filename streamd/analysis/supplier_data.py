"""The `data` of a `supplier_results` response, as clients receive it. Scores are 0 to 1."""

from typing import Literal, NotRequired, TypedDict

from streamd.analysis.supplier_findings import RiskType, Severity
from streamd.core.item import ItemId
from streamd.core.supplier_preferences import Aspect

CostComponent = Literal[
    "purchase", "ordering", "transport", "in_transit", "cycle_stock", "safety_stock", "quality"
]
Tier = Literal["excellent", "good", "fair", "poor", "unrated"]
PriceBasis = Literal["listed", "present", "general"]
NeedUrgency = Literal["high", "medium", "low"]


class SupplierPerformanceData(TypedDict):
    """The performance of one supplier. An unknown score reads 0.5."""

    supplier_name: str
    """Its name."""
    overall_score: float
    """The weighted mean of the known scores."""
    delivery_score: float
    """Speed and punctuality."""
    quality_score: float
    """By defects, else by certificates."""
    cost_score: float
    """The lowest unit cost of the category over its own."""
    reliability_score: float
    """Its `reliability_score` over 100."""
    performance_tier: Tier
    """`excellent` from 0.85, `good` from 0.7, `fair` from 0.5, else `poor`; `unrated` where nothing is known."""
    recommendations: list[str]
    """What to do, in words."""
    unknown_scores: list[str]
    """Names of the scores that are not known."""
    grounds: dict[str, str]
    """The figures of each known score in words, by its name."""


class SupplierRiskData(TypedDict):
    """One risk of a supplier."""

    type: RiskType
    """What kind of risk it is."""
    description: str
    """What may happen and why, in words."""
    severity: Severity
    """How bad it is."""


class SupplierRisksData(TypedDict):
    """All risks of one supplier."""

    supplier_name: str
    """Its name."""
    risk_score: float
    """0 to 1: the chance that at least one of them happens."""
    risk_level: Severity
    """Of all risks together."""
    risks: list[SupplierRiskData]
    """Each by itself."""
    mitigation_strategies: list[str]
    """What to do about them, in words."""


class AdjustmentData(TypedDict):
    """Points added to a score, or taken, for a preference."""

    points: float
    """-1 to 1."""
    reason: str
    """Why, in words."""


class PriceData(TypedDict, total=False):
    """The cost of a need at a supplier whose price is known."""

    total_cost: float | None
    """Money for the whole quantity."""
    cost_basis: PriceBasis | None
    """`listed`: its price for this item; `present`: what the item costs at present; `general`: its cost of any unit."""


class SupplierChoiceData(PriceData):
    """One supplier compared for one need."""

    supplier_id: ItemId
    """Its id."""
    supplier_name: str
    """Its name."""
    score: float
    """The weighted scores and the adjustments."""
    delivery_time: float | None
    """Days; null where it is not known."""
    cost: float | None
    """Money per unit; null where it is not known."""
    reliability: float | None
    """0 to 1; null where it is not known."""
    adjustments: list[AdjustmentData]
    """What preferences made of the score."""
    arrives_too_late: bool
    """Whether it is known to deliver after the stock is used up."""


class NeededItemData(TypedDict, total=False):
    """The item that is needed, where it is one."""

    item_id: ItemId | None
    """The item's id; absent where suppliers of a whole category are compared."""


class ProcurementData(NeededItemData):
    """The recommended suppliers for one need."""

    item_name: str
    """The name of the item, or of the category."""
    quantity: float
    """Units to buy."""
    urgency: NeedUrgency
    """How soon it is needed."""
    recommended_suppliers: list[SupplierChoiceData]
    """The best first."""
    avoided_suppliers: list[SupplierChoiceData]
    """Those that a preference avoids."""
    recommendation: str
    """Whom to buy from, in words."""
    reason: str
    """Why it is needed, in words."""
    weights: dict[Aspect, float]
    """Of the known aspects; their sum is 1. Empty when none is known."""


class OwnershipCostData(TypedDict):
    """The total cost of one need at one supplier, in money."""

    supplier_id: ItemId
    """Its id."""
    supplier_name: str
    """Its name."""
    total_cost: float
    """The sum of the components."""
    cost_per_unit: float
    """The total over the quantity."""
    components: dict[CostComponent, float]
    """Those that could be computed; `purchase` always."""
    missing: list[str]
    """What the other components lack: field and component, in words."""


class CostComparisonData(TypedDict):
    """The total costs of one need, compared across suppliers."""

    item_name: str
    """The name of the item, or of the category."""
    quantity: float
    """Units to buy."""
    suppliers: list[OwnershipCostData]
    """The cheapest first, by the components that are known of all of them."""
    compared_by: list[CostComponent]
    """Those components."""
    without_price: list[str]
    """Names of suppliers whose price is not known."""
    recommendation: str
    """Whom to buy from, in words."""


class SupplierResultsData(TypedDict):
    """Findings about suppliers; each list and table has at most 500 entries."""

    supplier_performance: dict[str, SupplierPerformanceData]
    """By the supplier's id, the best first."""
    supplier_risks: dict[str, SupplierRisksData]
    """By the supplier's id, the riskiest first."""
    procurement_recommendations: NotRequired[list[ProcurementData]]
    """Where something is to be bought: for each need, from whom."""
    tco_analysis: NotRequired[list[CostComparisonData]]
    """Where the total cost of ownership was asked for."""
    counts: NotRequired[dict[str, int]]
    """The full length of each list and table, also of those that were cut."""
