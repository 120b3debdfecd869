"""Explains a forecast in plain sentences that name the item and count in days, weeks or months."""

from collections.abc import Callable, Collection, Mapping
from statistics import fmean
from typing import Final

from streamd.forecasting import FORECAST_TOPICS, Forecast, ForecastTopic
from streamd.text.figures import words
from streamd.text.lists import listing
from streamd.text.plurals import counted, plural_of

_MOST_NAMED: Final = 3


def expected_words(forecast: Forecast, name: str, unit: str) -> str:
    """Word the expected demand in total and per period, which is a `unit` long."""
    total, each = sum(forecast.ensemble), fmean(forecast.ensemble)
    ahead = counted(forecast.periods, unit) if forecast.periods > 1 else unit
    by_period = f", {words(each)} a {unit} on average" if forecast.periods > 1 else ""
    return f"{name}: {words(total)} expected over the next {ahead}{by_period}."


def explain_plainly(
    forecast: Forecast, name: str, unit: str, topics: Collection[ForecastTopic] = FORECAST_TOPICS
) -> list[str]:
    """Explain the topics of a forecast in their usual order, without statistical terms; a topic may have no sentence."""
    worded = (_SENTENCES[topic](forecast, name, unit) for topic in _SENTENCES if topic in topics)
    return [sentence for sentences in worded for sentence in sentences]


def _expected(forecast: Forecast, name: str, unit: str) -> list[str]:
    return [expected_words(forecast, name, unit)]


def _bounds(forecast: Forecast, name: str, unit: str) -> list[str]:
    band = forecast.intervals[95]
    return [
        (
            f"In the next {unit} demand for {name} will be between {words(band.lower[0])} and "
            f"{words(band.upper[0])} with 95 % probability."
        )
    ]


def _trend(forecast: Forecast, name: str, unit: str) -> list[str]:
    trend = forecast.trend
    if forecast.kind.pattern == "none" or trend.direction == "stable":
        return []
    verb = "rises" if trend.direction == "increasing" else "falls"
    return [f"Demand for {name} {verb} by {words(abs(trend.slope))} a {unit}."]


def _season(forecast: Forecast, name: str, unit: str) -> list[str]:
    season = forecast.seasonality.season
    if forecast.kind.pattern == "none" or not _has_season(forecast):
        return []
    if season is None or not forecast.seasonality.significant:
        return [f"Demand for {name} shows no season of the given length."]
    high = max(range(season.period), key=season.indices.__getitem__)
    low = min(range(season.period), key=season.indices.__getitem__)
    return [
        (
            f"Demand for {name} repeats every {counted(season.period, unit)}: highest in {unit} {high + 1} of the season, "
            f"lowest in {unit} {low + 1}."
        )
    ]


def _has_season(forecast: Forecast) -> bool:
    return forecast.seasonality.season is not None or (forecast.seasonality.given or 0) > 1


def _pattern(forecast: Forecast, name: str, _unit: str) -> list[str]:
    if forecast.kind.pattern == "none":
        return [f"There was no demand at all for {name} in its history."]
    if forecast.kind.is_sparse and not _has_season(forecast):
        return [f"{name} is asked for only now and then."]
    return []


def _accuracy(forecast: Forecast, name: str, unit: str) -> list[str]:
    if not forecast.error:
        return [
            f"The history of {name} is too short to test any method: this is no more than its last value."
        ]
    return [
        (
            f"Tested on the newest {plural_of(unit)} of its history, the forecast for {name} was off by "
            f"{words(forecast.error['ensemble'])} % (confidence {forecast.confidence:.2f})."
        )
    ]


def _scenarios(forecast: Forecast, name: str, _unit: str) -> list[str]:
    if forecast.scenarios is None:
        return []
    totals = {scenario: words(sum(path)) for scenario, path in forecast.scenarios.items()}
    return [
        (
            f"What if: {totals['optimistic']} of {name} in the optimistic scenario, {totals['pessimistic']} in the "
            f"pessimistic one, {totals['worst_case']} in the worst case."
        )
    ]


def _anomalies(forecast: Forecast, name: str, unit: str) -> list[str]:
    anomalies = forecast.anomalies
    if anomalies is None:
        return []
    if not anomalies:
        return [f"No {unit} of the history of {name} stands out."]
    strongest = sorted(anomalies, key=lambda one: -abs(one.z_score))[:_MOST_NAMED]
    named = [
        f"{unit} {one.period + 1} with {words(one.actual)} instead of {words(one.expected)}"
        for one in strongest
    ]
    count = len(anomalies)
    stands = f"{counted(count, unit)} {'stands' if count == 1 else 'stand'} out"
    return [
        f"In the history of {name} {stands}: {listing(named)}{', and others less so' if count > _MOST_NAMED else ''}."
    ]


_SENTENCES: Final[Mapping[ForecastTopic, Callable[[Forecast, str, str], list[str]]]] = {
    "expected": _expected,
    "bounds": _bounds,
    "trend": _trend,
    "season": _season,
    "pattern": _pattern,
    "accuracy": _accuracy,
    "anomalies": _anomalies,
    "scenarios": _scenarios,
}
