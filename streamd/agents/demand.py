"""Selects the demand histories of a request, and forecasts one item."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from streamd.agents.counted_demand import UncountedPeriods
from streamd.agents.left_out_periods import left_out_of
from streamd.agents.request_data import history_from_request, rows_from_request
from streamd.agents.scope import focus_of, ids_in
from streamd.core.item import ItemId
from streamd.core.json.typed_schemas import without_none
from streamd.facts import frozen
from streamd.long_work import ANALYSES
from streamd.ports.agent import Run
from streamd.text.figures import plain

if TYPE_CHECKING:
    from streamd.agents.left_out_periods import LeftOut
    from streamd.analysis import DemandSeries, Period
    from streamd.forecasting import Forecast, ItemForecastData, ScenariosData

_MOST_SERIES: Final = 200
_MOST_NUMBERS: Final = 9_000
"""Forecast periods of all items together: with thirteen methods and four bounds each that is a megabyte or two."""
_MOST_HISTORY: Final = 50_000
"""Periods of history of all items together. One takes about half a millisecond, and a consulted agent has a minute."""
_PER_SERIES: Final = 50
"""The cost of a series besides, in periods."""


@frozen
class Demand:
    """The histories to forecast from."""

    series: Mapping[ItemId, tuple[str, DemandSeries]] = attrs.field(factory=dict)
    """(name, series) by id, the most relevant first."""
    found: int = 0
    """The number of histories; larger than `series` where one request cannot have them all."""
    without: tuple[str, ...] = ()
    """Names of requested items without a history."""
    focus: str = ""
    """The criterion that chose them."""
    stock: Mapping[ItemId, float] = attrs.field(factory=dict)
    """Units at hand of those items whose stock is known."""

    @property
    def period(self) -> Period:
        """The most common period of the series."""
        from streamd.analysis import DAILY

        lengths = [series.period for _, series in self.series.values()]
        return max(set(lengths), key=lengths.count) if lengths else DAILY

    def lacking(self, name: str) -> Demand:
        """Return the demand without that of an item which turned out to have none to forecast from."""
        return attrs.evolve(self, found=self.found - 1, without=(*self.without, name))


@frozen
class ItemForecast:
    """One item's forecast."""

    item_id: ItemId
    name: str
    series: DemandSeries
    forecast: Forecast
    data: ItemForecastData
    """One entry of `demand_forecasts`. Made in the thread too: 200 of them take the loop a tenth of a second."""
    uncounted: UncountedPeriods

    @property
    def total(self) -> float:
        """Units expected over all periods."""
        return sum(self.forecast.ensemble)

    def lasts(self, stock: float) -> float | None:
        """Return for how many periods a stock meets the expected demand; None when for all of them."""
        for period, units in enumerate(self.forecast.ensemble):
            if units > 0 and stock < units:
                return period + max(0.0, stock) / units
            stock -= units
        return None

    def scenarios_as_data(self) -> ScenariosData:
        """Units per period, by scenario."""
        data: ScenariosData = {"item_name": self.name}
        for name, path in (self.forecast.scenarios or {}).items():
            data[name] = [plain(value) for value in path]
        return data


def forecast_one(
    entry: tuple[ItemId, tuple[str, DemandSeries]],
    *,
    periods: int,
    season: int | None,
    left_out: Sequence[LeftOut],
    scenarios: bool,
    anomalies: bool,
    confidence_basis: str,
) -> ItemForecast | None:
    """Forecast one item; None when all periods of its history are left out."""
    from streamd.forecasting import (
        LEAST_PERIODS,
        ItemDampedPeriodData,
        LeftOutPeriodData,
        forecast_demand,
    )

    item_id, (name, series) = entry
    unknown = left_out_of(series, item_id, left_out)
    if len(series.quantities) - len(unknown) < LEAST_PERIODS:
        return None
    forecast = forecast_demand(
        series.quantities,
        periods,
        season=season,
        unknown=unknown,
        scenarios=scenarios,
        anomalies=anomalies,
    )
    uncounted = UncountedPeriods(series, forecast.outliers, unknown)
    first = series.next_start
    data: ItemForecastData = {
        "item_name": name,
        **forecast.as_data(confidence_basis),
        "days_per_period": plain(series.period.length_days),
        "period_unit": series.period.unit,
        "first_period": None if first is None else first.isoformat(),
        "damped_periods": [
            ItemDampedPeriodData(**one.as_data(), **uncounted.date_of(one.period))
            for one in forecast.outliers
        ]
        or None,
        "left_out_periods": [
            LeftOutPeriodData(period=place, reason=unknown[place], **uncounted.date_of(place))
            for place in sorted(unknown)
        ]
        or None,
    }
    return ItemForecast(item_id, name, series, forecast, without_none(data), uncounted)


