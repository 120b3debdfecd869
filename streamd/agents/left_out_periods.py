"""Promotions, holidays and stock-outs in a request's context: periods whose sales are not taken for demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from streamd.errors import InvalidMessageError
from streamd.facts import frozen

if TYPE_CHECKING:
    from streamd.analysis import DemandSeries
    from streamd.forecasting import LeftOutReason

LEFT_OUT_KEYS: Final[Mapping[str, LeftOutReason]] = {
    "stockouts": "stockout",
    "promotions": "promotion",
    "holidays": "holiday",
}
"""Keys of the context, and what they say; of several that name the same days the first holds."""
_SHAPE: Final = (
    "{key} must be a list of dates (YYYY-MM-DD), or of objects with `from` and `to` (dates, both included) or `periods` "
    "(places in the history, counted from 0), and `item_id` where not all items are meant"
)
_ENOUGH: Final = 0.25
"""Share of a period's days from which on its sales are not taken for demand."""
_MOST_ENTRIES: Final = 1_000


@frozen
class LeftOut:
    """Days, or periods by their places, that are not taken for demand."""

    reason: LeftOutReason
    item_id: str | None
    """None for all items."""
    first: date | None
    last: date | None
    periods: frozenset[int]
    path: str


def left_out_by_request(context: Mapping[str, object]) -> tuple[LeftOut, ...]:
    """Read `promotions`, `holidays` and `stockouts`.

    Raises:
        InvalidMessageError: one of them has another shape.

    """
    found = []
    for key, reason in LEFT_OUT_KEYS.items():
        entries = context.get(key)
        if entries is None:
            continue
        if not isinstance(entries, Sequence) or isinstance(entries, str) or len(entries) > _MOST_ENTRIES:
            raise InvalidMessageError(_SHAPE.format(key=key), path=f"context.{key}")
        for index, entry in enumerate(entries):
            path = f"context.{key}[{index}]"
            try:
                found.append(_left_out(reason, entry, path))
            except (ValueError, TypeError) as error:
                raise InvalidMessageError(_SHAPE.format(key=key), path=path) from error
    return tuple(found)


def left_out_of(
    series: DemandSeries, item_id: str, entries: Sequence[LeftOut]
) -> Mapping[int, LeftOutReason]:
    """Return the reasons by the places of periods of which a quarter of the days or more are left out, or no row is known.

    Raises:
        InvalidMessageError: entries have dates, and the history has none.

    """
    found: dict[int, LeftOutReason] = dict.fromkeys(series.missing, "no_row")
    meant = [entry for entry in entries if entry.item_id in (None, item_id)]
    for entry in meant:
        if entry.first is not None and series.first is None:
            raise InvalidMessageError(
                "historical_data has no dates: give `periods`, places in the history counted from 0",
                path=entry.path,
            )
        for place in entry.periods:
            if place < len(series.quantities):
                found.setdefault(place, entry.reason)
    covered: dict[int, int] = {}
    reasons: dict[int, LeftOutReason] = {}
    for first, last, reason in _one_after_the_other(meant):
        for place, days in _days_by_place(series, first, last):
            covered[place] = covered.get(place, 0) + days
            reasons.setdefault(place, reason)
    for place, days in covered.items():
        if days >= _ENOUGH * (_start(series, place + 1) - _start(series, place)).days:
            found.setdefault(place, reasons[place])
    return found


def _left_out(reason: LeftOutReason, entry: object, path: str) -> LeftOut:
    if isinstance(entry, str):
        day = date.fromisoformat(entry)
        return LeftOut(reason, None, day, day, frozenset(), path)
    if not isinstance(entry, Mapping) or not entry.keys() <= {"from", "to", "periods", "item_id"}:
        raise TypeError
    periods = entry.get("periods", ())
    first = date.fromisoformat(entry["from"]) if "from" in entry else None
    last = date.fromisoformat(entry["to"]) if "to" in entry else first
    if (
        not all(isinstance(place, int) and not isinstance(place, bool) and place >= 0 for place in periods)
        or (first is None) != (last is None)
        or (first is None and not periods)
        or (first is not None and last is not None and last < first)
    ):
        raise ValueError
    item_id = entry.get("item_id")
    return LeftOut(reason, None if item_id is None else str(item_id), first, last, frozenset(periods), path)


def _one_after_the_other(entries: Sequence[LeftOut]) -> Iterator[tuple[date, date, LeftOutReason]]:
    """First and last days without those that an earlier entry has, too."""
    free = date.min
    for entry in sorted(entries, key=lambda one: one.first or date.min):
        if entry.first is not None and entry.last is not None and entry.last >= free:
            yield max(entry.first, free), entry.last, entry.reason
            if entry.last == date.max:
                return
            free = entry.last + timedelta(1)


def _days_by_place(series: DemandSeries, first: date, last: date) -> Iterator[tuple[int, int]]:
    """The number of days of each period of the history that lie between two days."""
    end = _start(series, len(series.quantities))
    day, last = max(first, _start(series, 0)), min(last, end - timedelta(1))
    while day <= last:
        place = series.period.number(day) - series.period.number(_start(series, 0))
        after = _start(series, place + 1)
        yield place, (min(after, last + timedelta(1)) - day).days
        day = after


def _start(series: DemandSeries, place: int) -> date:
    assert series.first is not None
    return series.period.start(series.period.number(series.first) + place)
