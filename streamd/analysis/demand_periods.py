"""Aggregates dated demand rows into series with one number a period."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Final, TypeVar

import attrs

from streamd.analysis.item_fields import usable_number
from streamd.core.item import ItemId
from streamd.text.time_words import DAYS_PER_MONTH

_MOST_PERIODS: Final = 1_500
"""The newest ones: forecasts look no further back."""
_ENOUGH_ROWS: Final = 6
"""The fewest rows from which an item's own period is inferred."""
_YEARS: Final = (1000, 9000)
"""Far enough from the first and the last day there is."""
_UNITS: Final = {1: "month", 3: "quarter", 12: "year"}

K = TypeVar("K")


@attrs.frozen
class Period:
    """The length of the periods of a history: whole months, or days."""

    months: int = 0
    """The number of months; 0 for a period of days."""
    days: int = 1

    @property
    def length_days(self) -> float:
        """The length in days, of months the mean."""
        return self.months * DAYS_PER_MONTH if self.months else float(self.days)

    @property
    def unit(self) -> str:
        """The noun for the period: `day`, `week`, `month`."""
        if self.months:
            return _UNITS.get(self.months, f"{self.months} months")
        return {1: "day", 7: "week"}.get(self.days, f"{self.days} days")

    def number(self, day: date) -> int:
        """The number of the period that contains a day, from an arbitrary origin."""
        if self.months:
            return (day.year * 12 + day.month - 1) // self.months
        return (day.toordinal() - 1) // self.days

    def start(self, number: int) -> date:
        """The first day of a period."""
        if self.months:
            return date(number * self.months // 12, number * self.months % 12 + 1, 1)
        return date.fromordinal(number * self.days + 1)


DAILY: Final = Period()


@attrs.frozen
class DemandSeries:
    """One item's demand, one number a period, oldest first, 0 where there was none."""

    quantities: tuple[float, ...]
    period: Period = DAILY
    first: date | None = None
    """The first day of the oldest period; None where no dates are known."""

    @property
    def next_start(self) -> date | None:
        """The first day after the history."""
        if self.first is None:
            return None
        return self.period.start(self.period.number(self.first) + len(self.quantities))


def series_of(rows_by_item: Mapping[ItemId, Sequence[tuple[str, float]]]) -> dict[ItemId, DemandSeries]:
    """Convert each item's rows (date `YYYY-MM-DD…`, quantity) to a series; invalid rows are left out.

    Periods are years, quarters or months where every date is the first of a month and they are so far apart, weeks where all
    dates are whole weeks apart, else days. The period is inferred from an item's own rows where it has six, else from
    all rows together. What falls into one period is added up. Periods between two rows had no demand. An item with such
    gaps is recorded sale by sale, so that it had none either from its last row to the newest row of all; one without gaps
    is recorded period by period, and its record just ends.
    """
    dated = {item_id: found for item_id, rows in rows_by_item.items() if (found := _summed(_dated(rows)))}
    common = _period_of({day for days in dated.values() for day in days})
    newest = max((max(days) for days in dated.values()), default=None)
    series = {}
    for item_id, days in dated.items():
        period = _period_of(days) if len(days) >= _ENOUGH_ROWS else common
        by_number = _summed((period.number(day), quantity) for day, quantity in days.items())
        first, last = min(by_number), max(by_number)
        if newest is not None and len(by_number) < last - first + 1:
            last = max(last, period.number(newest))
        first = max(first, last - _MOST_PERIODS + 1)
        quantities = tuple(by_number.get(number, 0.0) for number in range(first, last + 1))
        series[item_id] = DemandSeries(quantities, period, period.start(first))
    return series


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
        if known is not None and known >= 0 and _YEARS[0] <= day.year <= _YEARS[1]:
            yield day, known


def _summed(pairs: Iterable[tuple[K, float]]) -> dict[K, float]:
    found: dict[K, float] = {}
    for key, quantity in pairs:
        found[key] = found.get(key, 0.0) + quantity
    return found


def _period_of(days: Iterable[date]) -> Period:
    """The longest usual period that all the days begin."""
    ordered = sorted(days)
    if len(ordered) < 2:
        return DAILY
    if all(day.day == 1 for day in ordered):
        apart = reduce(math.gcd, (_months(day) - _months(ordered[0]) for day in ordered[1:]))
        return Period(months=next(size for size in (12, 3, 1) if apart % size == 0))
    if all((day - ordered[0]).days % 7 == 0 for day in ordered[1:]):
        return Period(days=7)
    return DAILY


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1
