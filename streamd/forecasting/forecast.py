"""Forecasts demand by all methods and their ensemble, with errors and intervals."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.forecasting._accuracy import hold_out_error
from streamd.forecasting._demand_pattern import DemandKind, demand_kind
from streamd.forecasting._ensemble import Weights, combined, trial_of
from streamd.forecasting._hold_out import held_out
from streamd.forecasting._intervals import Interval, intervals_around
from streamd.forecasting._trend import Trend, trend_of
from streamd.forecasting._usable_history import usable_history
from streamd.forecasting.anomalies import Anomaly, anomalies_in
from streamd.forecasting.damping import DampedPeriod
from streamd.forecasting.forecast_data import ForecastData
from streamd.forecasting.history import MOST_PERIODS_AHEAD, check_season
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.method_table import fitted_methods
from streamd.forecasting.scenarios import Scenario, scenario_forecasts
from streamd.forecasting.seasonality import Seasonality, seasonality_of
from streamd.text.figures import plain

_HIGHEST: Final = 5
"""Times the largest demand so far, above which no method is believed."""


@frozen
class Forecast:
    """The forecast of one item, in units per period of the history."""

    history_periods: int
    periods: int
    """The number of periods forecast."""
    methods: Mapping[str, Sequence[float]]
    """Expected demand per period, by method; `ensemble` among them."""
    weights: Weights
    """Of the methods in the ensemble; they add up to 1. Methods that could not be tried on the hold-out have 0."""
    intervals: Mapping[int, Interval]
    """Of the ensemble, by level in percent: 80 and 95."""
    error: Mapping[str, float]
    """sMAPE on the hold-out, 0 to 200, by method and of the `ensemble`; empty without a hold-out."""
    confidence: float
    """0 to 1: (1 - sMAPE of the ensemble on the hold-out / 200) x n / (n + 2), n periods of history; 0 without a hold-out."""
    trend: Trend
    seasonality: Seasonality
    kind: DemandKind
    scenarios: Mapping[Scenario, Sequence[float]] | None
    """Present when requested."""
    anomalies: tuple[Anomaly, ...] | None
    """Only when they were asked for."""
    outliers: tuple[DampedPeriod, ...] = ()
    """Periods that counted for less than they were."""

    @property
    def ensemble(self) -> Sequence[float]:
        """Expected demand per period."""
        return self.methods["ensemble"]

    def as_data(self, confidence_basis: str) -> ForecastData:
        """One entry of `demand_forecasts`, but for the item's name; scenarios only when they were asked for.

        `confidence_basis` states the formula of the confidence. Anomalies are not in it: on the wire they stand in a list
        of their own, with their items.
        """
        data: ForecastData = {
            "forecast_periods": self.periods,
            "methods": {name: [plain(value) for value in path] for name, path in self.methods.items()},
            "intervals": {str(level): interval.as_data() for level, interval in self.intervals.items()},
            "confidence": round(self.confidence, 4),
            "confidence_basis": confidence_basis,
            "trend": self.trend.as_data(),
            "seasonality": self.seasonality.as_data(),
            "error": {name: round(value, 2) for name, value in self.error.items()},
            "weights": {name: round(value, 4) for name, value in self.weights.items()},
            "demand_pattern": self.kind.pattern,
            "history_periods": self.history_periods,
        }
        if self.scenarios is not None:
            data["scenario_forecasts"] = {
                name: [plain(value) for value in path] for name, path in self.scenarios.items()
            }
        return data


def forecast_demand(
    history: Sequence[float],
    periods: int,
    *,
    season: int | None = None,
    unknown: Collection[int] = (),
    scenarios: bool = False,
    anomalies: bool = False,
) -> Forecast:
    """Forecast the demand of the next `periods` by every suitable method and by their ensemble.

    Unknown periods are filled and outliers damped first (see `usable_history`). Every method is fitted to the whole
    history and tried on its newest half (see `held_out`); the ensemble weighs them by their squared errors there (see
    `weights_of`), and its own errors there make the intervals (see `deviations_of`). Of long histories the newest 1,500
    periods are used. A trend is believed for as long as it was seen: beyond that the last cycle is repeated. No forecast is
    below 0 or above five times the largest demand.

    Args:
        history: demand per period, oldest first, at least one period; 0 where there was none.
        periods: how many to look ahead, 1 to 10,000.
        season: length of a season in periods, 1 for none; found from the history when absent.
        unknown: places of periods, from 0, whose demand is not known; their values in the history do not count.
        scenarios: whether to include them.
        anomalies: whether to search for them.

    Raises:
        InvalidMessageError: there is no history, it has negative values or such as are no numbers, or `periods` or
            `season` cannot be.

    """
    check_season(season)
    if not 1 <= periods <= MOST_PERIODS_AHEAD:
        raise InvalidMessageError(f"forecast 1 to {MOST_PERIODS_AHEAD:,} periods ahead, not {periods}")
    usable = usable_history(history, season, unknown)
    used, found = usable.values, usable.season
    period = season if season is not None and season > 1 else found.period if found else None
    kind = demand_kind(used)
    methods = fitted_methods(TrainingData(used, period, found, kind))
    now, reach, most = range(len(used), len(used) + 1), max(len(used), period or 1), _HIGHEST * max(used)
    paths = {
        name: _prolonged(
            [min(most, max(0.0, value)) for value in method.forecasts(used, now, min(periods, reach))[0]],
            periods,
            period or 1,
        )
        for name, method in methods.items()
    }
    hold_out = held_out(used, periods, period, paths)
    trial = trial_of(hold_out) if hold_out else None
    weights = {name: trial.weights.get(name, 0.0) if trial else 1 / len(paths) for name in paths}
    ensemble = combined(paths, weights)
    error = hold_out_error(used, trial) if trial else {}
    n = len(history) - len(frozenset(unknown))
    return Forecast(
        history_periods=len(history),
        periods=periods,
        methods={**paths, "ensemble": ensemble},
        weights=weights,
        intervals=intervals_around(
            ensemble,
            used,
            trial,
            seasonal=period is not None,
            in_proportion=found is not None and found.multiplicative,
            known=usable.known,
        ),
        error=error,
        confidence=(1 - error["ensemble"] / 200) * n / (n + 2) if error else 0.0,
        trend=trend_of(used, found),
        seasonality=seasonality_of(used, found, season),
        kind=kind,
        outliers=usable.outliers,
        scenarios=scenario_forecasts(ensemble) if scenarios else None,
        anomalies=tuple(
            attrs.evolve(one, period=usable.places[one.period])
            for one in anomalies_in(usable.undamped, found)
        )
        if anomalies
        else None,
    )


def _prolonged(path: list[float], periods: int, cycle: int) -> list[float]:
    """The path, and its last cycle again and again."""
    last = path[-cycle:]
    return path + [last[step % len(last)] for step in range(periods - len(path))]
