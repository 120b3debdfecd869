"""Seasonal decomposition of demand, and the test of its significance."""

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean, median
from typing import Final

import attrs

from streamd.facts import frozen
from streamd.forecasting._significance import f_tail, robust_deviation

_REACH: Final = 4.0


@frozen
class Season:
    """A season of demand."""

    period: int
    """Its length, in periods of the history."""
    indices: tuple[float, ...]
    """By phase, the first that of the history's first period: ratios around 1, or units around 0."""
    multiplicative: bool
    """Whether the indices are ratios (a season that grows with the level), or units to be added."""
    strength: float
    """0 to 1: the share of the variance around the slow movement that the season explains, adjusted for its length."""
    p_value: float
    """Of a season this strong by chance, for independent deviations."""

    def removed_from(self, history: Sequence[float]) -> list[float]:
        """Remove the season from a history."""
        cycle = self.indices
        if self.multiplicative:
            return [value / cycle[t % self.period] for t, value in enumerate(history)]
        return [value - cycle[t % self.period] for t, value in enumerate(history)]

    def put_back(self, forecast: Sequence[float], origin: int) -> list[float]:
        """Add the season to a forecast that was made without it after `origin` periods."""
        cycle = self.indices
        if self.multiplicative:
            return [value * cycle[t % self.period] for t, value in enumerate(forecast, origin)]
        return [value + cycle[t % self.period] for t, value in enumerate(forecast, origin)]


def season_of(history: Sequence[float], period: int, *, multiplicative: bool | None = None) -> Season | None:
    """The season of this length, whether significant or not; None with fewer than two whole cycles.

    In ratios or units as `multiplicative` says, else in ratios when all demand is above 0 and they explain more than units do, which
        is seen on the logarithms; else in units.
    """
    if period < 2 or len(history) < 2 * period:
        return None
    added = _explained(history, period)
    if multiplicative is False or min(history) <= 0:
        return added
    ratios = _explained([math.log(value) for value in history], period)
    if multiplicative is None and ratios.strength <= added.strength:
        return added
    middle = math.log(fmean(math.exp(index) for index in ratios.indices))
    indices = tuple(math.exp(index - middle) for index in ratios.indices)
    return attrs.evolve(ratios, indices=indices, multiplicative=True)


def _explained(values: Sequence[float], period: int) -> Season:
    """Classical decomposition and one-way analysis of variance of its phases.

    The strength is the adjusted R², close kin to the 1 - Var(remainder) / Var(detrended) of Wang, Smith and Hyndman
    (2006), but about 0 on average where there is no season, whatever its length. Single odd periods are bounded
    for it, and left out of the indices.
    """
    detrended = without_movement(values, period)
    n = len(detrended)
    typical = [_medial(detrended[phase::period]) for phase in range(period)]
    tame = bounded(detrended)
    phases = [tame[phase::period] for phase in range(period)]
    means = [fmean(phase) for phase in phases]
    overall = fmean(tame)
    between = sum(len(phase) * (mean - overall) ** 2 for phase, mean in zip(phases, means, strict=True))
    within = sum((value - mean) ** 2 for phase, mean in zip(phases, means, strict=True) for value in phase)
    free = n - period - 1
    middle = fmean(typical)
    indices = tuple(value - middle for value in typical)
    scale = max(map(abs, values)) or 1.0
    if between + within <= n * (1e-9 * scale) ** 2 or free < 1:
        return Season(period, (0.0,) * period, multiplicative=False, strength=0.0, p_value=1.0)
    strength = max(0.0, 1 - (within / free) / ((between + within) / (n - 2)))
    ratio = (between / (period - 1)) / (within / free) if within > 0 else math.inf
    p_value = f_tail(ratio, period - 1, free) if ratio < math.inf else 0.0
    return Season(period, indices, multiplicative=False, strength=strength, p_value=p_value)


def without_movement(values: Sequence[float], period: int) -> list[float]:
    """The values less their slow movement.

    That is a centred moving average over one season (for even lengths over one more period, its ends at half weight),
    prolonged at both ends by the mean slope; with fewer than three cycles a straight line.
    """
    n = len(values)
    slope = fmean(b - a for a, b in zip(values, values[period:], strict=False)) / period
    if n < 3 * period:
        middle, centre = fmean(values), (n - 1) / 2
        return [value - middle - slope * (t - centre) for t, value in enumerate(values)]
    half = period // 2
    sums = list(accumulate(values, initial=0.0))
    if period % 2:
        movement = [(sums[t + half + 1] - sums[t - half]) / period for t in range(half, n - half)]
    else:
        movement = [
            (sums[t + half + 1] + sums[t + half] - sums[t - half + 1] - sums[t - half]) / (2 * period)
            for t in range(half, n - half)
        ]
    before = [movement[0] - slope * (half - t) for t in range(half)]
    after = [movement[-1] + slope * (t + 1) for t in range(n - half - len(movement))]
    return [value - slow for value, slow in zip(values, before + movement + after, strict=True)]


def bounded(values: Sequence[float]) -> list[float]:
    """The values, those beyond four robust standard deviations moved there: a single odd period hides no season."""
    middle, reach = median(values), _REACH * robust_deviation(values)
    return [min(middle + reach, max(middle - reach, value)) for value in values]


def _medial(values: Sequence[float]) -> float:
    """Mean without the highest and the lowest, where there are enough: one odd year is no season."""
    return fmean(sorted(values)[1:-1]) if len(values) >= 4 else fmean(values)
