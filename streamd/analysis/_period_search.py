"""Finds how long the periods of a history are, from the dates of its rows."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import pairwise
from typing import Final

import attrs

from streamd.analysis.period import DAILY, WEEKLY, Period

_ENOUGH: Final = 4
"""The fewest dates that show a rhythm which is not written in them."""
_MOSTLY: Final = 0.6
"""Share of the distances that are one period and not several."""
_RHYTHMS: Final = ((Period(months=12), 12), (Period(months=3), 8), (Period(months=1), 5), (WEEKLY, 1))
"""Periods, and days by which a distance may be off: 4-4-5 weeks are 28 or 35 days."""


def period_of(days: Iterable[date]) -> Period:
    """The longest period that fits the spacing of the days.

    Years, quarters or months where all are the first of a month, its last day, or the same day, so many months apart; else, from
    four dates on, where most distances are one of these, give or take some days, and the others several. Periods of so many
    days where all distances are multiples of the most common one; weeks also where all are whole weeks, or a day off. Else days.
    """
    ordered = sorted(set(days))
    if len(ordered) < 2:
        return DAILY
    found = _same_day_of_month(ordered)
    if found is None and len(ordered) >= _ENOUGH:
        apart = [(later - earlier).days for earlier, later in pairwise(ordered)]
        found = _evenly_spaced(ordered, apart) or _in_rhythm(ordered, apart)
    if found is None and all((day - ordered[0]).days % 7 == 0 for day in ordered):
        found = WEEKLY
    return found or DAILY


def _same_day_of_month(ordered: Sequence[date]) -> Period | None:
    latest = max(day.day for day in ordered)
    if not all(_is_last(day) or day.day == latest for day in ordered):
        return None
    months = [day.year * 12 + day.month for day in ordered]
    apart = reduce(math.gcd, (month - months[0] for month in months[1:]))
    return Period(months=next(size for size in (12, 3, 1) if apart % size == 0)) if apart else None


def _is_last(day: date) -> bool:
    return (day + timedelta(1)).day == 1


def _evenly_spaced(ordered: Sequence[date], apart: Sequence[int]) -> Period | None:
    usual = max(set(apart), key=lambda days: (apart.count(days), -days))
    if usual == 1 or any(days % usual for days in apart) or apart.count(usual) < _MOSTLY * len(apart):
        return None
    return WEEKLY if usual == WEEKLY.days else Period(days=usual, ahead=(1 - ordered[0].toordinal()) % usual)


def _in_rhythm(ordered: Sequence[date], apart: Sequence[int]) -> Period | None:
    for period, late in _RHYTHMS:
        steps = [max(1, round(days / period.length_days)) for days in apart]
        keep = all(
            abs(days - step * period.length_days) <= late for days, step in zip(apart, steps, strict=True)
        )
        if keep and steps.count(1) >= _MOSTLY * len(steps):
            return _placed(ordered, steps, period)
    return None


def _placed(ordered: Sequence[date], steps: Sequence[int], period: Period) -> Period:
    """The period, moved by the fewest days with which the dates are as many periods apart as they seem to be."""

    def wrong(moved: Period) -> int:
        numbers = [moved.number(day) for day in ordered]
        return sum(
            later - earlier != step for (earlier, later), step in zip(pairwise(numbers), steps, strict=True)
        )

    most = math.ceil(period.length_days / 2)
    return min(
        (attrs.evolve(period, ahead=ahead) for days in range(most) for ahead in (days, -days)), key=wrong
    )
