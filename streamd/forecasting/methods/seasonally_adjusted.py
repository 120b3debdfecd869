"""Applies methods without a season to the seasonally adjusted history."""

from collections.abc import Sequence

import attrs

from streamd.facts import frozen
from streamd.forecasting._season import Season
from streamd.forecasting.methods.method import Fit, Method, TrainingData


@frozen
class SeasonallyAdjusted:
    """Removes the season, forecasts the rest and adds the season again, as the M competitions do."""

    method: Method
    season: Season

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        adjusted = self.season.removed_from(history)
        return [
            self.season.put_back(forecast, origin)
            for origin, forecast in zip(
                origins, self.method.forecasts(adjusted, origins, periods), strict=True
            )
        ]


def seasonally_adjusted(fit: Fit) -> Fit:
    """The method on the adjusted history where there is a season, else on the history as it is."""

    def fit_adjusted(known: TrainingData) -> Method | None:
        season = known.season
        if season is None:
            return fit(known)
        method = fit(attrs.evolve(known, history=season.removed_from(known.history)))
        return SeasonallyAdjusted(method, season) if method else None

    return fit_adjusted
