"""Aggregates dated demand rows into series with one number a period."""

import math
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Final, TypeVar

from streamd.analysis._period_search import period_of
from streamd.analysis.item_fields import usable_number
from streamd.analysis.period import DAILY, Period
from streamd.core.item import ItemId
from streamd.facts import frozen

_MOST_PERIODS: Final = 1_500
"""The newest ones: forecasts look no further back."""
_ENOUGH_ROWS: Final = 6
"""The fewest rows from which an item's own period is inferred."""
_YEARS: Final = (1000, 9000)
"""Far enough from the first and the last day there is."""
_MOST_MISSING: Final = 1 / 3
"""Share of the periods up to which a record has gaps; beyond it is one of demand now and then."""
_MOST_MISSING_DAYS: Final = 1 / 10
"""The same of days in a record without a 0."""

K = TypeVar("K")


@frozen
class DemandSeries:
    """One item's demand, one number a period, oldest first, 0 where there was none."""

    quantities: tuple[float, ...]
    period: Period = DAILY
    first: date | None = None
    """The first day of the oldest period; None where no dates are known."""
    missing: tuple[int, ...] = ()
    """Places of periods whose demand is not known; their quantities are the means of their known neighbours."""

    @property
    def next_start(self) -> date | None:
        """The first day after the history."""
        if self.first is None:
            return None
        return self.period.start(self.period.number(self.first) + len(self.quantities))


def series_of(rows_by_item: Mapping[ItemId, Sequence[tuple[str, float]]]) -> dict[ItemId, DemandSeries]:
    """Convert each item's rows (date `YYYY-MM-DD…`, quantity) to a series; invalid rows are left out.

    The spacing of the dates decides how long periods are (see `period_of`): of an item's own where it has six, else of all
    together. What falls into one period is added up; returns are negative, and reduce the demand of their period and of those
    before it.

    Periods between two rows had no demand where an item is recorded sale by sale: with gaps in more than a third of its periods,
    or by days and without a row of 0, unless a tenth is gone at most and no day has less than half of what is usual. It had none
    either from its last row to the newest row of all. Where periods are recorded, a gap is not known, but for weekdays that never
    have a row, and the record just ends.
    """
    dated = {item_id: found for item_id, rows in rows_by_item.items() if (found := _summed(_dated(rows)))}
    common = period_of(day for days in dated.values() for day in days)
    newest = max((max(days) for days in dated.values()), default=None)
    series = {}
    for item_id, days in dated.items():
        period = period_of(days) if len(days) >= _ENOUGH_ROWS else common
        by_number = _summed((period.number(day), quantity) for day, quantity in days.items())
        numbers = sorted(by_number)
        by_number = dict(zip(numbers, netted([by_number[number] for number in numbers]), strict=True))
        first, last = max(numbers[0], numbers[-1] - _MOST_PERIODS + 1), numbers[-1]
        gaps = [number for number in range(first, last + 1) if number not in by_number]
        missing: list[int] = []
        if gaps and newest is not None:
            says_zero = any(quantity == 0 for _, quantity in rows_by_item[item_id])
            missing = _unknown(gaps, by_number, period, says_zero=says_zero)
            if not missing:
                last = max(last, period.number(newest))
                first = max(first, last - _MOST_PERIODS + 1)
        for number in missing:
            after = bisect(numbers, number)
            by_number[number] = (by_number[numbers[after - 1]] + by_number[numbers[after]]) / 2
        series[item_id] = DemandSeries(
            tuple(by_number.get(number, 0.0) for number in range(first, last + 1)),
            period,
            period.start(first),
            tuple(number - first for number in missing),
        )
    return series


def _unknown(
    gaps: Sequence[int], by_number: Mapping[int, float], period: Period, *, says_zero: bool
) -> list[int]:
    """Those of the gaps that are none of a record of sales, in which they mean that there was no demand."""
    most = _MOST_MISSING
    if period == DAILY:
        weekdays = {period.start(number).weekday() for number in by_number}
        gaps = [number for number in gaps if period.start(number).weekday() in weekdays]
        if not says_zero:
            is_steady = min(by_number.values()) >= median(by_number.values()) / 2
            most = _MOST_MISSING_DAYS if is_steady else 0.0
    return list(gaps) if len(gaps) <= most * (len(gaps) + len(by_number)) else []


def netted(quantities: Sequence[float]) -> tuple[float, ...]:
    """Demand, oldest first, with returns, which are negative, taken from the newest demand before them."""
    found, returned = [], 0.0
    for quantity in reversed(quantities):
        left = quantity - returned
        found.append(max(0.0, left))
        returned = max(0.0, -left)
    return tuple(reversed(found))


def on_one_scale(series: Mapping[ItemId, DemandSeries]) -> tuple[dict[ItemId, Sequence[float]], float]:
    """The quantities by item, and the days of a period that holds for all: the one that most of them have.

    The others are moved to it: with r the one length over the other, the mean of a period becomes r times, its deviation
    sqrt(r) times as large, as sums of independent periods do.
    """
    if not series:
        return {}, DAILY.length_days
    lengths = Counter(one.period.length_days for one in series.values())
    usual = max(lengths, key=lambda length: (lengths[length], -length))
    found: dict[ItemId, Sequence[float]] = {}
    for item_id, one in series.items():
        ratio = usual / one.period.length_days
        if ratio == 1 or not one.quantities:
            found[item_id] = one.quantities
        else:
            mean = math.fsum(one.quantities) / len(one.quantities)
            found[item_id] = [mean * ratio + (value - mean) * math.sqrt(ratio) for value in one.quantities]
    return found, usual


def _dated(rows: Sequence[tuple[str, float]]) -> Iterable[tuple[date, float]]:
    for text, quantity in rows:
        known = usable_number(quantity)
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            continue
        if known is not None and _YEARS[0] <= day.year <= _YEARS[1]:
            yield day, known


def _summed(pairs: Iterable[tuple[K, float]]) -> dict[K, float]:
    found: dict[K, float] = {}
    for key, quantity in pairs:
        found[key] = found.get(key, 0.0) + quantity
    return found
