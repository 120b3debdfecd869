"""Probabilities and robust figures that the tests of this package share."""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, median
from typing import Final

_NORMAL: Final = NormalDist()
_TO_DEVIATION: Final = 1.4826
"""Median absolute deviation to standard deviation, for normal data."""
_MEAN_TO_DEVIATION: Final = 1.2533
"""Mean absolute deviation to standard deviation, for normal data."""
_TINY: Final = 1e-300


def two_sided(z: float) -> float:
    """Probability of a standard normal value at least this far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))


def student_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t by its expansion around the normal (Abramowitz and Stegun 26.7.5).

    Good to two digits from three degrees of freedom on; fewer count as three.
    """
    z, v = _NORMAL.inv_cdf(probability), max(3.0, freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def f_tail(ratio: float, between: float, within: float) -> float:
    """Probability that a ratio of variances with these degrees of freedom is at least `ratio` (F distribution)."""
    if ratio <= 0:
        return 1.0
    return _beta_share(within / (within + between * ratio), within / 2, between / 2)


def _beta_share(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function (Abramowitz and Stegun 26.5.8, by Lentz's method)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return min(1.0, math.exp(log_front) * fraction / a)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def robust_deviation(values: Sequence[float]) -> float:
    """Standard deviation as single extreme values cannot bend it (Iglewicz and Hoaglin 1993).

    From the median absolute deviation; where more than half of the values are the same, from the mean one.
    """
    middle = median(values)
    return median_deviation(values) or fmean(abs(value - middle) for value in values) * _MEAN_TO_DEVIATION


def median_deviation(values: Sequence[float]) -> float:
    """Standard deviation from the median absolute deviation; 0 where more than half of the values are the same."""
    middle = median(values)
    return median([abs(value - middle) for value in values]) * _TO_DEVIATION


def autocorrelations(values: Sequence[float], most: int) -> list[float]:
    """Correlation with itself 1, 2, … `most` periods ago; all 0 for values that do not vary."""
    mean = fmean(values)
    centred = [value - mean for value in values]
    total = sum(value * value for value in centred)
    if total <= 0:
        return [0.0] * most
    return [
        sum(a * b for a, b in zip(centred[lag:], centred, strict=False)) / total for lag in range(1, most + 1)
    ]
