"""Holt's method with a trend that fades."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.line import straight_line
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.search import ParameterPoint, least

_LEAST: Final = 6
_FOR_FIRST_LINE: Final = 10
"""Periods: the first level and slope are those of a straight line through these."""
_BOUNDS: Final = ((0.01, 1.0), (0.0, 1.0), (0.8, 0.98))
_STARTS: Final = ((0.1, 0.1, 0.95), (0.5, 0.1, 0.95), (0.9, 0.05, 0.9), (0.3, 0.5, 0.98))


@frozen
class DampedTrend:
    """Level l and slope b with the error e = y - (l + phi b): l = l + phi b + alpha e, b = phi b + alpha beta e.

    The forecast is l + (phi + phi² + … + phi^h) b. Gardner and McKenzie (1985); Hyndman and Athanasopoulos, section 8.2.
    """

    alpha: float
    beta: float
    phi: float
    level: float
    """Before the first period."""
    slope: float

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        damped = damping(self.phi, periods)
        level, slope, alpha, gain = self.level, self.slope, self.alpha, self.alpha * self.beta
        found, wanted = [], set(origins)
        for t, value in enumerate(history[: origins[-1]], 1):
            slope *= self.phi
            level += slope
            error = value - level
            level += alpha * error
            slope += gain * error
            if t in wanted:
                found.append([level + share * slope for share in damped])
        return found


def damping(phi: float, periods: int) -> list[float]:
    """Sums phi + phi² + … + phi^h for h from 1 to `periods`."""
    return list(accumulate(phi**step for step in range(1, periods + 1)))


def damped_trend(known: TrainingData) -> DampedTrend | None:
    """Needs six periods. Parameters with the least squared one-step errors."""
    history = known.history
    if len(history) < _LEAST:
        return None
    start, slope = straight_line(history[:_FOR_FIRST_LINE])
    level = start - slope

    def loss(point: ParameterPoint) -> float:
        alpha, beta, phi = point
        now, rise, gain, total = level, slope, alpha * beta, 0.0
        for value in history:
            rise *= phi
            now += rise
            error = value - now
            now += alpha * error
            rise += gain * error
            total += error * error
        return total

    alpha, beta, phi = least(loss, _STARTS, _BOUNDS)
    return DampedTrend(alpha, beta, phi, level, slope)
