"""Explains a forecast in plain sentences that name the item and count in days, weeks or months."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from streamd.forecasting.anomalies import Anomaly
from streamd.forecasting.forecast import Forecast
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


def explain_plainly(forecast: Forecast, name: str, unit: str) -> list[str]:
    """Explain a forecast without statistical terms: expected demand, bounds, trend, season and accuracy."""
    band = forecast.intervals[95]
    worded = [
        expected_words(forecast, name, unit),
        (
            f"In the next {unit} demand for {name} will be between {words(band.lower[0])} and "
            f"{words(band.upper[0])} with 95 % probability."
        ),
        *_shape(forecast, name, unit),
    ]
    if forecast.error:
        worded.append(
            f"Tested on the newest {plural_of(unit)} of its history, the forecast for {name} was off by "
            f"{words(forecast.error['ensemble'])} % (confidence {forecast.confidence:.2f})."
        )
    else:
        worded.append(
            f"The history of {name} is too short to test any method: this is no more than its last value."
        )
    if forecast.anomalies is not None:
        worded.append(_anomalies(forecast.anomalies, name, unit))
    if forecast.scenarios is not None:
        totals = {scenario: words(sum(path)) for scenario, path in forecast.scenarios.items()}
        worded.append(
            f"What if: {totals['optimistic']} of {name} in the optimistic scenario, {totals['pessimistic']} in the "
            f"pessimistic one, {totals['worst_case']} in the worst case."
        )
    return worded


def _shape(forecast: Forecast, name: str, unit: str) -> list[str]:
    """Word the trend, the season and the regularity of demand, where the history shows them."""
    worded, trend, season = [], forecast.trend, forecast.seasonality.season
    if forecast.kind.pattern == "none":
        return [f"There was no demand at all for {name} in its history."]
    if trend.direction != "stable":
        verb = "rises" if trend.direction == "increasing" else "falls"
        worded.append(f"Demand for {name} {verb} by {words(abs(trend.slope))} a {unit}.")
    if season is not None and forecast.seasonality.significant:
        high = max(range(season.period), key=season.indices.__getitem__)
        low = min(range(season.period), key=season.indices.__getitem__)
        worded.append(
            f"Demand for {name} repeats every {counted(season.period, unit)}: highest in {unit} {high + 1} of the season, "
            f"lowest in {unit} {low + 1}."
        )
    elif season is not None or (forecast.seasonality.given or 0) > 1:
        worded.append(f"Demand for {name} shows no season of the given length.")
    elif forecast.kind.pattern in ("intermittent", "lumpy"):
        worded.append(f"{name} is asked for only now and then.")
    return worded


def _anomalies(anomalies: Sequence[Anomaly], name: str, unit: str) -> str:
    if not anomalies:
        return f"No {unit} of the history of {name} stands out."
    strongest = sorted(anomalies, key=lambda one: -abs(one.z_score))[:_MOST_NAMED]
    named = [
        f"{unit} {one.period + 1} with {words(one.actual)} instead of {words(one.expected)}"
        for one in strongest
    ]
    count = len(anomalies)
    stands = f"{counted(count, unit)} {'stands' if count == 1 else 'stand'} out"
    return f"In the history of {name} {stands}: {listing(named)}{', and others less so' if count > _MOST_NAMED else ''}."
