"""What demand is to be expected, how sure that is, and what the history shows.

All of it is calculated with the standard library alone. Compared on seeded series and on the airline passengers of Box
and Jenkins, the ensemble was about as accurate as the automatic methods of statsmodels and statsforecast, and quicker
than most; those packages read clocks and files, which `core` does not, so they are no option here.
"""

from streamd.forecasting.anomalies import Anomaly, find_anomalies
from streamd.forecasting.forecast import Forecast, forecast_demand
from streamd.forecasting.history import LEAST_PERIODS
from streamd.forecasting.scenarios import scenario_forecasts
from streamd.forecasting.seasonality import Seasonality, seasonal_pattern
from streamd.forecasting.wording import explain

__all__ = [
    "LEAST_PERIODS",
    "Anomaly",
    "Forecast",
    "Seasonality",
    "explain",
    "find_anomalies",
    "forecast_demand",
    "scenario_forecasts",
    "seasonal_pattern",
]
