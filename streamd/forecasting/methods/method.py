"""The protocol of forecasting methods."""

from collections.abc import Callable, Sequence
from typing import Protocol

from streamd.facts import frozen
from streamd.forecasting._demand_pattern import DemandKind
from streamd.forecasting._season import Season


class Method(Protocol):
    """A method with its parameters chosen.

    It may be applied to a longer history than its parameters were chosen from, which is how the hold-out is forecast.
    """

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, from the first `origin` values of the history, period by period.

        Only those values may be looked at. Origins ascend and none is below the length that the method was fitted to.
        Units as in the history; may be below 0, which the caller corrects.
        """


@frozen
class TrainingData:
    """The data a method is fitted to."""

    history: Sequence[float]
    """Demand per period, oldest first, at least one."""
    period: int | None
    """Length of the season; None without one."""
    season: Season | None
    """The season in `history`; None without one, or with fewer than two cycles."""
    kind: DemandKind


Fit = Callable[[TrainingData], Method | None]
"""Chooses the parameters; None where the history is too short for the method or of the wrong kind."""
