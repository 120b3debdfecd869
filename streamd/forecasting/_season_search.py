"""Finds the length of an unknown season."""

import math
from collections.abc import Sequence
from typing import Final

from streamd.forecasting._season import Season, bounded, season_of, without_movement
from streamd.forecasting._significance import autocorrelations

USUAL_PERIODS: Final = (4, 5, 6, 7, 12, 13, 24, 26, 30, 48, 52, 91, 96, 168, 365)
"""Quarters, work days, weeks, months, hours, … as seasons are long in practice."""
_LONGEST: Final = 366
_CHANCE: Final = 0.01
"""The probability of a false season, over all lengths that are tried."""
_WEAKEST: Final = 0.15
_WEAKEST_IN_TWO_CYCLES: Final = 0.5
_AS_GOOD: Final = 0.05
_MOST_PEAKS: Final = 8
_ACF_LIMIT: Final = 1.645


def find_season(history: Sequence[float]) -> Season | None:
    """The season of a history, None where there is none to be sure of.

    Tried are the usual lengths (at least two whole cycles of each) and the lengths at which the autocorrelation of
    the history, less a straight line, peaks (at least three cycles). A length passes when

    - the analysis of variance of its phases is significant at 1 % over all lengths tried (Bonferroni),
    - the season explains at least 15 % of the variance around the slow movement, and
    - the autocorrelation at its length is above its 90 % limit under Bartlett's formula, the test that the M4
      competition used (Makridakis, Spiliotis and Assimakopoulos 2020); with fewer than three cycles this cannot be
      seen, and the season must explain half of the variance instead: demand that just wanders looks like a long one.

    Of those the strongest is taken, or the shortest that is as strong within 0.05: a season repeats at its multiples.
    """
    n = len(history)
    usual = {period for period in USUAL_PERIODS if n >= 2 * period + 2}
    candidates = sorted(usual | set(_peaks(history)))
    found = [season for period in candidates if (season := season_of(history, period)) is not None]
    passed = [
        season
        for season in found
        if season.p_value <= _CHANCE / len(candidates) and _evident(history, season)
    ]
    if not passed:
        return None
    best = max(season.strength for season in passed)
    return next(season for season in passed if season.strength >= best - _AS_GOOD)


def _peaks(history: Sequence[float]) -> list[int]:
    most = min(_LONGEST, len(history) // 3)
    if most < 2:
        return []
    level = without_movement(history, len(history) // 2)
    of_lag = [0.0, *autocorrelations(bounded(level), min(most + 1, len(history) - 1))]
    peaks = [
        lag
        for lag in range(2, most + 1)
        if of_lag[lag] > 0
        and of_lag[lag] >= of_lag[lag - 1]
        and (lag + 1 == len(of_lag) or of_lag[lag] >= of_lag[lag + 1])
    ]
    return sorted(peaks, key=lambda lag: -of_lag[lag])[:_MOST_PEAKS]


def _evident(history: Sequence[float], season: Season) -> bool:
    if len(history) < 3 * season.period:
        return season.strength >= _WEAKEST_IN_TWO_CYCLES
    of_lag = autocorrelations(bounded(without_movement(history, season.period)), season.period)
    spread = math.sqrt((1 + 2 * sum(r * r for r in of_lag[:-1])) / len(history))
    return season.strength >= _WEAKEST and of_lag[-1] > _ACF_LIMIT * spread
