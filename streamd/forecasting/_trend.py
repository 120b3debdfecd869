"""Tests the trend of demand and measures its slope."""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._season import Season
from streamd.forecasting._significance import autocorrelations, two_sided
from streamd.forecasting.forecast_data import Direction, TrendData
from streamd.text.figures import plain

SIGNIFICANT: Final = 0.05
_FEWEST: Final = 4
"""With three periods no order of values is rarer than one in six."""
_MOST: Final = 300
"""All pairs are compared; longer histories are averaged over blocks first, so that the pairs stay few."""
_FEWEST_FOR_DEPENDENCE: Final = 20


@frozen
class Trend:
    """The slow movement of a history as a whole."""

    direction: Direction
    """`stable` unless the trend is significant at 5 %."""
    slope: float
    """Units per period, each period; by Theil and Sen."""
    p_value: float
    """Of a trend this clear by chance."""

    def as_data(self) -> TrendData:
        """`{direction, slope, p_value, significant}`."""
        return {
            "direction": self.direction,
            "slope": plain(self.slope),
            "p_value": plain(self.p_value),
            "significant": self.direction != "stable",
        }


def trend_of(history: Sequence[float], season: Season | None = None) -> Trend:
    """The Mann-Kendall test and the Theil-Sen slope of the history less its season.

    S = number of later values above an earlier one, less those below. Its variance without trend is
    (n(n-1)(2n+5) - sum over ties of u(u-1)(2u+5)) / 18 (Kendall 1975), and is widened for autocorrelated demand as
    Hamed and Rao (1998) have it, by the significant autocorrelations of the ranks around the slope, from 20 periods on.
    z = (S -+ 1) / sqrt(variance). The slope is the median of those between all pairs (Sen 1968).
    Fewer than four periods show no trend: p is 1.
    """
    adjusted = season.removed_from(history) if season else list(history)
    block = max(1, -(-len(adjusted) // _MOST))
    start = len(adjusted) % block
    values = [fmean(adjusted[at : at + block]) for at in range(start, len(adjusted), block)]
    # removing a season leaves 29.999999999999996 beside 30: such are ties
    grain = 1e-9 * max(map(abs, values), default=0.0)
    n = len(values)
    if n < 2:
        return Trend("stable", 0.0, 1.0)
    slopes, score = [], 0
    for i, earlier in enumerate(values):
        for gap, later in enumerate(values[i + 1 :], 1):
            rise = later - earlier
            slopes.append(rise / gap)
            score += (rise > grain) - (rise < -grain)
    slope = median(slopes)
    variance = _variance(values, grain)
    if n < _FEWEST or variance <= 0 or score == 0:
        return Trend("stable", slope / block, 1.0)
    variance *= _dependence(values, slope)
    z = (abs(score) - 1) / math.sqrt(variance)
    p_value = two_sided(z)
    direction: Direction = "stable"
    if p_value < SIGNIFICANT:
        direction = "increasing" if score > 0 else "decreasing"
    return Trend(direction, slope / block, p_value)


def _variance(values: Sequence[float], grain: float) -> float:
    n = len(values)
    ties = Counter(round(value / grain) if grain else 0 for value in values)
    tied = sum(count * (count - 1) * (2 * count + 5) for count in ties.values())
    return (n * (n - 1) * (2 * n + 5) - tied) / 18


def _dependence(values: Sequence[float], slope: float) -> float:
    """The factor by which dependence widens the variance of S, at least 1."""
    n = len(values)
    if n < _FEWEST_FOR_DEPENDENCE:
        return 1.0
    around = [value - slope * t for t, value in enumerate(values)]
    ranks = [0.0] * n
    for rank, t in enumerate(sorted(range(n), key=around.__getitem__)):
        ranks[t] = float(rank)
    widened = 0.0
    for lag, correlation in enumerate(autocorrelations(ranks, n // 4), 1):
        if abs(correlation) > 1.96 / math.sqrt(n):
            widened += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * widened)