async def requested_demand(run: Run, periods: int) -> Demand:
    """Load the histories of the requested items, as many as one request may have."""
    from streamd.analysis import number_in, series_of
    from streamd.forecasting import LEAST_PERIODS

    from_request = history_from_request(run.request.context)
    items = await run.items("inventory")
    names = {item.id: item.name for item in items}
    if from_request is None:
        rows = await run.demand()
        series = await ANALYSES.compute(sum(map(len, rows.values())) // 10, series_of, rows)
        known = {item_id: (names.get(item_id, item_id), one) for item_id, one in series.items()}
        focus = str(run.request.context.get("focus") or run.understanding.focus)
        requested: Sequence[ItemId] | None = [
            one for one in run.understanding.matched if one in names
        ] or None
        if focus:
            requested = _in_focus(run, focus_of(run, items) or frozenset())
    else:
        known, requested, focus = from_request, None, ""
    usable = {item_id: entry for item_id, entry in known.items() if len(entry[1].quantities) >= LEAST_PERIODS}
    if requested is None:
        chosen = sorted(usable, key=lambda item_id: -sum(usable[item_id][1].quantities[-periods:]))
    else:
        chosen = [item_id for item_id in requested if item_id in usable]
    # Items that nobody named need no remark about a missing history.
    without = [names[item_id] for item_id in requested or () if item_id not in usable and item_id in names]
    within = _within_bounds([(item_id, usable[item_id]) for item_id in chosen], periods)
    stock = {} if from_request is not None else {
        item.id: known_stock
        for item in items
        if item.id in within and (known_stock := number_in(item, "current_stock")) is not None
    }  # fmt: skip
    return Demand(within, len(chosen), tuple(without), focus, stock)


def looking_ahead(demand: Demand, periods: int, period_days: float | None, most: int) -> tuple[Demand, int]:
    """Return the demand, and how many periods of its histories span so many of `period_days`, rounded up.

    Fewer histories where so many periods of all of them would be too many. As they are when `period_days` is None.
    """
    if period_days is None:
        return demand, min(most, periods)
    exact = periods * period_days / demand.period.length_days
    # The lengths are means: 2 quarters of 91.3125 days are 6 months and not a hair more.
    ahead = min(most, max(1, math.ceil(exact - 1e-3)))
    series = _within_bounds(list(demand.series.items()), ahead) if ahead > periods else demand.series
    return attrs.evolve(demand, series=series), ahead


def _in_focus(run: Run, meeting: frozenset[ItemId]) -> list[ItemId]:
    """List the items that an earlier agent found pressing, else those that meet the criterion."""
    handed = [
        item_id
        for name in ("low_stock_items", "out_of_stock_items", "reorder_quantities")
        for item_id in ids_in(rows_from_request(run.request.context, "stock_analysis", name))
    ]
    return list(dict.fromkeys(handed)) or sorted(meeting)


def _within_bounds(
    entries: Sequence[tuple[ItemId, tuple[str, DemandSeries]]], periods: int
) -> dict[ItemId, tuple[str, DemandSeries]]:
    most = max(1, min(_MOST_SERIES, _MOST_NUMBERS // periods))
    found: dict[ItemId, tuple[str, DemandSeries]] = {}
    history = 0
    for item_id, entry in entries[:most]:
        history += len(entry[1].quantities) + _PER_SERIES
        if history > _MOST_HISTORY and found:
            break
        found[item_id] = entry
    return found
