"""Prediction intervals around a forecast."""

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._ensemble import EnsembleTrial
from streamd.forecasting._hold_out import Paths, errors_of
from streamd.forecasting._significance import student_quantile
from streamd.forecasting.forecast_data import IntervalData
from streamd.text.figures import plain

LEVELS: Final = (80, 95)
"""The levels in percent of the prediction intervals."""
_USUAL_GROWTH: Final = (1.6, 12.0)
"""Power of time with which the variance grows (0 around a fixed level, 1 where demand wanders, 2 where its slope is unsure),
and the weight of that beside what was measured."""
_USUAL_GROWTH_WITH_SEASON: Final = (0.6, 3.0)
_FASTEST_GROWTH: Final = 2.0
_GROWTH_BEYOND: Final = 0.6
"""At most, of the steps beyond the longest of the hold-out: nobody knows how demand goes on for longer than it was seen."""
_TAILS: Final = 7.0
"""Degrees of freedom of the errors themselves: large ones are more common than in a normal distribution of their variance."""
_CHOSEN: Final = 1.5
"""Parameters whose uncertainty widens the errors of the future beyond those of the hold-out, as in a regression on time."""
_FEW_ORIGINS: Final = 4
_FLOOR: Final = 0.01
"""Share of the mean demand below which an error is not taken in proportion to what was expected."""
_MEASURED_WELL: Final = 4
"""Independent errors that are enough to believe the measure of a step by itself."""


@frozen
class Interval:
    """Limits per period; demand below 0 is not expected."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]

    def as_data(self) -> IntervalData:
        """`{lower, upper}`."""
        return {
            "lower": [plain(value) for value in self.lower],
            "upper": [plain(value) for value in self.upper],
        }


def intervals_around(
    expected: Sequence[float],
    history: Sequence[float],
    trial: EnsembleTrial | None,
    *,
    seasonal: bool,
    in_proportion: bool,
    known: float = 1.0,
) -> dict[int, Interval]:
    """The expected demand plus and minus as many deviations of its errors as Student's t has for each level.

    The deviations are those of the ensemble on the hold-out; `in_proportion` to what was expected where demand swings
    the more the higher it is. With fewer than four origins they are at least those of a Poisson demand of the same
    mean: two equal periods prove nothing. Where only a share of the history is `known`, the other errors are none. Levels hold on average over the series of the M3 competition.
    """
    usual = _USUAL_GROWTH_WITH_SEASON if seasonal else _USUAL_GROWTH
    deviations, origins = [0.0] * len(expected), 0
    if trial is not None:
        origins, paths = len(trial.scored), trial.paths["ensemble"]
        floor = _FLOOR * fmean(history)
        errors = errors_of(history, trial.scored, paths)
        if in_proportion:
            shares = deviations_of(_in_proportion(errors, paths, floor), len(expected), usual)
            deviations = [share * max(value, floor) for share, value in zip(shares, expected, strict=True)]
        else:
            deviations = deviations_of(errors, len(expected), usual)
    if origins < _FEW_ORIGINS:
        chance = math.sqrt(fmean(history))
        deviations = [max(deviation, chance) for deviation in deviations]
    freedom = 1 / (1 / max(1, origins - 1) + 1 / _TAILS)
    widening = math.sqrt((1 - 2 / _TAILS) * (1 + _CHOSEN / max(1, origins)) / known)
    found = {}
    for level in LEVELS:
        wide = widening * student_quantile(0.5 + level / 200, freedom)
        pairs = list(zip(expected, deviations, strict=True))
        found[level] = Interval(
            lower=tuple(max(0.0, value - wide * deviation) for value, deviation in pairs),
            upper=tuple(value + wide * deviation for value, deviation in pairs),
        )
    return found


def _in_proportion(errors: Paths, paths: Paths, floor: float) -> list[list[float]]:
    """Errors as shares of what was expected, at least of `floor`."""
    return [
        [error / max(value, floor) for error, value in zip(of_origin, path, strict=True)]
        for of_origin, path in zip(errors, paths, strict=True)
    ]


def deviations_of(
    errors: Sequence[Sequence[float]], periods: int, usual: tuple[float, float] = _USUAL_GROWTH
) -> list[float]:
    """Standard deviation of the error for each step ahead, from errors by origin and step, for `periods` steps.

    The mean squared error of step h is taken to grow as h^g. Both its scale and g come from a regression of the
    logarithms, in which a step counts by its errors that do not overlap (their number over h), and the `usual` g counts
    like a few more; the mean logarithm of few squares is too low, which is made up for in part. Steps that were
    measured well are not told narrower than they were measured, and no step narrower than the one before.
    """
    squares = [
        [error * error for of_origin in errors for error in of_origin[step : step + 1]]
        for step in range(max(map(len, errors), default=0))
    ]
    measured = [
        (step, sum(of_step) / len(of_step), len(of_step) / step) for step, of_step in enumerate(squares, 1)
    ]
    worded = [(math.log(step), mean, apart) for step, mean, apart in measured if mean > 0]
    if not worded:
        return [0.0] * periods
    scale, growth = _power(worded, usual)
    seen = len(measured)
    slower = min(growth, _GROWTH_BEYOND)
    variances = [
        scale * min(step, seen) ** growth * max(1.0, step / seen) ** slower for step in range(1, periods + 1)
    ]
    for (_, mean, apart), at in zip(measured, range(periods), strict=False):
        if apart >= _MEASURED_WELL:
            variances[at] = max(variances[at], mean)
    return [math.sqrt(variance) for variance in accumulate(variances, max)]


def _power(worded: Sequence[tuple[float, float, float]], usual: tuple[float, float]) -> tuple[float, float]:
    """Scale and growth from (logarithm of the step, mean squared error, errors that do not overlap)."""
    total = sum(apart for _, _, apart in worded)
    logs = [math.log(mean) + 0.5 * min(1.0, 1 / apart) for _, mean, apart in worded]
    centre = sum(apart * time for time, _, apart in worded) / total
    middle = sum(apart * log for log, (_, _, apart) in zip(logs, worded, strict=True)) / total
    spread = sum(apart * (time - centre) ** 2 for time, _, apart in worded)
    rise = sum(
        apart * (time - centre) * (log - middle) for log, (time, _, apart) in zip(logs, worded, strict=True)
    )
    growth = (rise + usual[1] * usual[0]) / (spread + usual[1])
    growth = min(_FASTEST_GROWTH, max(0.0, growth))
    scale = sum(apart * mean / math.exp(growth * time) for time, mean, apart in worded) / total
    return scale, growth
