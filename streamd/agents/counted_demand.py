"""The demand that analyses and forecasts count, and the periods that do not count as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from streamd.agents.left_out_periods import left_out_of
from streamd.core.item import ItemId
from streamd.facts import frozen

if TYPE_CHECKING:
    from streamd.agents.left_out_periods import LeftOut
    from streamd.analysis import DemandSeries
    from streamd.forecasting import DampedPeriod, LeftOutReason, PeriodStartData
    from streamd.ports.wording import Wording


@frozen
class UncountedPeriods:
    """The periods of an item's history that do not count as they were."""

    series: DemandSeries
    """As it was."""
    outliers: Sequence[DampedPeriod]
    left_out: Mapping[int, LeftOutReason]
    """Places of the periods whose demand counts as unknown."""

    @property
    def by_reason(self) -> Mapping[LeftOutReason, list[int]]:
        """Places of the periods that are left out, ascending."""
        found: dict[LeftOutReason, list[int]] = {}
        for place in sorted(self.left_out):
            found.setdefault(self.left_out[place], []).append(place)
        return found

    def date_of(self, period: int) -> PeriodStartData:
        """Return {date: the start of a period of the history}; empty where it is not known."""
        if self.series.first is None:
            return {}
        first = self.series.period.number(self.series.first)
        return {"date": self.series.period.start(first + period).isoformat()}

    def when(self, period: int, wording: Wording) -> str:
        """Name a period of the history."""
        return wording.period_name(self.series.period.unit, self.date_of(period).get("date"), period + 1)

    def remarks(self, name: str, wording: Wording) -> list[str]:
        """Name these periods."""
        remarks = []
        if self.outliers:
            damped = [(self.when(one.period, wording), one.actual, one.used) for one in self.outliers]
            remarks.append(wording.outliers_damped(name, damped))
        return remarks + [
            wording.periods_left_out(name, reason, [self.when(place, wording) for place in places])
            for reason, places in self.by_reason.items()
        ]


def counted_demand(
    series: Mapping[ItemId, DemandSeries], left_out: Sequence[LeftOut]
) -> tuple[dict[ItemId, DemandSeries], dict[ItemId, UncountedPeriods]]:
    """Return the series with outliers damped and without unknown periods, and of which items some do not count as they were.

    Figures that are no numbers to count with are unknown, too.

    Raises:
        InvalidMessageError: periods are left out by dates, and a history has none.

    """
    from streamd.analysis import usable_number
    from streamd.forecasting import usable_demand

    counted, uncounted = {}, {}
    for item_id, one in series.items():
        reasons = left_out_of(one, item_id, left_out)
        unknown = set(reasons)
        if usable_number(max(one.quantities, default=0.0)) is None:
            unknown |= {place for place, value in enumerate(one.quantities) if usable_number(value) is None}
        usable = usable_demand(one.quantities, unknown)
        counted[item_id] = attrs.evolve(one, quantities=tuple(usable.quantities), missing=())
        if reasons or usable.outliers:
            uncounted[item_id] = UncountedPeriods(one, usable.outliers, reasons)
    return counted, uncounted
