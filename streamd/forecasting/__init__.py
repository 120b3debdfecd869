"""Forecasts demand: what is to be expected, how sure that is, and what the history shows.

`forecast_demand` fits every method that suits a history and combines them; `find_anomalies` and `seasonal_pattern` look at the
history alone; `usable_demand` is what other figures than forecasts count.

Everything is computed with the standard library. On samples of the M3 competition the ensemble is level with the automatic methods
of statsforecast or better, with intervals that hold their levels (`scripts/bench --only forecasts`); such packages read clocks
and files, which a pure room does not, so they are no option here.
"""

from streamd.forecasting.anomalies import Anomaly, find_anomalies
from streamd.forecasting.counted_history import UsableDemand, usable_demand
from streamd.forecasting.damping import DampedPeriod
from streamd.forecasting.forecast import Forecast, forecast_demand
from streamd.forecasting.forecast_data import (
    DemandPattern,
    ForecastResultsData,
    ItemDampedPeriodData,
    ItemForecastData,
    LeftOutPeriodData,
    LeftOutReason,
    PeriodStartData,
    ScenariosData,
)
from streamd.forecasting.forecast_topics import FORECAST_TOPICS, ForecastTopic
from streamd.forecasting.history import LEAST_PERIODS
from streamd.forecasting.scenarios import Scenario, scenario_forecasts
from streamd.forecasting.seasonality import Seasonality, seasonal_pattern

__all__ = [
    "FORECAST_TOPICS",
    "LEAST_PERIODS",
    "Anomaly",
    "DampedPeriod",
    "DemandPattern",
    "Forecast",
    "ForecastResultsData",
    "ForecastTopic",
    "ItemDampedPeriodData",
    "ItemForecastData",
    "LeftOutPeriodData",
    "LeftOutReason",
    "PeriodStartData",
    "Scenario",
    "ScenariosData",
    "Seasonality",
    "UsableDemand",
    "find_anomalies",
    "forecast_demand",
    "scenario_forecasts",
    "seasonal_pattern",
    "usable_demand",
]
