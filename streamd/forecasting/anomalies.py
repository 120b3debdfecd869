"""Finds anomalies: periods whose demand differs from that of their neighbours and their season."""

import math
from collections.abc import Sequence
from statistics import median
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._demand_pattern import demand_kind
from streamd.forecasting._season import Season
from streamd.forecasting._significance import robust_deviation
from streamd.forecasting.forecast_data import AnomalyData, AnomalySeverity
from streamd.forecasting.history import check_season, checked
from streamd.forecasting.seasonality import season_in
from streamd.text.figures import plain

_FEWEST: Final = 8
"""The fewest periods with a usual demand."""
_UNUSUAL: Final = 3.5
"""Robust standard deviations: the limit of Iglewicz and Hoaglin, *How to Detect and Handle Outliers* (1993)."""
_VERY_UNUSUAL: Final = 6.0
_NEIGHBOURS: Final = 10


@frozen
class Anomaly:
    """A period with unusual demand."""

    period: int
    """Its place in the history; the oldest is 0."""
    actual: float
    expected: float
    z_score: float
    """Actual less expected, in robust standard deviations: below 0 for too little demand."""
    severity: AnomalySeverity
    """`high` from 6 standard deviations on."""

    def as_data(self) -> AnomalyData:
        """`{period, actual_demand, expected_demand, z_score, severity}`."""
        return {
            "period": self.period,
            "actual_demand": plain(self.actual),
            "expected_demand": plain(self.expected),
            "z_score": round(self.z_score, 2),
            "severity": self.severity,
        }


def find_anomalies(history: Sequence[float], season: int | None = None) -> tuple[Anomaly, ...]:
    """The anomalies of a history, oldest first; none in fewer than eight periods or where demand never varies.

    Expected is what the ten nearest other periods say, after the season is taken away: the line through them with the
    median slope, which a few odd values do not bend (Theil and Sen; as a filter Davies, Fried and Gather 2004). The
    differences are measured by their median absolute deviation. Where demand is intermittent, most periods have none
    and one that has is no anomaly: the sizes of the demands are compared with their median instead, on logarithms, as
    sizes are skewed.

    Args:
        history: demand per period, oldest first.
        season: its length in periods; found from the history when absent.

    Raises:
        InvalidMessageError: the history has negative values or such as are no numbers, or the season is below 1.

    """
    check_season(season)
    values = checked(history)
    if len(values) < _FEWEST:
        return ()
    return anomalies_in(values, season_in(values, season))


@frozen
class Deviations:
    """Distances of periods from what their neighbours say."""

    places: Sequence[int]
    """Periods of the history."""
    actual: Sequence[float]
    expected: Sequence[float]
    differences: Sequence[float]
    """Actual less expected, on a scale on which all are of one size."""


def anomalies_in(history: Sequence[float], season: Season | None) -> tuple[Anomaly, ...]:
    """Find the anomalies of a checked history with a known season."""
    return _unusual(deviations_in(history, season))


def deviations_in(history: Sequence[float], season: Season | None) -> Deviations:
    """The deviations of a checked history with a known season; none of too short a history."""
    if demand_kind(history).is_sparse:
        return _of_sizes(history)
    if len(history) < _FEWEST:
        return Deviations((), (), (), ())
    adjusted = season.removed_from(history) if season else list(history)
    around, differences = [], []
    for at, value in enumerate(adjusted):
        expected, widening = from_neighbours(adjusted, at)
        around.append(expected)
        differences.append((value - expected) / widening)
    worded = season.put_back(around, 0) if season else around
    return Deviations(range(len(history)), history, [max(0.0, value) for value in worded], differences)


def _of_sizes(history: Sequence[float]) -> Deviations:
    places = [at for at, value in enumerate(history) if value > 0]
    if len(places) < _FEWEST:
        return Deviations((), (), (), ())
    sizes = [history[at] for at in places]
    usual = median(sizes)
    return Deviations(places, sizes, [usual] * len(sizes), [math.log(size / usual) for size in sizes])


def from_neighbours(values: Sequence[float], at: int) -> tuple[float, float]:
    """Predict a value from its neighbours; returns the prediction and the widening of its error.

    The widening is that of a prediction from a straight line: sqrt(1 + 1/n + d² / sum of squared distances).
    """
    start = max(0, min(at - _NEIGHBOURS // 2, len(values) - _NEIGHBOURS - 1))
    near = [(place - at, values[place]) for place in range(start, min(start + _NEIGHBOURS + 1, len(values)))]
    near = [(where, value) for where, value in near if where]
    slope = median(
        (later - earlier) / (there - here)
        for index, (here, earlier) in enumerate(near)
        for there, later in near[index + 1 :]
    )
    expected = median(value - slope * where for where, value in near)
    centre = sum(where for where, _ in near) / len(near)
    spread = sum((where - centre) ** 2 for where, _ in near)
    return expected, math.sqrt(1 + 1 / len(near) + centre * centre / spread)


def _unusual(measured: Deviations) -> tuple[Anomaly, ...]:
    differences = measured.differences
    if not differences or max(measured.actual) - min(measured.actual) <= 1e-9 * max(measured.actual):
        return ()
    middle, deviation = median(differences), robust_deviation(differences)
    if deviation <= 0:
        return ()
    found = []
    for place, was, should, difference in zip(
        measured.places, measured.actual, measured.expected, differences, strict=True
    ):
        z_score = (difference - middle) / deviation
        if abs(z_score) >= _UNUSUAL:
            severity: AnomalySeverity = "high" if abs(z_score) >= _VERY_UNUSUAL else "medium"
            found.append(Anomaly(place, was, should, z_score, severity))
    return tuple(found)
