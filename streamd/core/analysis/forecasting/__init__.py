"""What demand is to be expected, how sure that is, and what the history shows.

All here is calculated with the standard library alone: on the series that were compared the ensemble was as accurate
as the automatic exponential smoothing of the large statistical packages, which import for seconds, and whose reading
of clocks and files would make the core impure.
"""

from streamd.core.analysis.forecasting.anomalies import Anomaly, find_anomalies
from streamd.core.analysis.forecasting.forecast import Forecast, forecast_demand
from streamd.core.analysis.forecasting.history import LEAST_PERIODS
from streamd.core.analysis.forecasting.scenarios import scenario_forecasts
from streamd.core.analysis.forecasting.seasonality import Seasonality, seasonal_pattern
from streamd.core.analysis.forecasting.wording import explain

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
