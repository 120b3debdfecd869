"""Analyses stock, suppliers and purchases: items in, typed findings out.

`analyze_stock` and `analyze_suppliers` come first; `needs_from` says what has to be bought, `procurement_recommendations` from
whom, and `tco_analysis` what that costs in all. The `…_results` are what clients receive of it,
with the texts of a language (`FindingWording`).
"""

from streamd.analysis.change_effects import ChangeEffects, effects_of_changes
from streamd.analysis.costs import NO_COSTS
from streamd.analysis.demand_periods import DemandSeries, netted, on_one_scale, series_of
from streamd.analysis.finding_wording import FindingWording
from streamd.analysis.item_fields import number_in, text_in, usable_number
from streamd.analysis.need_reasons import (
    BelowComputedPoint,
    ForecastDemand,
    LowLevel,
    NeedReason,
    OrderBasis,
    OutBeforeDelivery,
    QuantityAskedFor,
    UsualOrder,
)
from streamd.analysis.order_quantities import OrderQuantity, QuantityRule
from streamd.analysis.ownership_cost import (
    CostComparison,
    CostGap,
    OwnershipCost,
    needs_by_category,
    tco_analysis,
)
from streamd.analysis.period import DAILY, Period
from streamd.analysis.preference_points import Adjustment, AdjustmentKind, adjustments_for
from streamd.analysis.procurement import procurement_recommendations
from streamd.analysis.procurement_findings import ProcurementRecommendation, SupplierChoice
from streamd.analysis.purchase_needs import PurchaseNeed, needs_from
from streamd.analysis.stock import OVERSTOCK_FACTOR, StockAnalysis, analyze_stock
from streamd.analysis.stock_data import AnalysisResultsData, DampedDemandData, LeftOutDemandData
from streamd.analysis.stock_findings import (
    EnoughOnOrder,
    FurtherPointChanges,
    GapField,
    LowStock,
    OutOfStock,
    Overstock,
    PointChange,
    Reorder,
    ReorderRecommendation,
    StockAdvice,
    StockoutPrediction,
)
from streamd.analysis.stock_payloads import stock_results
from streamd.analysis.stock_topics import StockTopic
from streamd.analysis.stocked_item import StockedItem
from streamd.analysis.supplier_data import CostComponent, NeedUrgency, SupplierResultsData
from streamd.analysis.supplier_findings import (
    AdviceKind,
    ConcentratedLocation,
    ConcentratedOrders,
    Grounds,
    PaidInAdvance,
    RatedAsRisk,
    Risk,
    SingleSource,
    SupplierAdvice,
    Unreliable,
    WithoutCertificates,
)
from streamd.analysis.supplier_payloads import cost_results, procurement_results, supplier_results
from streamd.analysis.supplier_performance import WEIGHTS, SupplierPerformance
from streamd.analysis.supplier_risks import SupplierRisks
from streamd.analysis.suppliers import SUPPLIER_TYPE, SupplierAnalysis, analyze_suppliers

__all__ = [
    "DAILY",
    "NO_COSTS",
    "OVERSTOCK_FACTOR",
    "SUPPLIER_TYPE",
    "WEIGHTS",
    "Adjustment",
    "AdjustmentKind",
    "AdviceKind",
    "AnalysisResultsData",
    "BelowComputedPoint",
    "ChangeEffects",
    "ConcentratedLocation",
    "ConcentratedOrders",
    "CostComparison",
    "CostComponent",
    "CostGap",
    "DampedDemandData",
    "DemandSeries",
    "EnoughOnOrder",
    "FindingWording",
    "ForecastDemand",
    "FurtherPointChanges",
    "GapField",
    "Grounds",
    "LeftOutDemandData",
    "LowLevel",
    "LowStock",
    "NeedReason",
    "NeedUrgency",
    "OrderBasis",
    "OrderQuantity",
    "OutBeforeDelivery",
    "OutOfStock",
    "Overstock",
    "OwnershipCost",
    "PaidInAdvance",
    "Period",
    "PointChange",
    "ProcurementRecommendation",
    "PurchaseNeed",
    "QuantityAskedFor",
    "QuantityRule",
    "RatedAsRisk",
    "Reorder",
    "ReorderRecommendation",
    "Risk",
    "SingleSource",
    "StockAdvice",
    "StockAnalysis",
    "StockTopic",
    "StockedItem",
    "StockoutPrediction",
    "SupplierAdvice",
    "SupplierAnalysis",
    "SupplierChoice",
    "SupplierPerformance",
    "SupplierResultsData",
    "SupplierRisks",
    "Unreliable",
    "UsualOrder",
    "WithoutCertificates",
    "adjustments_for",
    "analyze_stock",
    "analyze_suppliers",
    "cost_results",
    "effects_of_changes",
    "needs_by_category",
    "needs_from",
    "netted",
    "number_in",
    "on_one_scale",
    "procurement_recommendations",
    "procurement_results",
    "series_of",
    "stock_results",
    "supplier_results",
    "tco_analysis",
    "text_in",
    "usable_number",
]
