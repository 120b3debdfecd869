"""The findings about suppliers and purchases as clients receive them: figures, and the texts of a language."""

from typing import Final

from streamd.analysis.finding_wording import FindingWording
from streamd.analysis.ownership_cost import CostComparison, OwnershipCost
from streamd.analysis.procurement_findings import ProcurementRecommendation, SupplierChoice
from streamd.analysis.supplier_data import (
    CostComparisonData,
    NeededItemData,
    OwnershipCostData,
    PriceData,
    ProcurementData,
    SupplierChoiceData,
    SupplierPerformanceData,
    SupplierResultsData,
    SupplierRisksData,
)
from streamd.analysis.supplier_performance import UNKNOWN, SupplierPerformance
from streamd.analysis.supplier_risks import SupplierRisks
from streamd.analysis.suppliers import SupplierAnalysis
from streamd.core.json.typed_schemas import without_none
from streamd.core.supplier_preferences import Aspect
from streamd.text.figures import plain

_DIGITS: Final = 3
_WITHOUT_PRICE: Final = 5
"""The most suppliers without a price that are listed for one need."""


def supplier_results(analysis: SupplierAnalysis, wording: FindingWording) -> SupplierResultsData:
    """The `data` of a `supplier_results` response, without purchases."""
    return {
        "supplier_performance": {one.supplier_id: _performance(one, wording) for one in analysis.performance},
        "supplier_risks": {one.supplier_id: _risks(one, wording) for one in analysis.risks},
    }


def procurement_results(
    recommendation: ProcurementRecommendation, wording: FindingWording
) -> ProcurementData:
    """JSON-ready. Avoided suppliers are no recommendation, and stand apart."""
    need, suppliers = recommendation.need, recommendation.suppliers
    item: NeededItemData = {"item_id": need.item_id}
    return {
        **without_none(item),
        "item_name": need.item_name,
        "quantity": plain(need.quantity),
        "urgency": need.urgency,
        "recommended_suppliers": [_choice(one, wording) for one in suppliers if not one.is_avoided],
        "avoided_suppliers": [_choice(one, wording) for one in suppliers if one.is_avoided],
        "recommendation": wording.purchase_recommendation(recommendation),
        "reason": wording.need_reasons(need.reasons),
        "weights": {aspect: round(weight, _DIGITS) for aspect, weight in recommendation.weights.items()},
    }


def cost_results(comparison: CostComparison, wording: FindingWording) -> CostComparisonData:
    """JSON-ready."""
    return {
        "item_name": comparison.need.item_name,
        "quantity": plain(comparison.need.quantity),
        "suppliers": [_cost(one, wording) for one in comparison.suppliers],
        "compared_by": list(comparison.compared_by),
        "without_price": list(comparison.without_price[:_WITHOUT_PRICE]),
        "recommendation": wording.cost_recommendation(comparison),
    }


def _performance(one: SupplierPerformance, wording: FindingWording) -> SupplierPerformanceData:
    """An unknown score reads 0.5, and `unknown_scores` names it."""

    def shown(aspect: Aspect) -> float:
        return round(one.scores.get(aspect, UNKNOWN), _DIGITS)

    return {
        "supplier_name": one.supplier_name,
        "overall_score": round(one.overall_score, _DIGITS),
        "delivery_score": shown("delivery"),
        "quality_score": shown("quality"),
        "cost_score": shown("cost"),
        "reliability_score": shown("reliability"),
        "performance_tier": one.performance_tier,
        "recommendations": [wording.supplier_advice(one.supplier_name, advice) for advice in one.advice],
        "unknown_scores": [f"{aspect}_score" for aspect in one.unknown],
        "grounds": {
            f"{aspect}_score": wording.score_grounds(aspect, figures)
            for aspect, figures in one.figures.items()
        },
    }


def _risks(one: SupplierRisks, wording: FindingWording) -> SupplierRisksData:
    return {
        "supplier_name": one.supplier_name,
        "risk_score": round(one.risk_score, _DIGITS),
        "risk_level": one.risk_level,
        "risks": [
            {"type": risk.type, "description": wording.risk_description(risk), "severity": risk.severity}
            for risk in one.risks
        ],
        "mitigation_strategies": list(dict.fromkeys(wording.risk_mitigation(risk) for risk in one.risks)),
    }


def _choice(one: SupplierChoice, wording: FindingWording) -> SupplierChoiceData:
    """Null where `delivery_time`, `cost` or `reliability` is not known."""
    price: PriceData = {
        "total_cost": None if one.total_cost is None else round(one.total_cost, 2),
        "cost_basis": None if one.price is None else one.price.basis,
    }
    return {
        "supplier_id": one.supplier_id,
        "supplier_name": one.supplier_name,
        "score": round(one.score, _DIGITS),
        "delivery_time": _shown(one.delivery_time),
        "cost": _shown(one.cost),
        "reliability": None if one.reliability is None else round(one.reliability, _DIGITS),
        **without_none(price),
        "adjustments": [
            {"points": part.points, "reason": wording.adjustment_reason(part)} for part in one.adjustments
        ],
        "arrives_too_late": one.is_late,
    }


def _cost(one: OwnershipCost, wording: FindingWording) -> OwnershipCostData:
    return {
        "supplier_id": one.supplier_id,
        "supplier_name": one.supplier_name,
        "total_cost": round(one.total, 2),
        "cost_per_unit": plain(one.total / one.quantity),
        "components": {name: round(amount, 2) for name, amount in one.components.items()},
        "missing": [wording.cost_gap(gap) for gap in one.missing],
    }


def _shown(number: float | None) -> int | float | None:
    return None if number is None else plain(number)
