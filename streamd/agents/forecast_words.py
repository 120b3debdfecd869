"""The texts of the forecasting agent: expected demand, its certainty, and findings in the histories."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamd.agents.demand import Demand, ItemForecast

if TYPE_CHECKING:
    from streamd.analysis import Period
    from streamd.forecasting import ForecastTopic
    from streamd.ports.wording import Wording

_WHOLE: Final = 3
"""Items whose forecast is explained sentence by sentence."""
_OF_SEVERAL: Final = 2
"""Sentences for each of several items: the expected demand, and how long the stock lasts."""
_BRIEFLY: Final = 10
_ANSWERS: Final[Mapping[str, ForecastTopic]] = {
    "anomalies": "anomalies",
    "seasonality": "season",
    "scenarios": "scenarios",
}
"""The topics of a forecast that answer each question: they come first in an item's text."""


def explained(
    forecasts: Sequence[ItemForecast],
    demand: Demand,
    periods: int,
    asks: Collection[str],
    wording: Wording,
    *,
    is_detailed: bool = False,
) -> list[str]:
    """Explain the forecasts: the requested items, or those with the largest demand, at length, the others briefly.

    With `is_detailed` the text includes each item's methods, their errors and the tests of trend and season.
    """
    if not forecasts:
        return [f"{wording.nothing_to_forecast(demand.without, demand.focus)}."]
    lines = []
    if len(forecasts) > 1:
        lines.append(wording.forecast_opening(len(forecasts), periods, counted_in(demand.period)))
    if not demand.period.unit.isalpha():
        lines.append(wording.period_is(demand.period.unit))
    is_forecast = "forecast" in asks or not {"anomalies", "seasonality"} & set(asks)
    whole = _WHOLE if is_forecast else _BRIEFLY
    if "stockouts" in asks:
        forecasts = sorted(forecasts, key=lambda one: _runs_out(one, demand))
    for one in forecasts[:whole]:
        sentences = _at_length(one, demand, asks, wording, is_detailed=is_detailed)
        lines += (
            sentences
            if is_detailed or len(forecasts) == 1
            else sentences[
                : _OF_SEVERAL + len(_answers(asks)) + len(one.uncounted.remarks(one.name, wording))
            ]
        )
    rest = forecasts[whole:]
    if rest:
        lines.append(wording.also_expected([(one.total, one.name, one.forecast.confidence) for one in rest]))
        if "anomalies" in asks:
            lines.append(_odd(rest, wording))
    if demand.found > len(forecasts):
        lines.append(wording.forecasts_limited(len(forecasts), demand.found))
    if demand.without:
        lines.append(wording.history_missing(demand.without))
    return lines


def _runs_out(one: ItemForecast, demand: Demand) -> float:
    """Return after how many periods the stock runs out; unknown ends sort last."""
    stock = demand.stock.get(one.item_id)
    lasts = None if stock is None else one.lasts(stock)
    return math.inf if lasts is None else lasts


def _stock(one: ItemForecast, demand: Demand, wording: Wording) -> list[str]:
    """Explain what the forecast means for the stock."""
    stock = demand.stock.get(one.item_id)
    if stock is None or one.total <= 0:
        return []
    lasts = one.lasts(stock)
    if lasts is None:
        return [wording.stock_is_enough(stock, one.name)]
    if stock <= 0:
        return [wording.stock_is_empty(one.name)]
    return [wording.stock_lasts(stock, one.name, lasts, counted_in(one.series.period))]


def essentials(one: ItemForecast, demand: Demand, wording: Wording) -> str:
    """State an item's expected demand, and how long its stock lasts."""
    expected = wording.demand_expected(one.forecast, one.name, counted_in(one.series.period))
    return " ".join([expected, *_stock(one, demand, wording)])


def _at_length(
    one: ItemForecast, demand: Demand, asks: Collection[str], wording: Wording, *, is_detailed: bool
) -> list[str]:
    from streamd.forecasting import FORECAST_TOPICS

    first_topics = _answers(asks)
    answering = _on(one, first_topics, wording, is_detailed=is_detailed)
    if answering and not {"forecast", "scenarios"} & set(asks):
        return answering
    others = [topic for topic in FORECAST_TOPICS if topic not in (*first_topics, "expected")]
    first = wording.demand_expected(one.forecast, one.name, counted_in(one.series.period))
    return [
        first,
        *one.uncounted.remarks(one.name, wording),
        *answering,
        *_stock(one, demand, wording),
        *_on(one, others, wording, is_detailed=is_detailed),
    ]


def _on(
    one: ItemForecast, topics: Collection[ForecastTopic], wording: Wording, *, is_detailed: bool
) -> list[str]:
    """Pick the sentences on these topics from an item's forecast."""
    if is_detailed:
        # Beside other items' sentences each must name its item.
        return [f"{one.name}: {text}" for text in wording.forecast_derived(one.forecast, one.name, topics)]
    return wording.forecast_explained(one.forecast, one.name, counted_in(one.series.period), topics)


def counted_in(period: Period) -> str:
    """Return a countable word: `day`, `month`; `period` where the name takes more than one word (`10 days`)."""
    return period.unit if period.unit.isalpha() else "period"


def _answers(asks: Collection[str]) -> list[ForecastTopic]:
    """List the topics that answer the question."""
    return [topic for name, topic in _ANSWERS.items() if name in asks]


def _odd(rest: Sequence[ItemForecast], wording: Wording) -> str:
    anomalies = [(one, odd) for one in rest for odd in one.forecast.anomalies or ()]
    if not anomalies:
        return wording.nothing_stands_out()
    strongest = sorted(anomalies, key=lambda pair: -abs(pair[1].z_score))
    return wording.others_stand_out(
        [
            (one.name, one.uncounted.when(odd.period, wording), odd.actual, odd.expected)
            for one, odd in strongest
        ]
    )
