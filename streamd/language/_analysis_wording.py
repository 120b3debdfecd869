"""English wording of what the agents for stock, suppliers and demand say beside the findings themselves.

It implements `streamd.ports.analysis_wording.AnalysisWording`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.forecasting import LeftOutReason
from streamd.text.figures import words
from streamd.text.lists import listing
from streamd.text.plurals import counted

_LEFT_OUT: Final[Mapping[LeftOutReason, str]] = {
    "no_row": "The record of {name} has no row {periods}; that counts as unknown and not as no demand.",
    "stockout": "{name} was out of stock {periods}; what was sold then is not taken for demand.",
    "promotion": "There was a promotion of {name} {periods}; what was sold then is not taken for usual demand.",
    "holiday": "There were holidays {periods}; what was sold of {name} then is not taken for usual demand.",
}
_LISTED: Final = 5
_BRIEFLY: Final = 10


def _stock(low: int, out: int, over: int) -> str:
    summary = [counted(low, "low stock item")]
    if out:
        summary.append(f"{words(out)} out of stock")
    if over:
        summary.append(f"{words(over)} overstocked")
    return listing(summary)


def _amounts(parts: Sequence[tuple[float, str]]) -> str:
    return listing([f"{words(units)} of {name}" for units, name in parts], at_most=_LISTED)


class EnglishAnalysisWording:
    """The English catalogue of the texts of agents that analyse, without state."""

    # ── stock ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def stock_found(self, low: int, out: int, over: int, among: int | None = None) -> str:
        """Sum up an analysis of the stock."""
        where = "" if among is None else f" among the {counted(among, 'item')} to be changed"
        return f"Found {_stock(low, out, over)}{where}"

    def stock_remembered(
        self, examined: int, low: int, out: int, over: int, orders: Sequence[tuple[float, str]]
    ) -> str:
        """Record an analysis of the stock."""
        order = f"; to order {_amounts(orders)}" if orders else ""
        return f"Stock of {counted(examined, 'item')}: {_stock(low, out, over)}{order}."

    def to_be_ordered(self, orders: Sequence[tuple[float, str, str]]) -> str:
        """List orders."""
        return (
            f"To be ordered: {listing([f'{words(units)} {unit} of {name}' for units, unit, name in orders])}."
        )

    def was_out_of_stock(self, name: str, impact: str) -> str:
        """Record an item out of stock."""
        return f"{name} was out of stock. {impact}."

    def was_to_run_out(self, name: str, days: float, left: float) -> str:
        """Record an item about to run out."""
        return f"{name} was to run out in {counted(days, 'day')} at its mean demand, with {words(left)} left."

    # ── suppliers ────────────────────────────────────────────────────────────────────────────────────────────────────

    def suppliers_analyzed(self, count: int) -> str:
        """Count the analysed suppliers."""
        return f"Analyzed {counted(count, 'supplier')}"

    def suppliers_recommended(self, choices: Sequence[tuple[str, str]]) -> str:
        """Name items and their suppliers."""
        return f"Recommended: {listing([f'{item} from {supplier}' for item, supplier in choices])}"

    def suppliers_remembered(
        self, count: int, best: str, score: float, choices: Sequence[tuple[float, str, str]]
    ) -> str:
        """Record an analysis of suppliers."""
        summary = f"{counted(count, 'supplier')}: {best} performs best ({score:.2f})"
        if choices:
            named = [f"{words(quantity)} of {item} from {supplier}" for quantity, item, supplier in choices]
            summary += f"; recommended {listing(named, at_most=_LISTED)}"
        return f"{summary}."

    def risk_remembered(self, name: str, score: float, reasons: Sequence[str]) -> str:
        """Record a high risk."""
        return f"The risk with {name} was high ({score:.2f} of 1): {listing(reasons)}."

    def mind_the_risk(self, level: str, name: str, score: float, reasons: Sequence[str]) -> str:
        """Warn of a risk."""
        return f"Mind the {level} risk with {name} ({score:.2f} of 1): {listing(reasons)}."

    def preferred_not_first(
        self,
        name: str,
        gained: Sequence[tuple[float, str]],
        place: int,
        item: str,
        score: float,
        first_score: float,
    ) -> str:
        """Explain the place of a preferred supplier."""
        points = listing([f"{part:.2f} as {reason}" for part, reason in gained])
        return (
            f"{name} gains {points}, and still is number {place} for {item}: {score:.2f} against "
            f"{first_score:.2f}."
        )

    def supplier_scores(
        self, name: str, score: float, tier: str, grounds: Sequence[tuple[str, float]]
    ) -> str:
        """State a supplier's score with its grounds."""
        based_on = listing([f"{ground} ({part:.2f})" for ground, part in grounds], at_most=4)
        return f"{name} scores {score:.2f} of 1, {tier}: {based_on}."

    def general_ranking(self, suppliers: Sequence[tuple[str, float, Sequence[tuple[float, str]]]]) -> str:
        """Rank suppliers."""
        ranking = [
            f"{name} ({score:.2f}{''.join(f', {points:+.2f} as {reason}' for points, reason in parts)})"
            for name, score, parts in suppliers
        ]
        return f"In general the order would be: {listing(ranking, at_most=_LISTED)}."

    def nobody_from(self, places: Sequence[str]) -> str:
        """Report a preference for places without effect."""
        return f"You prefer suppliers from {listing(places)}, but no supplier's `location` says that it is from there."

    def nobody_called(self, names: Sequence[str]) -> str:
        """Report a preference for suppliers without effect."""
        return f"You prefer {listing(names)}, but there is no such supplier here."

    def not_converted(self, currency: str) -> str:
        """Report amounts in other currencies."""
        return f"Amounts are as recorded; nothing was converted to {currency}."

    # ── demand ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def nothing_to_forecast(self, names: Sequence[str], criterion: str) -> str:
        """Explain an absent forecast."""
        if criterion and not names:
            return f"Nothing is {criterion.replace('_', ' ')}, so there is no demand to forecast"
        more = f" and {words(len(names) - _LISTED)} more" if len(names) > _LISTED else ""
        of = f" for {', '.join(names[:_LISTED])}{more}" if names else ""
        return (
            f"There is no demand history{of} to forecast from; import a table of item, date and quantity, "
            "or give it as context.historical_data"
        )

    def forecast_headline(
        self, count: int, found: int, periods: float, unit: str, largest: Sequence[tuple[float, str]]
    ) -> str:
        """Sum up forecasts."""
        of = f" of {words(found)}" if found > count else ""
        return f"Forecast the demand for {count}{of} items over {counted(periods, unit)}: {_amounts(largest)}"

    def forecast_opening(self, count: int, periods: float, unit: str) -> str:
        """Introduce forecasts."""
        return f"I forecast the demand for {counted(count, 'item')} over {counted(periods, unit)}."

    def period_is(self, length: str) -> str:
        """State the length of a period."""
        return f"A period of these histories is {length}."

    def also_expected(self, items: Sequence[tuple[float, str, float]]) -> str:
        """List further forecasts."""
        brief = [f"{words(units)} of {name} (confidence {sure:.2f})" for units, name, sure in items]
        return f"Also expected: {listing(brief, at_most=_BRIEFLY)}."

    def nothing_stands_out(self) -> str:
        """Report histories without anomalies."""
        return "In the other histories no period stands out."

    def others_stand_out(self, anomalies: Sequence[tuple[str, str, float, float]]) -> str:
        """List anomalies."""
        named = [
            f"{name} {period} with {words(actual)} instead of {words(expected)}"
            for name, period, actual, expected in anomalies
        ]
        return f"In the other histories there stand out {listing(named)}."

    def outliers_damped(self, name: str, periods: Sequence[tuple[str, float, float]]) -> str:
        """Name outliers."""
        named = [f"{words(used)} instead of {words(actual)} {period}" for period, actual, used in periods]
        return f"What stands far out in the history of {name} is damped: it counts {listing(named, at_most=_BRIEFLY)}."

    def periods_left_out(self, name: str, reason: LeftOutReason, periods: Sequence[str]) -> str:
        """Name unknown periods."""
        named = listing(periods, at_most=_BRIEFLY)
        return _LEFT_OUT[reason].format(name=name, periods=named)

    def forecasts_limited(self, count: int, found: int) -> str:
        """Explain the limit of one request."""
        return (
            f"These are {words(count)} of {words(found)} items with a history, as many as one request may have; name the "
            "others to have them forecast."
        )

    def history_missing(self, names: Sequence[str]) -> str:
        """List items without a history."""
        named = listing(names, at_most=_BRIEFLY)
        return f"There is no demand history for {named}: import a table of item, date and quantity."

    def stock_is_enough(self, stock: float, name: str) -> str:
        """Report a sufficient stock."""
        return f"The {words(stock)} of {name} in stock are enough for that."

    def stock_is_empty(self, name: str) -> str:
        """Report an empty stock."""
        return f"There is no {name} in stock."

    def stock_lasts(self, stock: float, name: str, periods: float, unit: str) -> str:
        """Report how long a stock lasts."""
        return f"The {words(stock)} of {name} in stock last {counted(periods, unit)}."

    def period_name(self, unit: str, date: str | None, number: int) -> str:
        """Name a period."""
        return f"in the {unit} of {date}" if date else f"in period {number}"

    def forecast_remembered(self, count: int, periods: int, largest: Sequence[tuple[float, str]]) -> str:
        """Record forecasts."""
        return f"Demand expected of {counted(count, 'item')} over {periods} periods: {_amounts(largest)}."

    def plan_for(self, units: float, name: str, periods: int) -> str:
        """Recommend a plan."""
        return f"Plan for {words(units)} of {name} over {periods} periods"

    def demand_stood_out(self, name: str, period: str, actual: float, expected: float) -> str:
        """Record an anomaly."""
        return f"Demand for {name} stood out {period}: {words(actual)} instead of {words(expected)}."
