"""Sample series, and how near forecasts came to what followed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import attrs

from scripts.benchmarks.processes import ROOT

SEASONS = {"yearly": 1, "quarterly": 4, "monthly": 12, "intermittent": 1}
"""The samples, with the periods of a year."""
LEVELS = (80, 95)

_SERIES = ROOT / "tests" / "data" / "series"


@attrs.frozen
class SampleSeries:
    """One series of a sample: what is known, and what followed."""

    name: str
    known: Sequence[float]
    followed: Sequence[float]


@attrs.frozen
class Foretold:
    """What somebody expected of a series."""

    series: SampleSeries
    expected: Sequence[float]
    intervals: Mapping[int, tuple[Sequence[float], Sequence[float]]]
    """(lower, upper) by level in percent; empty where none were given."""


def sample(name: str, folder: Path = _SERIES) -> list[SampleSeries]:
    """The series of a sample, from lines of name, periods to forecast, and demand."""
    found = []
    for line in (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines():
        label, ahead, *values = line.split(",")
        demand = [float(value) for value in values]
        found.append(SampleSeries(label, demand[: -int(ahead)], demand[-int(ahead) :]))
    return found


def scores(forecasts: Sequence[Foretold], season: int) -> dict[str, float]:
    """Means over the series.

    smape: 200 |a - e| / (a + e), of the M3 and M4 competitions; 0 against 0 is no error. mase: the mean absolute error in those of
    the naive seasonal forecast of one step in what was known (Hyndman and Koehler 2006). rmsse: the same of squares. coverage_80 and
    coverage_95: percent of what followed that lies in the interval. msis: width of the 95 % interval, and 40 times what lies
    outside, in the units of mase (Gneiting and Raftery 2007).
    """
    steps = [_steps(one.series.known, season) for one in forecasts]
    usual = [fmean(abs(step) for step in of_one) for of_one in steps]
    found = {
        "smape": fmean(_smape(one) for one in forecasts),
        "mase": fmean(fmean(_errors(one)) / scale for one, scale in zip(forecasts, usual, strict=True)),
        "rmsse": fmean(
            (fmean(error**2 for error in _errors(one)) / fmean(step**2 for step in of_one)) ** 0.5
            for one, of_one in zip(forecasts, steps, strict=True)
        ),
    }
    if all(one.intervals for one in forecasts):
        for level in LEVELS:
            found[f"coverage_{level}"] = 100 * fmean(
                low <= actual <= high for one in forecasts for actual, low, high in _limits(one, level)
            )
        found["msis"] = fmean(
            fmean(
                high - low + 40 * (max(0.0, low - actual) + max(0.0, actual - high))
                for actual, low, high in _limits(one, 95)
            )
            / scale
            for one, scale in zip(forecasts, usual, strict=True)
        )
    return found


def _steps(known: Sequence[float], season: int) -> list[float]:
    """Of one season; a series that never changed counts as one of which nothing is expected to."""
    steps = [later - earlier for earlier, later in zip(known, known[season:], strict=False)]
    return steps if any(steps) else [1.0]


def _errors(one: Foretold) -> list[float]:
    return [
        abs(actual - expected) for actual, expected in zip(one.series.followed, one.expected, strict=True)
    ]


def _smape(one: Foretold) -> float:
    pairs = zip(one.series.followed, one.expected, strict=True)
    return fmean(200 * abs(a - e) / (abs(a) + abs(e)) if a or e else 0.0 for a, e in pairs)


def _limits(one: Foretold, level: int) -> list[tuple[float, float, float]]:
    lower, upper = one.intervals[level]
    return list(zip(one.series.followed, lower, upper, strict=True))
