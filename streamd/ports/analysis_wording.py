"""Wording of analyses: what the agents for stock, suppliers and demand say, with the findings (`streamd.analysis.FindingWording`).

Above: those agents, which choose the text and its values. Below: a language, which words it, with the forms of its numbers.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from streamd.analysis import (
    ChangeEffects,
    CostComparison,
    FindingWording,
    ProcurementRecommendation,
    StockAnalysis,
    StockTopic,
    SupplierAnalysis,
)
from streamd.core.item import ItemId
from streamd.forecasting import Forecast, ForecastTopic, LeftOutReason


class AnalysisWording(FindingWording, Protocol):
    """The texts of agents that analyse. A method returns the whole text; units are nouns for one (`day`, `month`)."""

    # ── findings in sentences, the most important first ──────────────────────────────────────────────────────────────

    def stock_explained(self, analysis: StockAnalysis, first: Collection[StockTopic]) -> list[str]:
        """Explain an analysis of the stock, with these topics first."""

    def stockouts_expected(
        self, analysis: StockAnalysis, named: Sequence[ItemId], within_days: int
    ) -> list[str]:
        """Say when these items run out, or without any which items do within so many days."""

    def safety_stocks(self, analysis: StockAnalysis, named: Sequence[ItemId]) -> list[str]:
        """State the safety stock and reorder point of these items."""

    def suppliers_explained(self, analysis: SupplierAnalysis) -> list[str]:
        """Explain an analysis of all suppliers."""

    def purchase_explained(
        self,
        recommendations: Sequence[ProcurementRecommendation],
        costs: Sequence[CostComparison],
        *,
        with_overview: bool = True,
    ) -> list[str]:
        """Explain whom to buy from, and what that costs in all; without either, that there is nothing to buy."""

    def remarks_on_changes(self, effects: ChangeEffects) -> list[str]:
        """Remark on the consequences of changes for the stock, before they are made."""

    def confidence_basis(self) -> str:
        """State the formula of a forecast's confidence, without a full stop."""

    def demand_expected(self, forecast: Forecast, name: str, unit: str) -> str:
        """State an item's expected demand."""

    def forecast_explained(
        self, forecast: Forecast, name: str, unit: str, topics: Collection[ForecastTopic]
    ) -> list[str]:
        """Explain these topics of a forecast in plain words."""

    def forecast_derived(self, forecast: Forecast, name: str, topics: Collection[ForecastTopic]) -> list[str]:
        """Explain these topics of a forecast with its methods, errors and tests."""

    # ── stock ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def stock_found(self, low: int, out: int, over: int, among: int | None = None) -> str:
        """Sum up an analysis: numbers of items that are low, out of stock, overstocked.

        `among`: where not all items were examined but those that a request changes: their number.
        """

    def stock_remembered(
        self, examined: int, low: int, out: int, over: int, orders: Sequence[tuple[float, str]]
    ) -> str:
        """Sum up an analysis for later: as above, and what to order, (quantity, name)."""

    def to_be_ordered(self, orders: Sequence[tuple[float, str, str]]) -> str:
        """Say what to order: (quantity, unit, name)."""

    def was_out_of_stock(self, name: str, impact: str) -> str:
        """Record that an item was out of stock, with what that meant."""

    def was_to_run_out(self, name: str, days: float, left: float) -> str:
        """Record that an item was about to run out."""

    # ── suppliers ────────────────────────────────────────────────────────────────────────────────────────────────────

    def suppliers_analyzed(self, count: int) -> str:
        """Sum up an analysis by the number of suppliers."""

    def suppliers_recommended(self, choices: Sequence[tuple[str, str]]) -> str:
        """Name whom to buy from: (item, supplier)."""

    def suppliers_remembered(
        self, count: int, best: str, score: float, choices: Sequence[tuple[float, str, str]]
    ) -> str:
        """Sum up an analysis for later: the best supplier, and whom to buy from: (quantity, item, supplier)."""

    def risk_remembered(self, name: str, score: float, reasons: Sequence[str]) -> str:
        """Record that the risk with a supplier was high."""

    def mind_the_risk(self, level: str, name: str, score: float, reasons: Sequence[str]) -> str:
        """Warn of the risk with a supplier: `medium` or `high`."""

    def preferred_not_first(
        self,
        name: str,
        gained: Sequence[tuple[float, str]],
        place: int,
        item: str,
        score: float,
        first_score: float,
    ) -> str:
        """Explain why a supplier is not first though preferences gave it points: (points, reason)."""

    def supplier_scores(
        self, name: str, score: float, tier: str, grounds: Sequence[tuple[str, float]]
    ) -> str:
        """State a supplier's score with its grounds: (ground, score)."""

    def general_ranking(self, suppliers: Sequence[tuple[str, float, Sequence[tuple[float, str]]]]) -> str:
        """Rank suppliers without a purchase: (name, score, points of preferences with their reasons)."""

    def nobody_from(self, places: Sequence[str]) -> str:
        """Report that no supplier is from the places that the user prefers."""

    def nobody_called(self, names: Sequence[str]) -> str:
        """Report that the suppliers that the user prefers are not there."""

    def not_converted(self, currency: str) -> str:
        """Report that amounts were not converted to the user's currency."""

    # ── demand ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_to_forecast(self, names: Sequence[str], criterion: str) -> str:
        """Explain that there is no history (of these items), or nothing that meets the criterion; without a full stop."""

    def forecast_headline(
        self, count: int, found: int, periods: float, unit: str, largest: Sequence[tuple[float, str]]
    ) -> str:
        """Sum up forecasts of so many items among those with a history; (units, name) of the largest."""

    def forecast_opening(self, count: int, periods: float, unit: str) -> str:
        """Introduce the forecasts of several items."""

    def period_is(self, length: str) -> str:
        """State the length of a period that is no usual unit: `10 days`."""

    def also_expected(self, items: Sequence[tuple[float, str, float]]) -> str:
        """State further forecasts in brief: (units, name, confidence)."""

    def nothing_stands_out(self) -> str:
        """Report that further histories have no anomalies."""

    def others_stand_out(self, anomalies: Sequence[tuple[str, str, float, float]]) -> str:
        """Name the anomalies of further histories: (name, period, actual, expected)."""

    def outliers_damped(self, name: str, periods: Sequence[tuple[str, float, float]]) -> str:
        """Name the outliers of an item's history: (period as `period_name` words it, actual, what is counted instead)."""

    def periods_left_out(self, name: str, reason: LeftOutReason, periods: Sequence[str]) -> str:
        """Name the periods of an item's history that are not taken for demand, as `period_name` words them."""

    def forecasts_limited(self, count: int, found: int) -> str:
        """Explain that one request cannot have all forecasts."""

    def history_missing(self, names: Sequence[str]) -> str:
        """Name the items without a history, and how to give one."""

    def stock_is_enough(self, stock: float, name: str) -> str:
        """Report that the stock meets the expected demand."""

    def stock_is_empty(self, name: str) -> str:
        """Report that nothing is in stock."""

    def stock_lasts(self, stock: float, name: str, periods: float, unit: str) -> str:
        """Report how long the stock meets the expected demand."""

    def period_name(self, unit: str, date: str | None, number: int) -> str:
        """Name a period by the date of its start, else by its number from 1, as part of a sentence."""

    def forecast_remembered(self, count: int, periods: int, largest: Sequence[tuple[float, str]]) -> str:
        """Sum up forecasts for later: (units, name) of the largest."""

    def plan_for(self, units: float, name: str, periods: int) -> str:
        """Recommend what to plan for, without a full stop."""

    def demand_stood_out(self, name: str, period: str, actual: float, expected: float) -> str:
        """Record an anomaly, with its period as `period_name` words it."""
