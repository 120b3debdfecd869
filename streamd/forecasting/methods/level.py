"""Simple exponential smoothing, and Theta, which is the same with half a drift."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.line import lines_so_far
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.search import least

_LEAST_FOR_SMOOTHING: Final = 3
_LEAST_FOR_THETA: Final = 4
_LOWEST: Final = 0.01
_STARTS: Final = ((0.05,), (0.2,), (0.5,), (0.9,))


@frozen
class SimpleSmoothing:
    """The level l = l + alpha (y - l) continues.

    Brown (1959); Hyndman and Athanasopoulos, section 8.1.
    """

    alpha: float
    level: float
    """Before the first period."""

    def levels(self, history: Sequence[float]) -> list[float]:
        """The level before the first period and after each."""
        level, alpha = self.level, self.alpha
        found = [level]
        for value in history:
            level += alpha * (value - level)
            found.append(level)
        return found

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        levels = self.levels(history[: origins[-1]])
        return [[levels[origin]] * periods for origin in origins]


@frozen
class Theta:
    """The mean of a straight line and of a smoothing of what bends twice as much as the history.

    Assimakopoulos and Nikolopoulos (2000), in the form of Hyndman and Billah (2003): simple exponential smoothing with
    a drift of half the slope b of the regression on time: l + b/2 (h - 1 + (1 - (1 - alpha)^n) / alpha).
    """

    smoothing: SimpleSmoothing

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        levels, alpha = self.smoothing.levels(history[: origins[-1]]), self.smoothing.alpha
        slopes, found = lines_so_far(history[: origins[-1]])[1], []
        for origin in origins:
            half = slopes[origin] / 2
            lead = (1 - (1 - alpha) ** origin) / alpha
            found.append([levels[origin] + half * (step + lead) for step in range(periods)])
        return found


def simple_smoothing(known: TrainingData) -> SimpleSmoothing | None:
    """Needs three periods."""
    return fitted(tuple(known.history)) if len(known.history) >= _LEAST_FOR_SMOOTHING else None


def theta(known: TrainingData) -> Theta | None:
    """Needs four periods."""
    return Theta(fitted(tuple(known.history))) if len(known.history) >= _LEAST_FOR_THETA else None


@lru_cache(maxsize=4)  # both methods want the same
def fitted(history: tuple[float, ...]) -> SimpleSmoothing:
    """Fit by the least squared one-step errors; for each alpha the best first level is known in closed form."""
    (alpha,) = least(_loss(history), _STARTS, ((_LOWEST, 1.0),))
    return SimpleSmoothing(alpha, _first_level(history, alpha)[0])


def _loss(history: Sequence[float]) -> Callable[[tuple[float, ...]], float]:
    return lambda point: _first_level(history, point[0])[1]


def _first_level(history: Sequence[float], alpha: float) -> tuple[float, float]:
    """The best level before the first period, and the sum of squared errors with it.

    With the first level 0 the errors are e; with l they are e - w l, where w = (1 - alpha)^t: a regression.
    """
    level, weight = 0.0, 1.0
    errors_by_weights = weights_squared = errors_squared = 0.0
    for value in history:
        error = value - level
        errors_squared += error * error
        errors_by_weights += error * weight
        weights_squared += weight * weight
        level += alpha * error
        weight *= 1 - alpha
    first = errors_by_weights / weights_squared
    loss = errors_squared - errors_by_weights * first
    return first, loss if math.isfinite(loss) else math.inf
