"""Analyses stock, suppliers and purchases: items in, typed findings and the sentences about them out.

`analyze_stock` and `analyze_suppliers` come first; `needs_from` says what has to be bought, `procurement_recommendations` from
whom, and `tco_analysis` what that costs in all. The `explain_…` functions put findings into sentences.
"""

from streamd.analysis.change_remarks import remarks_on_changes
from streamd.analysis.costs import NO_COSTS
from streamd.analysis.demand_periods import DAILY, DemandSeries, Period, on_one_scale, series_of
from streamd.analysis.item_fields import number_in, text_in, usable_number
from streamd.analysis.ownership_cost import CostComparison, needs_by_category, tco_analysis
from streamd.analysis.preference_points import adjustments_for
from streamd.analysis.procurement import procurement_recommendations
from streamd.analysis.procurement_explanation import explain_procurement
from streamd.analysis.procurement_findings import ProcurementRecommendation
from streamd.analysis.purchase_needs import PurchaseNeed, needs_from
from streamd.analysis.stock import StockAnalysis, analyze_stock
from streamd.analysis.stock_data import AnalysisResultsData
from streamd.analysis.stock_explanation import StockTopic, explain_stock
from streamd.analysis.stockout_answers import safety_words, stockout_words
from streamd.analysis.supplier_data import SupplierResultsData
from streamd.analysis.supplier_explanation import explain_suppliers
from streamd.analysis.suppliers import SUPPLIER_TYPE, SupplierAnalysis, analyze_suppliers

__all__ = [
    "DAILY",
    "NO_COSTS",
    "SUPPLIER_TYPE",
    "AnalysisResultsData",
    "CostComparison",
    "DemandSeries",
    "Period",
    "ProcurementRecommendation",
    "PurchaseNeed",
    "StockAnalysis",
    "StockTopic",
    "SupplierAnalysis",
    "SupplierResultsData",
    "adjustments_for",
    "analyze_stock",
    "analyze_suppliers",
    "explain_procurement",
    "explain_stock",
    "explain_suppliers",
    "needs_by_category",
    "needs_from",
    "number_in",
    "on_one_scale",
    "procurement_recommendations",
    "remarks_on_changes",
    "safety_words",
    "series_of",
    "stockout_words",
    "tco_analysis",
    "text_in",
    "usable_number",
]
