"""All methods by their names on the wire."""

from collections.abc import Mapping
from typing import Final

from streamd.forecasting.methods.aggregated import adida, imapa
from streamd.forecasting.methods.damped_trend import damped_trend
from streamd.forecasting.methods.dynamic_theta import dynamic_theta
from streamd.forecasting.methods.holt_winters import holt_winters, holt_winters_multiplicative
from streamd.forecasting.methods.intermittent import croston_sba, tsb
from streamd.forecasting.methods.level import simple_smoothing, theta
from streamd.forecasting.methods.line import linear_trend
from streamd.forecasting.methods.logarithmic import logarithmic
from streamd.forecasting.methods.method import Fit, Method, TrainingData
from streamd.forecasting.methods.plain import drift, moving_average, naive, seasonal_naive
from streamd.forecasting.methods.seasonally_adjusted import seasonally_adjusted

METHODS: Final[Mapping[str, Fit]] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "moving_average": moving_average,
    "drift": drift,
    "linear_trend": seasonally_adjusted(linear_trend),
    "exponential_smoothing": seasonally_adjusted(simple_smoothing),
    "damped_trend": seasonally_adjusted(damped_trend),
    "theta": seasonally_adjusted(theta),
    "dynamic_theta": seasonally_adjusted(dynamic_theta),
    "holt_winters": holt_winters,
    "holt_winters_multiplicative": holt_winters_multiplicative,
    "holt_winters_log": logarithmic(holt_winters),
    "croston_sba": croston_sba,
    "tsb": tsb,
    "adida": adida,
    "imapa": imapa,
}


def fitted_methods(known: TrainingData) -> dict[str, Method]:
    """Every method that suits the history, with its parameters chosen from it."""
    return {name: method for name, fit in METHODS.items() if (method := fit(known)) is not None}
