"""Quantiles of the gamma distribution, which demand that comes now and then resembles better than the normal one."""

import math
from statistics import NormalDist
from typing import Final

_NEARLY_NORMAL: Final = 200.0
"""From this shape on the approximation by Wilson and Hilferty is exact to four digits."""
_SMALLEST_SHAPE: Final = 1e-3
_HALVINGS: Final = 60
_TERMS: Final = 500
_EXACT: Final = 1e-10


def gamma_quantile(probability: float, mean: float, variance: float) -> float:
    """The value that a gamma variable with this mean and variance stays at or below with `probability`.

    Shape k = mean² / variance, scale = variance / mean. For large k by Wilson and Hilferty (1931),
    k (1 - 1/(9k) + z/(3 sqrt k))³; else by halving an interval on the regularised incomplete gamma function P(k, x)
    (Abramowitz and Stegun, 6.5.29). A variance of 0 gives the mean; a mean of 0 gives 0.
    """
    if mean <= 0:
        return 0.0
    if variance <= 0:
        return mean
    shape, scale = mean * mean / variance, variance / mean
    if shape < _SMALLEST_SHAPE:
        shape, scale = _SMALLEST_SHAPE, mean / _SMALLEST_SHAPE
    if shape > _NEARLY_NORMAL:
        return scale * _wilson_hilferty(probability, shape)
    lower, upper = 0.0, max(1.0, shape)
    while lower_gamma(shape, upper) < probability:
        lower, upper = upper, 2 * upper
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2
        if lower_gamma(shape, middle) < probability:
            lower = middle
        else:
            upper = middle
        if upper - lower <= 1e-7 * upper:
            break
    return scale * upper


def lower_gamma(shape: float, value: float) -> float:
    """P(shape, value): the chance that a gamma variable of scale 1 is at most `value`.

    By the series x^k e^-x / Γ(k+1) · (1 + x/(k+1) + x²/((k+1)(k+2)) + …). All terms are positive, so nothing cancels.
    """
    if value <= 0:
        return 0.0
    term = total = 1.0
    for step in range(1, _TERMS):
        term *= value / (shape + step)
        total += term
        if term < _EXACT * total:
            break
    return min(1.0, math.exp(shape * math.log(value) - value - math.lgamma(shape + 1)) * total)


def _wilson_hilferty(probability: float, shape: float) -> float:
    z = NormalDist().inv_cdf(probability)
    return shape * max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3
