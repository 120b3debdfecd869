"""Forecasts of demand by simple methods, judged on a hold-out.

Methods (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, chapter 5.2): `naive` repeats the last value,
`moving_average` the mean of the last twelve, `drift` goes on as from the first value to the last. The `ensemble` is the
mean of all. Demand is never below 0.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

LEAST_PERIODS: Final = 3
"""With fewer periods of history there is nothing to go by."""
_AVERAGED: Final = 12

Method = Callable[[Sequence[float], int], list[float]]


@attrs.frozen
class Forecast:
    """What is expected of one item."""

    methods: Mapping[str, Sequence[float]]
    """Expected demand per period, by method; `ensemble` among them."""
    error: Mapping[str, float]
    """Symmetric mean absolute percentage error on the last periods, forecast from those before; 0 to 200, by method."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        rounded = {name: [round(value, 4) for value in values] for name, values in self.methods.items()}
        return {
            "methods": rounded,
            "error": {name: round(value, 4) for name, value in self.error.items()},
            "confidence": round(max(0.0, 1 - self.error["ensemble"] / 200), 4),
        }


def forecast_demand(history: Sequence[float], periods: int) -> Forecast:
    """Expected demand in the `periods` after the history.

    Args:
        history: demand per period, oldest first, at least three periods.
        periods: how many to look ahead, at least one.

    """
    held_out = max(1, min(periods, len(history) // 4))
    known, actual = history[:-held_out], history[-held_out:]
    tried = _all_methods(known, held_out)
    return Forecast(
        methods=_all_methods(history, periods),
        error={name: _smape(actual, expected) for name, expected in tried.items()},
    )


def _all_methods(history: Sequence[float], periods: int) -> dict[str, list[float]]:
    found = {name: method(history, periods) for name, method in _METHODS.items()}
    return {**found, "ensemble": [_mean(values) for values in zip(*found.values(), strict=True)]}


def _naive(history: Sequence[float], periods: int) -> list[float]:
    return [max(0.0, history[-1])] * periods


def _moving_average(history: Sequence[float], periods: int) -> list[float]:
    return [max(0.0, _mean(history[-_AVERAGED:]))] * periods


def _drift(history: Sequence[float], periods: int) -> list[float]:
    slope = (history[-1] - history[0]) / (len(history) - 1) if len(history) > 1 else 0.0
    return [max(0.0, history[-1] + slope * (step + 1)) for step in range(periods)]


_METHODS: Final[Mapping[str, Method]] = {"naive": _naive, "moving_average": _moving_average, "drift": _drift}


def _smape(actual: Sequence[float], expected: Sequence[float]) -> float:
    """Zero against zero counts as no error (Hyndman and Koehler 2006)."""
    return 200 * _mean(
        [abs(a - e) / (abs(a) + abs(e)) if a or e else 0.0 for a, e in zip(actual, expected, strict=True)]
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
