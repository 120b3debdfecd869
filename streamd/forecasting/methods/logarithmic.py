"""Methods on logarithms: what is added there is growth in percent."""

import math
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.facts import frozen
from streamd.forecasting._season import season_of
from streamd.forecasting.methods.method import Fit, Method, TrainingData

_LARGEST: Final = 1e15


@frozen
class Logarithmic:
    """Forecasts the logarithms; the result is the median of the future values, not the mean."""

    method: Method

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says. Growth stops at 1e15, where the figures of items end."""
        logarithms = [math.log(value) for value in history]
        highest = math.log(_LARGEST)
        return [
            [math.exp(min(highest, value)) for value in forecast]
            for forecast in self.method.forecasts(logarithms, origins, periods)
        ]


def logarithmic(fit: Fit) -> Fit:
    """The method on the logarithms, for histories with a season that grows with the level."""

    def fit_logarithms(known: TrainingData) -> Method | None:
        if known.season is None or not known.season.multiplicative:
            return None
        logarithms = [math.log(value) for value in known.history]
        season = season_of(logarithms, known.season.period, multiplicative=False)
        method = fit(attrs.evolve(known, history=logarithms, season=season))
        return Logarithmic(method) if method else None

    return fit_logarithms
