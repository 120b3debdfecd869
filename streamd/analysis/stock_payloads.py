"""The findings about stock as clients receive them: figures, and the texts of a language."""

from streamd.analysis.finding_wording import FindingWording
from streamd.analysis.stock import StockAnalysis
from streamd.analysis.stock_data import AnalysisResultsData, MissingData, OutOfStockData, ReorderData
from streamd.analysis.stock_findings import Gap, OutOfStock, Reorder
from streamd.core.json.typed_schemas import without_none
from streamd.text.figures import plain


def stock_results(analysis: StockAnalysis, wording: FindingWording) -> AnalysisResultsData:
    """The `data` of an `analysis_results` response: the first four keys always, the others unless they are empty."""
    classes = analysis.abc_analysis
    data: AnalysisResultsData = {
        "low_stock_items": [one.as_data() for one in analysis.low_stock_items],
        "out_of_stock_items": [_out_of_stock(one, wording) for one in analysis.out_of_stock_items],
        "overstocked_items": [one.as_data() for one in analysis.overstocked_items],
        "recommendations": [wording.stock_advice(one) for one in analysis.advice],
        "reorder_recommendations": [one.as_data() for one in analysis.reorder_recommendations] or None,
        "stockout_predictions": [one.as_data() for one in analysis.stockout_predictions] or None,
        "turnover": [one.as_data() for one in analysis.turnover] or None,
        "reorder_quantities": [_reorder(one, wording) for one in analysis.reorders] or None,
        "economic_order_quantities": [one.as_data() for one in analysis.economic_orders] or None,
        "missing_data": [_missing(one, wording) for one in analysis.gaps] or None,
        "abc_analysis": None if classes is None else classes.as_data(),
        "abc_basis": None if classes is None else classes.basis,
        "summary": analysis.summary.as_data() if analysis.examined else None,
    }
    return without_none(data)


def _out_of_stock(one: OutOfStock, wording: FindingWording) -> OutOfStockData:
    return {
        "item_id": one.item.item_id,
        "name": one.item.name,
        "impact": wording.stockout_impact(one),
    }


def _reorder(one: Reorder, wording: FindingWording) -> ReorderData:
    """`quantity`, `basis`, `supplier` and `cost` are absent where they are not known."""
    quantity, unit_cost = one.quantity, one.item.unit_cost
    data: ReorderData = {
        "item_id": one.item.item_id,
        "name": one.item.name,
        "quantity": None if quantity is None else plain(quantity),
        "urgency": one.urgency,
        "reason": wording.need_reasons((one.reason,)),
        "basis": None if one.order is None else wording.order_basis(one.order),
        "supplier": one.item.supplier or None,
        "cost": None if quantity is None or unit_cost is None else round(quantity * unit_cost, 2),
    }
    return without_none(data)


def _missing(gap: Gap, wording: FindingWording) -> MissingData:
    return {
        "field": gap.field,
        "items": gap.items,
        "examples": list(gap.examples),
        "needed_for": wording.gap_needed_for(gap.field),
        "remedy": wording.gap_remedy(gap.field),
    }
