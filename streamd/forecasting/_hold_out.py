"""Forecasts of the hold-out, whose actual demand is known."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._demand_pattern import demand_kind
from streamd.forecasting._season import season_of
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.method_table import fitted_methods

_MOST_ORIGINS: Final = 60
_BEYOND_TWO_CYCLES: Final = 3
"""Periods that Holt-Winters needs beside two cycles."""

Paths = Sequence[Sequence[float]]
"""Forecasts, one for each origin, each as long as its future is known."""


@frozen
class HoldOut:
    """Forecasts from each of the newest periods, by methods fitted to the periods before the first of them."""

    history: Sequence[float]
    origins: range
    """After how many periods of the history each forecast was made."""
    paths: Mapping[str, Paths]
    """Of each method."""


def errors_of(history: Sequence[float], origins: range, paths: Paths) -> list[list[float]]:
    """Actual less expected, by origin and step."""
    return [
        [actual - expected for actual, expected in zip(history[origin:], path, strict=False)]
        for origin, path in zip(origins, paths, strict=True)
    ]


def held_out(
    history: Sequence[float], periods: int, period: int | None, names: Collection[str]
) -> HoldOut | None:
    """Rolling origins over the newest half of the history, at most 60, each up to `periods` ahead.

    With a season at least two cycles and three periods stay for fitting, as long as a quarter of the history can be
    held out. The parameters are chosen once, from what is before the first origin; levels, slopes and seasons move on
    with the origin. The length of the season alone is known from the whole history. Only the methods in `names` are tried,
    `naive` at least. None with a single period.
    """
    n = len(history)
    kept = 2 * period + _BEYOND_TWO_CYCLES if period else 1
    first = n - min(_MOST_ORIGINS, n // 2, max(n - kept, n // 4, 1))
    if first < 1 or first >= n:
        return None
    train = history[:first]
    season = season_of(train, period) if period else None
    methods = fitted_methods(TrainingData(train, period, season, demand_kind(train)))
    origins = range(first, n)
    paths = {}
    for name in [name for name in methods if name in names]:
        paths[name] = [
            path[: n - origin] if min(path) >= 0 else [max(0.0, value) for value in path[: n - origin]]
            for origin, path in zip(
                origins, methods[name].forecasts(history, origins, min(periods, n - first)), strict=True
            )
        ]
    return HoldOut(history, origins, paths)
