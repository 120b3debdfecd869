"""The seasonality of a history, found or given."""

from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._season import Season, season_of
from streamd.forecasting._season_search import find_season
from streamd.forecasting.forecast_data import SeasonalityData
from streamd.forecasting.history import check_season, checked
from streamd.text.figures import plain

_SIGNIFICANT: Final = 0.05


@frozen
class Seasonality:
    """The season of a history, and the phase in which the history ends."""

    season: Season | None
    """None without a season, or with fewer than two cycles of the given one."""
    given: int | None
    """The length that was given, in periods."""
    next_phase: int
    """The index that holds for the first period after the history; 0 without a season."""

    @property
    def significant(self) -> bool:
        """Whether the season is significant; a given one need not be."""
        return self.season is not None and self.season.p_value < _SIGNIFICANT

    def as_data(self) -> SeasonalityData:
        """`{period, strength, indices, …}`; the period is null without a season.

        `model` says what the indices are: `multiplicative` ratios around 1, or `additive` units around 0.
        """
        season = self.season
        if season is None:
            return {"period": None, "strength": 0, "indices": [], "significant": False, "given": self.given}
        return {
            "period": season.period,
            "strength": plain(season.strength),
            "indices": [plain(index) for index in season.indices],
            "model": "multiplicative" if season.multiplicative else "additive",
            "p_value": plain(season.p_value),
            "significant": self.significant,
            "next_phase": self.next_phase,
            "given": self.given,
        }


def seasonal_pattern(history: Sequence[float], season: int | None = None) -> Seasonality:
    """Find the seasonality of a history.

    Args:
        history: demand per period, oldest first.
        season: its length in periods, 1 for none; found from the history when absent.

    Raises:
        InvalidMessageError: the history has negative values or such as are no numbers, or the season is below 1.

    """
    check_season(season)
    values = checked(history)
    return seasonality_of(values, season_in(values, season), season)


def season_in(history: Sequence[float], given: int | None) -> Season | None:
    """The season of the length given, else the one that is found."""
    return find_season(history) if given is None else season_of(history, given)


def seasonality_of(history: Sequence[float], season: Season | None, given: int | None) -> Seasonality:
    """Describe the season of a history."""
    return Seasonality(season, given, len(history) % season.period if season else 0)
