"""Words findings in English: single ones (`streamd.analysis.FindingWording`), and whole analyses and forecasts."""

from collections.abc import Collection, Sequence

from streamd.analysis import (
    Adjustment,
    ChangeEffects,
    CostComparison,
    CostGap,
    GapField,
    Grounds,
    NeedReason,
    OrderQuantity,
    OutOfStock,
    ProcurementRecommendation,
    Risk,
    StockAdvice,
    StockAnalysis,
    StockTopic,
    SupplierAdvice,
    SupplierAnalysis,
)
from streamd.core.item import ItemId
from streamd.core.supplier_preferences import Aspect
from streamd.forecasting import Forecast, ForecastTopic
from streamd.language.findings import (
    _cost_sentences,
    _recommendation_sentences,
    _stock_sentences,
    _supplier_sentences,
)
from streamd.language.findings._change_remarks import change_remarks
from streamd.language.findings._detailed_forecasts import explain_in_detail
from streamd.language.findings._plain_forecasts import expected_words, explain_plainly
from streamd.language.findings._procurement_explanation import explain_procurement
from streamd.language.findings._stock_explanation import explain_stock
from streamd.language.findings._stockout_answers import safety_words, stockout_words
from streamd.language.findings._supplier_explanation import explain_suppliers


class EnglishFindingWording:
    """The English catalogue of the texts of findings, without state."""

    # ── single findings ──────────────────────────────────────────────────────────────────────────────────────────────

    def stockout_impact(self, finding: OutOfStock) -> str:
        """Describe a stockout."""
        return _stock_sentences.impact_of(finding)

    def stock_advice(self, advice: StockAdvice) -> str:
        """Recommend what to do about the stock."""
        return _stock_sentences.advice_text(advice)

    def need_reasons(self, reasons: Sequence[NeedReason]) -> str:
        """Explain a need."""
        return _stock_sentences.reasons_text(reasons)

    def order_basis(self, order: OrderQuantity) -> str:
        """Name the rule of an order quantity."""
        return _stock_sentences.order_basis(order)

    def gap_needed_for(self, field: GapField) -> str:
        """Name the analyses that need a field."""
        return _stock_sentences.GAPS[field][0]

    def gap_remedy(self, field: GapField) -> str:
        """Explain how to supply a field."""
        return _stock_sentences.GAPS[field][1]

    def score_grounds(self, aspect: Aspect, grounds: Grounds) -> str:
        """State the figures of a score."""
        return _supplier_sentences.ground_text(aspect, grounds)

    def supplier_advice(self, name: str, advice: SupplierAdvice) -> str:
        """Recommend what to do about a supplier."""
        return _supplier_sentences.advice_text(name, advice)

    def risk_description(self, risk: Risk) -> str:
        """Describe a risk."""
        return _supplier_sentences.risk_description(risk)

    def risk_mitigation(self, risk: Risk) -> str:
        """Recommend what to do about a risk."""
        return _supplier_sentences.risk_mitigation(risk)

    def adjustment_reason(self, adjustment: Adjustment) -> str:
        """Give the preference behind points."""
        return _recommendation_sentences.adjustment_reason(adjustment)

    def purchase_recommendation(self, recommendation: ProcurementRecommendation) -> str:
        """Recommend whom to buy from."""
        return _recommendation_sentences.recommendation_text(recommendation)

    def cost_gap(self, gap: CostGap) -> str:
        """Name a missing input of a total cost."""
        return _cost_sentences.cost_gap(gap)

    def cost_recommendation(self, comparison: CostComparison) -> str:
        """Recommend the supplier with the least total cost."""
        return _cost_sentences.cost_text(comparison)

    def confidence_basis(self) -> str:
        """State the formula of a forecast's confidence."""
        return "(1 - sMAPE of the ensemble on the hold-out / 200) x n / (n + 2), n periods of history; 0 without a hold-out"

    # ── findings in sentences ────────────────────────────────────────────────────────────────────────────────────────

    def stock_explained(self, analysis: StockAnalysis, first: Collection[StockTopic]) -> list[str]:
        """Explain an analysis of the stock."""
        return explain_stock(analysis, first=first)

    def stockouts_expected(
        self, analysis: StockAnalysis, named: Sequence[ItemId], within_days: int
    ) -> list[str]:
        """Say when items run out."""
        return stockout_words(analysis, named, within_days)

    def safety_stocks(self, analysis: StockAnalysis, named: Sequence[ItemId]) -> list[str]:
        """State safety stocks."""
        return safety_words(analysis, named)

    def suppliers_explained(self, analysis: SupplierAnalysis) -> list[str]:
        """Explain an analysis of all suppliers."""
        return explain_suppliers(analysis)

    def purchase_explained(
        self,
        recommendations: Sequence[ProcurementRecommendation],
        costs: Sequence[CostComparison],
        *,
        with_overview: bool = True,
    ) -> list[str]:
        """Explain a purchase."""
        return explain_procurement(recommendations, costs, with_overview=with_overview)

    def remarks_on_changes(self, effects: ChangeEffects) -> list[str]:
        """Remark on the consequences of changes."""
        return change_remarks(effects)

    def demand_expected(self, forecast: Forecast, name: str, unit: str) -> str:
        """State an item's expected demand."""
        return expected_words(forecast, name, unit)

    def forecast_explained(
        self, forecast: Forecast, name: str, unit: str, topics: Collection[ForecastTopic]
    ) -> list[str]:
        """Explain a forecast in plain words."""
        return explain_plainly(forecast, name, unit, topics)

    def forecast_derived(self, forecast: Forecast, name: str, topics: Collection[ForecastTopic]) -> list[str]:
        """Explain a forecast in detail."""
        return explain_in_detail(forecast, name, topics)
