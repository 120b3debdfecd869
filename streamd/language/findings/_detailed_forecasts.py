"""Explains a forecast with its methods, errors and tests."""

import math
from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import Final

from streamd.forecasting import (
    FORECAST_TOPICS,
    Anomaly,
    DemandPattern,
    Forecast,
    ForecastTopic,
    Scenario,
    Seasonality,
)
from streamd.text.figures import words
from streamd.text.lists import listing
from streamd.text.plurals import counted

_PATTERNS: Final[dict[DemandPattern, str]] = {
    "erratic": "It is asked for regularly, but in amounts that differ widely",
    "intermittent": "It is asked for only now and then, in similar amounts",
    "lumpy": "It is asked for only now and then, and in amounts that differ widely",
}
_METHODS: Final = {
    "adida": "ADIDA",
    "croston_sba": "Croston's method (SBA)",
    "dynamic_theta": "dynamic Theta",
    "imapa": "IMAPA",
    "theta": "Theta",
    "tsb": "TSB",
}
_MOST_NAMED: Final = 3


def explain_in_detail(
    forecast: Forecast, name: str, topics: Collection[ForecastTopic] = FORECAST_TOPICS
) -> list[str]:
    """Explain the topics of the forecast of the item `name`, one sentence or two a text, the most important first."""
    sentences: Mapping[ForecastTopic, str | None] = {
        "expected": _expected(forecast, name),
        "methods": _method(forecast),
        "pattern": _pattern(forecast),
        "trend": _trend(forecast),
        "season": _season(forecast.seasonality),
        "bounds": _interval(forecast),
        "anomalies": None if forecast.anomalies is None else _anomalies(forecast.anomalies),
        "scenarios": None if forecast.scenarios is None else _scenarios(forecast.scenarios),
    }
    return [text for topic, text in sentences.items() if text is not None and topic in topics]


def _scenarios(scenarios: Mapping[Scenario, Sequence[float]]) -> str:
    totals = {scenario: words(sum(path)) for scenario, path in scenarios.items()}
    return (
        f"What if: {totals['optimistic']} in the optimistic scenario, {totals['pessimistic']} in the "
        f"pessimistic one, {totals['worst_case']} in the worst case."
    )


def method_words(name: str) -> str:
    """The name of a method in prose."""
    return _METHODS.get(name, name.replace("_", " ").replace("holt winters", "Holt-Winters"))


def _expected(forecast: Forecast, name: str) -> str:
    total, each = sum(forecast.ensemble), fmean(forecast.ensemble)
    ahead = counted(forecast.periods, "period") if forecast.periods > 1 else "period"
    by_period = f", {words(each)} a period on average" if forecast.periods > 1 else ""
    return f"{name}: {words(total)} expected over the next {ahead}{by_period}."


def _method(forecast: Forecast) -> str:
    known = forecast.history_periods
    if not forecast.error:
        return (
            f"With {known} period of history no method could be tested; this is no more than its last value."
        )
    errors = {name: error for name, error in forecast.error.items() if name != "ensemble"}
    best = min(errors, key=errors.__getitem__)
    used = [method_words(name) for name in sorted(forecast.weights, key=lambda one: -forecast.weights[one])]
    used = used[: sum(weight > 0 for weight in forecast.weights.values())]
    return (
        f"Of {len(errors)} methods tested on the newest periods of {known}, {method_words(best)} did best, with an "
        f"error (sMAPE) of {words(errors[best])} %; the ensemble of {listing(used)} was off by "
        f"{words(forecast.error['ensemble'])} %, which makes a confidence of {forecast.confidence:.2f}."
    )


def _pattern(forecast: Forecast) -> str | None:
    kind = forecast.kind
    if kind.pattern == "none":
        return "There was no demand at all in this history."
    if kind.pattern == "smooth":
        return None
    every = f", one period in {words(kind.average_interval)}" if kind.is_sparse else ""
    return f"{_PATTERNS[kind.pattern]}{every} (CV² {words(kind.variation)}): {kind.pattern} demand."


def _trend(forecast: Forecast) -> str:
    trend = forecast.trend
    chance = _p(trend.p_value)
    if trend.direction == "stable":
        return f"There is no significant trend (Mann-Kendall {chance})."
    verb = "rises" if trend.direction == "increasing" else "falls"
    return f"Demand {verb} by {words(abs(trend.slope))} a period (Theil-Sen; Mann-Kendall {chance})."


def _season(seasonality: Seasonality) -> str:
    season, given = seasonality.season, seasonality.given
    if season is None:
        if given is not None and given > 1:
            return f"A season of {given} periods cannot be measured in less than two of them."
        return "No season was found." if given is None else "No season was looked for."
    if not seasonality.significant:
        return f"The season of {season.period} periods that was given does not show ({_p(season.p_value)})."
    high = max(range(season.period), key=season.indices.__getitem__)
    low = min(range(season.period), key=season.indices.__getitem__)
    return (
        f"Demand repeats every {season.period} periods, which explains {season.strength:.0%} of its variation around the "
        f"trend: highest in period {high + 1} of the season ({_index(season.indices[high], times=season.multiplicative)}), "
        f"lowest in period {low + 1} ({_index(season.indices[low], times=season.multiplicative)})."
    )


def _interval(forecast: Forecast) -> str:
    band, usual = forecast.intervals[95], forecast.intervals[80]
    if forecast.confidence and all(
        math.isclose(low, high, rel_tol=1e-9) for low, high in zip(band.lower, band.upper, strict=True)
    ):
        return "The forecasts on the hold-out were never off, so there is no telling how far demand may differ this time."
    first = (
        f"In the next period demand will be between {words(band.lower[0])} and {words(band.upper[0])} with 95 % "
        f"probability, between {words(usual.lower[0])} and {words(usual.upper[0])} with 80 %"
    )
    if forecast.periods == 1:
        return f"{first}."
    return f"{first}; in period {forecast.periods} between {words(band.lower[-1])} and {words(band.upper[-1])} (95 %)."


def _anomalies(anomalies: Sequence[Anomaly]) -> str:
    if not anomalies:
        return "No period of the history stands out."
    strongest = sorted(anomalies, key=lambda one: -abs(one.z_score))
    named = [
        f"period {one.period + 1} with {words(one.actual)} instead of {words(one.expected)} (z {one.z_score:+.1f})"
        for one in strongest[:_MOST_NAMED]
    ]
    count = len(anomalies)
    stands = f"{counted(count, 'period')} {'stands' if count == 1 else 'stand'} out"
    return f"{stands}: {listing(named)}{', and others less so' if count > _MOST_NAMED else ''}."


def _index(index: float, *, times: bool) -> str:
    return f"{index - 1:+.0%}" if times else f"{'+' if index >= 0 else '-'}{words(abs(index))}"


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
