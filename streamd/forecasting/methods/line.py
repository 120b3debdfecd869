"""A straight line through the whole history."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from statistics import fmean
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._significance import autocorrelations
from streamd.forecasting.methods.method import TrainingData

_LEAST: Final = 6
_REPEATED: Final = 0.5


@frozen
class LinearTrend:
    """The regression on time continues (Hyndman and Athanasopoulos, section 7.4): demand around a line, not wandering."""

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        starts, slopes = lines_so_far(history[: origins[-1]])
        return [
            [starts[origin] + slopes[origin] * at for at in range(origin + 1, origin + 1 + periods)]
            for origin in origins
        ]


def linear_trend(known: TrainingData) -> LinearTrend | None:
    """Needs six periods, whose distances from the line do not mostly repeat from one period to the next.

    Where they do, demand wanders, and a line through it is a chance find (Granger and Newbold 1974).
    """
    history = known.history
    if len(history) < _LEAST:
        return None
    start, slope = straight_line(history)
    distances = [value - start - slope * t for t, value in enumerate(history)]
    return LinearTrend() if autocorrelations(distances, 1)[0] <= _REPEATED else None


def straight_line(values: Sequence[float]) -> tuple[float, float]:
    """Level at the first value, and slope, by least squares."""
    n = len(values)
    if n < 2:
        return values[0], 0.0
    centre, mean = (n - 1) / 2, fmean(values)
    moment = sum(t * value for t, value in enumerate(values)) - n * centre * mean
    slope = moment * 12 / (n * (n * n - 1))
    return mean - slope * centre, slope


def lines_so_far(history: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Starts (at time 0) and slopes of the regressions on time 1, 2, … of the first n values, n from 0 on."""
    return _lines_so_far(tuple(history))


@lru_cache(maxsize=4)  # several methods want the same
def _lines_so_far(history: tuple[float, ...]) -> tuple[Sequence[float], Sequence[float]]:
    starts, slopes = [history[0]], [0.0]
    for n, (total, moment) in enumerate(
        zip(accumulate(history), accumulate(value * t for t, value in enumerate(history, 1)), strict=True), 1
    ):
        slope = 12 * (moment / n - total / n * (n + 1) / 2) / (n * n - 1) if n > 1 else 0.0
        starts.append(total / n - slope * (n + 1) / 2)
        slopes.append(slope)
    return starts, slopes
