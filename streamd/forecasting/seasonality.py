"""The season of a history as it is told."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.forecasting._season import Season, season_of
from streamd.forecasting._season_search import find_season
from streamd.forecasting.history import check_season, checked
from streamd.text.figures import plain

_SIGNIFICANT: Final = 0.05


@attrs.frozen
class Seasonality:
    """The season, and where in it the history ends."""

    season: Season | None
    """None where there is none, or fewer than two cycles of the one that was given."""
    given: int | None
    """The length that somebody gave, in periods."""
    next_phase: int
    """The index that holds for the first period after the history; 0 without a season."""

    @property
    def significant(self) -> bool:
        """Whether the history has this season for all that can be told; one that was given need not be there."""
        return self.season is not None and self.season.p_value < _SIGNIFICANT

    def as_data(self) -> dict[str, object]:
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
    """How demand repeats.

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
    """The season in words of the history that it was found in."""
    return Seasonality(season, given, len(history) % season.period if season else 0)
