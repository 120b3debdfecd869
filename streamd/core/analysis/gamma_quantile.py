"""Quantiles of the gamma distribution, which demand that comes now and then resembles better than the normal one."""

import math
from statistics import NormalDist
from typing import Final

_NEARLY_NORMAL: Final = 200.0
"""From this shape on the approximation by Wilson and Hilferty is exact to four digits."""
_SMALLEST_SHAPE: Final = 1e-3
_STEPS: Final = 100
_CLOSE: Final = 1e-7
_TERMS: Final = 500
_EXACT: Final = 1e-10


def gamma_quantile(probability: float, mean: float, variance: float) -> float:
    """The value that a gamma variable with this mean and variance stays at or below with `probability`.

    Shape k = mean² / variance, scale = variance / mean. For large k by Wilson and Hilferty (1931),
    k (1 - 1/(9k) + z/(3 sqrt k))³; else where the regularised incomplete gamma function P(k, x) is `probability`
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
    return scale * _quantile(probability, shape)


def _quantile(probability: float, shape: float) -> float:
    """By Newton's steps from the approximation; a step that leaves the interval known to hold the value halves it."""
    lower, upper = 0.0, math.inf
    value = max(_wilson_hilferty(probability, shape), shape * 1e-3)
    for _ in range(_STEPS):
        excess = lower_gamma(shape, value) - probability
        if excess < 0:
            lower = value
        else:
            upper = value
        density = math.exp((shape - 1) * math.log(value) - value - math.lgamma(shape))
        following = value - excess / density if density > 0 else math.inf
        if not lower < following < upper:
            following = 2 * value if upper == math.inf else (lower + upper) / 2
        if abs(following - value) <= _CLOSE * value:
            return following
        value = following
    return value


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
