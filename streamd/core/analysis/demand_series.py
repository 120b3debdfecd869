"""Demand as it is kept (item, date, quantity), made into periods of one length without gaps."""

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import attrs

from streamd.core.analysis.figures import figure
from streamd.core.item import ItemId

DAYS_PER_MONTH: Final = 365.25 / 12
_MOST_PERIODS: Final = 1500
"""Older periods than these are left out: one date in the far past must not become a million zeros."""
_SHORTEST_MONTH: Final = 28


@attrs.frozen
class DemandSeries:
    """The demand of several items over the same periods."""

    values: Mapping[ItemId, Sequence[float]]
    """Units per period, oldest first, 0 where no demand was recorded; each item from its first demand to the last period
    of all."""
    days_per_period: float
    """1 for days, 7 for weeks, 30.4 for months, 91.3 for quarters."""


def demand_series(history: Mapping[ItemId, Iterable[tuple[str, float]]]) -> DemandSeries:
    """Periods from rows of date (`YYYY-MM-DD`, with or without a time) and quantity, in any order.

    A date that is not recorded had no demand: left out, an item that sells once a week would seem to sell every day.
    How long a period is follows from all dates together: months (or whole numbers of them) when all are on the same day
    of the month, weeks (or whole numbers of them) when all are weeks apart, else days; with one date only, days. Several
    rows of one item and period are added. Rows without a date or a figure are passed over.
    """
    days: dict[str, int | None] = {}
    known: dict[ItemId, list[tuple[int, float]]] = {}
    for item_id, rows in history.items():
        kept = []
        for text, quantity in rows:
            if text not in days:
                days[text] = _day(text)
            day, units = days[text], figure(quantity)
            if day is not None and units is not None:
                kept.append((day, units))
        known[item_id] = kept
    told = sorted({day for kept in known.values() for day, _ in kept})
    months = _months_apart(told)
    step = months or _days_apart(told)
    counted = {day: _month(day) if months else day for day in told}
    start = min(counted.values(), default=0)
    numbered = {day: (number - start) // step for day, number in counted.items()}
    last = max(numbered.values(), default=0)
    return DemandSeries(
        values={item_id: _filled(kept, numbered, last) for item_id, kept in known.items()},
        days_per_period=step * DAYS_PER_MONTH if months else float(step),
    )


def _filled(kept: Sequence[tuple[int, float]], numbered: Mapping[int, int], last: int) -> Sequence[float]:
    if not kept:
        return ()
    first = max(min(numbered[day] for day, _ in kept), last - _MOST_PERIODS + 1)
    values = [0.0] * (last - first + 1)
    for day, units in kept:
        if (place := numbered[day] - first) >= 0:
            values[place] += units
    return values


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None


def _month(day: int) -> int:
    found = date.fromordinal(day)
    return found.year * 12 + found.month


def _months_apart(days: Sequence[int]) -> int:
    """How many months the dates are apart; 0 when they are not all on the same day of a month, or all on its last."""
    dates = [date.fromordinal(day) for day in days]
    apart = [later - day for day, later in pairwise(days)]
    if not apart or min(apart) < _SHORTEST_MONTH:
        return 0
    ends = all(one.day == monthrange(one.year, one.month)[1] for one in dates)
    if not ends and len({one.day for one in dates}) > 1:
        return 0
    return math.gcd(*(_month(later) - _month(day) for day, later in pairwise(days)))


def _days_apart(days: Sequence[int]) -> int:
    apart = math.gcd(*(later - day for day, later in pairwise(days)))
    return apart if apart and apart % 7 == 0 else 1
