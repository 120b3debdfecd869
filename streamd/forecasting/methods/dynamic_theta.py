"""The dynamic optimised Theta method, which chooses how much of the line there is, and lets it follow the demand."""

import math
from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.line import lines_so_far
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.search import ParameterPoint, least

_LEAST: Final = 5
_BOUNDS: Final = ((0.1, 1.0), (0.0, 1.0))
_STARTS: Final = ((0.3, 0.5), (0.7, 0.5), (0.95, 0.8))


@frozen
class DynamicTheta:
    """A level l with l = l + alpha (y - l), and the share s of the line a + b t through all values so far.

    The forecast is l + s ((1 - alpha)^n a + (h - 1 + (1 - (1 - alpha)^(n + 1)) / alpha) b), where s is 1 - 1 / theta.
    Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler (2016); the first forecast is the first value.
    """

    alpha: float
    share: float

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        starts, slopes = lines_so_far(history[: origins[-1]])
        level, rest = (1 - self.share) * history[0], 1.0
        found, wanted = [], set(origins)
        for t, value in enumerate(history[: origins[-1]], 1):
            level += self.alpha * (value - level)
            rest *= 1 - self.alpha
            if t in wanted:
                start, slope = self.share * starts[t], self.share * slopes[t]
                first = level + rest * start + slope * (1 - rest * (1 - self.alpha)) / self.alpha
                found.append([first + step * slope for step in range(periods)])
        return found


def dynamic_theta(known: TrainingData) -> DynamicTheta | None:
    """Needs five periods, and more than sparse demand. Parameters with the least squared one-step errors."""
    history = known.history
    if len(history) < _LEAST or known.kind.is_sparse:
        return None
    lines = list(zip(history, *lines_so_far(history), strict=False))

    def loss(point: ParameterPoint) -> float:
        alpha, share = point
        keep, total = 1 - alpha, 0.0
        level, rest = (1 - share) * history[0], 1.0
        for value, start, slope in lines:
            following = rest * keep
            error = value - level - share * (rest * start + slope * (1 - following) / alpha)
            total += error * error
            level += alpha * (value - level)
            rest = following
        return total if math.isfinite(total) else math.inf

    return DynamicTheta(*least(loss, _STARTS, _BOUNDS))
