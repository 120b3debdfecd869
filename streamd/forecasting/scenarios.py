"""Scenarios of demand above and below the forecast."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

Scenario = Literal["optimistic", "pessimistic", "worst_case"]

FACTORS: Final[Mapping[Scenario, float]] = {"optimistic": 1.2, "pessimistic": 0.8, "worst_case": 0.6}
"""Factors on the expected demand; their likelihood follows from the intervals."""


def scenario_forecasts(ensemble: Sequence[float]) -> dict[Scenario, list[float]]:
    """The expected demand times the factor of each scenario, units per period."""
    return {scenario: [factor * value for value in ensemble] for scenario, factor in FACTORS.items()}
