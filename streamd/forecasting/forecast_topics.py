"""Topics of a forecast that sentences are about."""

from typing import Final, Literal, get_args

ForecastTopic = Literal[
    "expected", "methods", "bounds", "trend", "season", "pattern", "accuracy", "anomalies", "scenarios"
]
FORECAST_TOPICS: Final[tuple[ForecastTopic, ...]] = get_args(ForecastTopic)
"""All topics, in the order in which plain explanations have them."""
