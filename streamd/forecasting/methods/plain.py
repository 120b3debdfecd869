"""Benchmark methods without parameters.

All are of Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd edition 2021), section 5.2.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.method import TrainingData

_AVERAGED: Final = 12
"""Periods."""
_LEAST_FOR_DRIFT: Final = 3


@frozen
class Naive:
    """The last value continues."""

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        return [[history[origin - 1]] * periods for origin in origins]


@frozen
class SeasonalNaive:
    """The last cycle is repeated."""

    period: int

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        return [
            [history[origin - self.period + step % self.period] for step in range(periods)]
            for origin in origins
        ]


@frozen
class MovingAverage:
    """The mean of the newest values continues."""

    window: int

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        return [[fmean(history[max(0, origin - self.window) : origin])] * periods for origin in origins]


@frozen
class Drift:
    """The line from the first value to the last continues."""

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        found = []
        for origin in origins:
            last = history[origin - 1]
            slope = (last - history[0]) / (origin - 1)
            found.append([last + slope * step for step in range(1, periods + 1)])
        return found


def naive(known: TrainingData) -> Naive:
    """Suits every history."""
    del known
    return Naive()


def seasonal_naive(known: TrainingData) -> SeasonalNaive | None:
    """Needs one cycle."""
    if known.period is None or len(known.history) < known.period:
        return None
    return SeasonalNaive(known.period)


def moving_average(known: TrainingData) -> MovingAverage:
    """Over one season, so that it is in the mean no part of the year; over twelve periods without one."""
    return MovingAverage(known.period or _AVERAGED)


def drift(known: TrainingData) -> Drift | None:
    """Needs three periods."""
    return Drift() if len(known.history) >= _LEAST_FOR_DRIFT else None
