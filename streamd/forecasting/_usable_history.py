"""Prepares a history for the methods: unknown periods are filled, outliers damped, the oldest left out."""

from collections.abc import Collection, Sequence
from statistics import median
from typing import Final

import attrs

from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.forecasting._demand_pattern import demand_kind
from streamd.forecasting._season import Season, season_of
from streamd.forecasting.damping import DampedPeriod, damped
from streamd.forecasting.history import LEAST_PERIODS, checked
from streamd.forecasting.seasonality import season_in

USED: Final = 1_500
"""The number of newest periods that are used: older ones have no influence and cost time."""
_NEAR: Final = 5
"""Known periods before an unknown one, and as many after it, that say what its demand may have been."""


@frozen
class UsableHistory:
    """The values that the methods are fitted to, with their places."""

    values: Sequence[float]
    season: Season | None
    undamped: Sequence[float]
    """The values with the outliers as they were."""
    places: Sequence[int]
    """Of the values in the whole history."""
    known: float
    """The share of the values that are no filling."""
    outliers: tuple[DampedPeriod, ...]
    """By their places in the whole history."""


def usable_history(
    history: Sequence[float], given: int | None, unknown: Collection[int] = ()
) -> UsableHistory:
    """The newest 1,500 periods, in whole seasons, so that the first index is that of the history's first period.

    An unknown period is filled with the median of the known ones around it, without the season. Of sparse demand, where that
    would be none, it is left out.

    Raises:
        InvalidMessageError: no period is known, or a value is no demand.

    """
    missing = frozenset(unknown)
    known = [at for at in range(len(history)) if at not in missing]
    if len(known) < LEAST_PERIODS:
        raise InvalidMessageError(
            "there is no history to forecast from; give the demand of one period at least"
        )
    values: Sequence[float] = checked([0.0 if at in missing else one for at, one in enumerate(history)])
    places: Sequence[int] = range(len(values))
    share = len(known) / len(values)
    if missing and (given or 1) == 1 and demand_kind([values[at] for at in known]).is_sparse:
        values, places, missing, share = [values[at] for at in known], known, frozenset(), 1.0
    if missing:
        values = _filled(values, missing, None)
    left_out = max(0, len(values) - max(USED, 3 * (given or 1)))
    undamped = values[left_out:]
    season = season_in(undamped, given)
    if season is None:
        used, outliers = damped(undamped, None)
        if outliers and given is None:  # which may have hidden a season
            season = season_in(used, None)
    if season is not None:
        left_out += -left_out % season.period
        undamped = values[left_out:]
        used, outliers = damped(undamped, season)
        if missing or outliers:  # which had bent the season, too
            season = season_of(used, season.period) or season
            if missing:
                undamped = _filled(values, missing, season)[left_out:]
            used, outliers = damped(undamped, season)
        if missing or outliers or left_out:
            season = season_of(used, season.period)
    places = places[left_out:]
    told = tuple(attrs.evolve(one, period=places[one.period]) for one in outliers)
    return UsableHistory(used, season, undamped, places, share, told)


def _filled(values: Sequence[float], missing: Collection[int], season: Season | None) -> list[float]:
    adjusted = season.removed_from(values) if season else list(values)
    known = [at for at in range(len(values)) if at not in missing]
    after = 0
    for at in sorted(missing):
        while after < len(known) and known[after] < at:
            after += 1
        adjusted[at] = median([adjusted[near] for near in known[max(0, after - _NEAR) : after + _NEAR]])
    return [max(0.0, value) for value in season.put_back(adjusted, 0)] if season else adjusted
