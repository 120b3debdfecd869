"""Holt-Winters: level, slope and season, each followed as it moves."""

import math
from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._season import Season, season_of
from streamd.forecasting.methods.damped_trend import damping
from streamd.forecasting.methods.line import straight_line
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.search import ParameterPoint, least

_MORE_THAN_TWO_CYCLES: Final = 3
_BOUNDS: Final = ((0.01, 1.0), (0.0, 0.5), (0.0, 0.9), (0.8, 1.0))
_STARTS: Final = ((0.2, 0.05, 0.1, 0.98), (0.6, 0.05, 0.05, 0.95), (0.05, 0.02, 0.05, 1.0))
_FLOOR: Final = 1e-6
"""Share of the mean that a multiplicative level does not fall below."""


@frozen
class HoltWinters:
    """Level, damped trend and season, each corrected by the last error.

    With the error e = y - (l + phi b + s): l = l + phi b + alpha e, b = phi b + alpha beta e, s = s + gamma e.

    Multiplicative: e = y - (l + phi b) s; l and b take e / s instead of e, and s takes e / (l + phi b). Winters (1960)
    with Gardner's damping; error-correction form of Hyndman, Koehler, Ord and Snyder (2008), table 2.1.
    """

    alpha: float
    beta: float
    gamma: float
    phi: float
    level: float
    """Before the first period."""
    slope: float
    season: Season
    floor: float

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        damped, period, times = damping(self.phi, periods), self.season.period, self.season.multiplicative
        level, slope, cycle = self.level, self.slope, list(self.season.indices)
        found, wanted = [], set(origins)
        for t, value in enumerate(history[: origins[-1]]):
            level, slope = level + self.phi * slope, self.phi * slope
            phase = t % period
            if times:
                level = max(level, self.floor)
                error = value - level * cycle[phase]
                on_level, on_season = error / cycle[phase], error / level
            else:
                on_level = on_season = value - level - cycle[phase]
            level += self.alpha * on_level
            slope += self.alpha * self.beta * on_level
            cycle[phase] += self.gamma * on_season
            if times:
                cycle[phase] = max(cycle[phase], _FLOOR)
            if t + 1 in wanted:
                straight = [level + share * slope for share in damped]
                after = range(t + 1, t + 1 + periods)
                if times:
                    found.append(
                        [rest * cycle[at % period] for rest, at in zip(straight, after, strict=True)]
                    )
                else:
                    found.append(
                        [rest + cycle[at % period] for rest, at in zip(straight, after, strict=True)]
                    )
        return found


def holt_winters(known: TrainingData) -> HoltWinters | None:
    """Fit an additive season; needs two cycles and three periods."""
    return _fitted(known, multiplicative=False)


def holt_winters_multiplicative(known: TrainingData) -> HoltWinters | None:
    """Fit a season of ratios; needs two cycles and three periods, and demand in every period."""
    return _fitted(known, multiplicative=True) if min(known.history) > 0 else None


def _fitted(known: TrainingData, *, multiplicative: bool) -> HoltWinters | None:
    """The first state from the classical decomposition, the parameters by the least squared one-step errors."""
    history, period = known.history, known.period
    if period is None or len(history) < 2 * period + _MORE_THAN_TWO_CYCLES:
        return None
    season = season_of(history, period, multiplicative=multiplicative)
    if season is None:
        return None
    start, slope = straight_line(season.removed_from(history[: 2 * period]))
    floor = _FLOOR * (sum(history) / len(history))
    level = start - slope
    if multiplicative:
        level = max(level, floor)
    indices = season.indices
    cycles = [history[at : at + period] for at in range(0, len(history), period)]

    def additive_loss(point: ParameterPoint) -> float:
        alpha, beta, gamma, phi = point
        now, rise, gain, cycle, total = level, slope, alpha * beta, list(indices), 0.0
        for values in cycles:
            for phase, value in enumerate(values):
                rise *= phi
                now += rise
                error = value - now - cycle[phase]
                now += alpha * error
                rise += gain * error
                cycle[phase] += gamma * error
                total += error * error
        return total

    def multiplicative_loss(point: ParameterPoint) -> float:
        alpha, beta, gamma, phi = point
        now, rise, gain, cycle, total = level, slope, alpha * beta, list(indices), 0.0
        for values in cycles:
            for phase, value in enumerate(values):
                rise *= phi
                now += rise
                ratio = cycle[phase]
                if now <= floor or ratio <= _FLOOR:
                    return math.inf
                error = value - now * ratio
                cycle[phase] = ratio + gamma * error / now
                error_of_level = error / ratio
                now += alpha * error_of_level
                rise += gain * error_of_level
                total += error * error
        return total

    alpha, beta, gamma, phi = least(
        multiplicative_loss if multiplicative else additive_loss, _STARTS, _BOUNDS
    )
    return HoltWinters(alpha, beta, gamma, phi, level, slope, season, floor)
