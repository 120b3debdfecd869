"""The ensemble: the mean of all methods, weighted by their accuracy."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._hold_out import HoldOut, Paths, errors_of

_WORST: Final = 1.2
"""A method with a root mean squared error above that of the best by this factor has no weight."""
_BURN_IN: Final = 4
"""Of the origins one in so many only gathers errors for the first weights."""
_NEGLIGIBLE: Final = 1e-12
_SOUND: Final[Mapping[str, float]] = {"dynamic_theta": 0.5, "theta": 0.25, "damped_trend": 0.25}
"""Methods that are seldom far from the best, and their shares: combinations of such were hard to beat in the competitions."""
_SOUND_WHEN_SPARSE: Final[Mapping[str, float]] = dict.fromkeys(("croston_sba", "tsb", "adida", "imapa"), 0.25)
_SOUND_COUNTS_AS: Final = 60
"""Origins: those shares have as much say as so many of them, as few origins tell methods apart by chance."""
_NOT_SOUND: Final = 2.5
"""Except a method with a root mean squared error above that of the best by this factor, or by less with more origins."""
_FEW_ORIGINS: Final = 20
"""Origins up to which it is that."""

Weights = Mapping[str, float]


@frozen
class EnsembleTrial:
    """The ensemble on the hold-out."""

    weights: Weights
    """From all errors of the hold-out; they add up to 1."""
    scored: range
    """The origins with measured errors: each has earlier ones for its weights."""
    paths: Mapping[str, Paths]
    """From the scored origins, by method, `ensemble` last, with the weights that were known at each origin."""


def weights_of(squared: Mapping[str, float], origins: int) -> dict[str, float]:
    """Weights from mean squared errors at so many origins, and from what is known of methods without any.

    In inverse proportion to the errors, of the methods that are not much worse than the best: Bates and Granger (1969),
    without correlations, which short histories do not show (Timmermann 2006). The fewer the origins, the nearer to fixed
    shares of methods that are sound on most histories (Smith and Wallis 2009).
    """
    least = max(_NEGLIGIBLE, min(squared.values()))
    inverse = {
        name: 1 / max(error, least) if error <= least * _WORST**2 else 0.0 for name, error in squared.items()
    }
    total = sum(inverse.values())
    usual = _SOUND_WHEN_SPARSE if any(name in squared for name in _SOUND_WHEN_SPARSE) else _SOUND
    worst = 1 + (_NOT_SOUND - 1) * min(1.0, _FEW_ORIGINS / max(1, origins))
    sound = {name: share for name, share in usual.items() if squared.get(name, math.inf) <= least * worst**2}
    trust = origins / (origins + _SOUND_COUNTS_AS) if sound else 1.0
    shares = sum(sound.values()) or 1.0
    return {
        name: trust * value / total + (1 - trust) * sound.get(name, 0.0) / shares
        for name, value in inverse.items()
    }


def combined(forecasts: Mapping[str, Sequence[float]], weights: Weights) -> list[float]:
    """The weighted mean of forecasts of the same length."""
    used = [(weight, forecasts[name]) for name, weight in weights.items() if weight > 0]
    total = [0.0] * len(used[0][1])
    for weight, path in used:
        total = [so_far + weight * value for so_far, value in zip(total, path, strict=True)]
    return total


def trial_of(hold_out: HoldOut) -> EnsembleTrial:
    """Forecast the hold-out with the ensemble, at each origin with the weights known then.

    So its error on the hold-out is out-of-sample, as those of the methods are.
    """
    squared = {
        name: [
            [error * error for error in errors]
            for errors in errors_of(hold_out.history, hold_out.origins, paths)
        ]
        for name, paths in hold_out.paths.items()
    }
    count = len(hold_out.origins)
    known = {name: _known_means(errors, count) for name, errors in squared.items()}
    scored_from = count // _BURN_IN
    ensemble = []
    for at in range(scored_from, count):
        weights = weights_of({name: means[at] for name, means in known.items()}, at)
        ensemble.append(combined({name: paths[at] for name, paths in hold_out.paths.items()}, weights))
    return EnsembleTrial(
        weights=weights_of({name: means[count] for name, means in known.items()}, count),
        scored=hold_out.origins[scored_from:],
        paths={**{name: paths[scored_from:] for name, paths in hold_out.paths.items()}, "ensemble": ensemble},
    )


def _known_means(squared: Sequence[Sequence[float]], count: int) -> list[float]:
    """The mean over the errors that each origin knows, those of periods before it, and over all of them."""
    by_period, numbers = [0.0] * count, [0] * count
    for origin, errors in enumerate(squared):
        for at, error in enumerate(errors, origin):
            by_period[at] += error
            numbers[at] += 1
    means = [1.0]
    for total, known in zip(accumulate(by_period), accumulate(numbers), strict=True):
        means.append(total / known)
    return means
