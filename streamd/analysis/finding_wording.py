"""Wording of single findings, for the texts in the `data` of responses.

A language provides it; the analyses give kinds and figures.
"""

from collections.abc import Sequence
from typing import Protocol

from streamd.analysis.need_reasons import NeedReason
from streamd.analysis.order_quantities import OrderQuantity
from streamd.analysis.ownership_cost import CostComparison, CostGap
from streamd.analysis.preference_points import Adjustment
from streamd.analysis.procurement_findings import ProcurementRecommendation
from streamd.analysis.stock_findings import GapField, OutOfStock, StockAdvice
from streamd.analysis.supplier_findings import Grounds, Risk, SupplierAdvice
from streamd.core.supplier_preferences import Aspect


class FindingWording(Protocol):
    """The texts of single findings, without a full stop."""

    def stockout_impact(self, finding: OutOfStock) -> str:
        """Describe a stockout: lost demand and its value a day, and the time until a delivery."""

    def stock_advice(self, advice: StockAdvice) -> str:
        """Recommend what to do about an item's stock."""

    def need_reasons(self, reasons: Sequence[NeedReason]) -> str:
        """Explain why an item is to be bought, as part of a sentence; empty without a reason."""

    def order_basis(self, order: OrderQuantity) -> str:
        """Name the rule of an order quantity, as part of a sentence."""

    def gap_needed_for(self, field: GapField) -> str:
        """Name the analyses that need a field, as part of a sentence."""

    def gap_remedy(self, field: GapField) -> str:
        """Explain how to supply a field, as part of a sentence."""

    def score_grounds(self, aspect: Aspect, grounds: Grounds) -> str:
        """State the figures of one score, as part of a sentence."""

    def supplier_advice(self, name: str, advice: SupplierAdvice) -> str:
        """Recommend what to do about a supplier."""

    def risk_description(self, risk: Risk) -> str:
        """Describe a risk: what may happen and why."""

    def risk_mitigation(self, risk: Risk) -> str:
        """Recommend what to do about a risk."""

    def adjustment_reason(self, adjustment: Adjustment) -> str:
        """Give the preference behind points, as part of a sentence."""

    def purchase_recommendation(self, recommendation: ProcurementRecommendation) -> str:
        """Recommend whom to buy from, with the reasons and the next best supplier."""

    def cost_gap(self, gap: CostGap) -> str:
        """Name a missing input with the components of the total cost that it belongs to."""

    def cost_recommendation(self, comparison: CostComparison) -> str:
        """Recommend the supplier with the least total cost."""
