"""Damps outliers: what happened once is no demand to plan with."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Final

import attrs

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
_FARTHER_OF_FEW: Final = 6.0
_LEAST_REACH: Final = 0.5
"""Share of the expected demand that such a distance is at least taken for."""
_NEAR: Final = 5
"""Periods before and after one that are looked at first."""
_LONGEST: Final = 2
"""Periods: three odd ones in a row are a new level."""


@attrs.frozen
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
    An outlier is six robust deviations above it and twice as far as the farthest other period (six times among so few);
    three in a row are a new level. It counts as much as that farthest period: influence is bounded (Huber 1964).
    """
    if not _may_have_any(history, season):
        return history, ()
    measured, farther = deviations_in(history, season), _FARTHER
    if not measured.places:
        measured, farther = _beside_the_others(history), _FARTHER_OF_FEW
    if not measured.places:
        return history, ()
    most = median(measured.differences) + _UNUSUAL * median_deviation(measured.differences)
    known = list(zip(measured.places, measured.actual, measured.expected, measured.differences, strict=True))
    reach = max(
        (abs(was - should) for _, was, should, difference in known if difference <= most), default=0.0
    )
    odd = [
        DampedPeriod(place, was, should + max(reach, _LEAST_REACH * should))
        for place, was, should, difference in known
        if difference > most and was - should > farther * max(reach, _LEAST_REACH * should)
    ]
    if odd:
        odd = _not_grown(season.removed_from(history) if season else history, odd)
    values, found = list(history), tuple(_passing(odd))
    for one in found:
        values[one.period] = one.used
    return values, found


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


def _passing(odd: Sequence[DampedPeriod]) -> Iterator[DampedPeriod]:
    """Those that are not part of a new level."""
    for _, group in groupby(enumerate(odd), key=lambda pair: pair[1].period - pair[0]):
        run = [one for _, one in group]
        if len(run) <= _LONGEST:
            yield from run
