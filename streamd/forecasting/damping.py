"""Damps outliers: what happened once is no demand to plan with."""

import math
from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._demand_pattern import demand_kind
from streamd.forecasting._season import Season
from streamd.forecasting._significance import median_deviation
from streamd.forecasting.anomalies import Deviations, deviations_in, from_neighbours
from streamd.forecasting.forecast_data import DampedPeriodData
from streamd.text.figures import plain

_FEWEST: Final = 4
"""With three periods nobody knows which one is odd."""
_UNUSUAL: Final = 6.0
"""Robust standard deviations."""
_FARTHER: Final = 2.0
"""Times the distance of the farthest period that is not unusual."""
_FAR_BEYOND: Final = 6.0
"""The same of few periods, and of sizes that differ so much that no robust deviation tells them apart."""
_LEAST_REACH: Final = 0.5
"""Share of the expected demand that such a distance is at least taken for."""
_NEAR: Final = 5
"""Periods before and after one that are looked at first."""
_MOST_ALIKE: Final = 2
"""Odd periods: three alike are a new level, or demand that comes again and again."""
_ALIKE: Final = 0.5
"""Share of the distance from which on another period is one alike."""


@frozen
class DampedPeriod:
    """An outlier, and what is counted in its place."""

    period: int
    """Its place in the history; the oldest is 0."""
    actual: float
    used: float

    def as_data(self) -> DampedPeriodData:
        """`{period, actual_demand, used_demand}`."""
        return {
            "period": self.period,
            "actual_demand": plain(self.actual),
            "used_demand": plain(self.used),
        }


def damped(
    history: Sequence[float], season: Season | None
) -> tuple[Sequence[float], tuple[DampedPeriod, ...]]:
    """The history with its outliers damped, and these outliers.

    Expected is what the neighbours of a period say (see `find_anomalies`), of four to seven periods the median of the others.
    An outlier is six robust deviations above it and twice as far as the farthest usual period; six times as far is enough by
    itself, and what few periods need. Three alike are usual: a new level, or what comes again. An outlier counts as much as the
    farthest usual period: influence is bounded (Huber 1964).
    """
    if not _may_have_any(history, season):
        return history, ()
    measured, farther = deviations_in(history, season), _FARTHER
    if not measured.places:
        measured, farther = _beside_the_others(history), _FAR_BEYOND
    if not measured.places:
        return history, ()
    odd = sorted(_odd(measured, farther), key=lambda one: one.period)
    if odd:
        odd = _not_grown(season.removed_from(history) if season else history, odd)
    values = list(history)
    for one in odd:
        values[one.period] = one.used
    return values, tuple(odd)


def _odd(measured: Deviations, farther: float) -> Iterator[DampedPeriod]:
    """The outliers by their distances: what is not one may be the farthest usual period for those beyond it."""
    most = median(measured.differences) + _UNUSUAL * median_deviation(measured.differences)
    known = sorted(
        zip(
            [was - should for was, should in zip(measured.actual, measured.expected, strict=True)],
            measured.places, measured.expected, measured.differences, strict=True,
        )
    )  # fmt: skip
    distances = [distance for distance, *_ in known]
    reach = max(0.0, -distances[0])
    for distance, place, should, difference in known[bisect(distances, 0.0) :]:
        alike = len(distances) - bisect_left(distances, _ALIKE * distance)
        least = max(reach, _LEAST_REACH * should)
        if alike <= _MOST_ALIKE and distance > least * (farther if difference > most else _FAR_BEYOND):
            yield DampedPeriod(place, should + distance, should + least)
        else:
            reach = max(reach, distance)


def stands_out(history: Sequence[float]) -> bool:
    """Whether the sizes of demand above their median have a gap, without which no period is beyond all others."""
    sizes = sorted([value for value in history if value > 0])
    if len(sizes) < _FEWEST:
        return False
    middle, reach = sizes[len(sizes) // 2], 0.0
    for size in sizes[len(sizes) // 2 :]:
        if size - middle > _FARTHER * max(reach, _LEAST_REACH * middle):
            return True
        reach = size - middle
    return False


def _may_have_any(history: Sequence[float], season: Season | None) -> bool:
    """Whether some period is twice as high as its neighbours are: a quick look, as few histories have outliers."""
    if len(history) < 2 * _FEWEST or min(history) <= 0:
        return True
    adjusted = season.removed_from(history) if season else history
    for at, value in enumerate(adjusted):
        near = sorted(adjusted[max(0, at - _NEAR) : at + _NEAR + 1])
        if value > (1 + _FARTHER * _LEAST_REACH) * near[len(near) // 2]:
            return True
    return False


def _beside_the_others(history: Sequence[float]) -> Deviations:
    """Each of few periods (of sparse demand those with any) beside the median of the others."""
    is_sparse = demand_kind(history).is_sparse
    places = [at for at, value in enumerate(history) if value > 0 or not is_sparse]
    if len(places) < _FEWEST:
        return Deviations((), (), (), ())
    values = [history[place] for place in places]
    usual = [median(values[:at] + values[at + 1 :]) for at in range(len(values))]
    differences = [value - should for value, should in zip(values, usual, strict=True)]
    return Deviations(places, values, usual, differences)


def _not_grown(adjusted: Sequence[float], odd: Sequence[DampedPeriod]) -> list[DampedPeriod]:
    """Those that are outliers on logarithms, too, where demand that grows in percent goes straight on."""
    if len(adjusted) < 2 * _FEWEST or min(adjusted) <= 0:
        return list(odd)
    logarithms = [math.log(value) for value in adjusted]
    differences = []
    for at, value in enumerate(logarithms):
        expected, widening = from_neighbours(logarithms, at)
        differences.append((value - expected) / widening)
    most = median(differences) + _UNUSUAL * median_deviation(differences)
    return [one for one in odd if differences[one.period] > most]
