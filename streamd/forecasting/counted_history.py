"""Prepares a history for figures of demand as a whole: its mean, its deviation, a year's value."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting._usable_history import USED, usable_history
from streamd.forecasting.damping import DampedPeriod, stands_out

_NONE_UNKNOWN: Final = frozenset[int]()


@frozen
class UsableDemand:
    """The demand that counts, and what does not count as it was."""

    quantities: Sequence[float]
    """Of the known periods, oldest first, with the outliers damped."""
    outliers: tuple[DampedPeriod, ...] = ()
    """By their places in the whole history."""


def usable_demand(history: Sequence[float], unknown: Collection[int] = _NONE_UNKNOWN) -> UsableDemand:
    """The known of the newest 1,500 periods, with the outliers damped that a forecast damps, too.

    Only where a quick look at the sizes shows a gap the history is searched for a season, which takes some milliseconds: ten
    thousand items may have years of days.

    Raises:
        InvalidMessageError: a value is negative, not a number, or above 1e15.

    """
    known = [at for at in range(max(0, len(history) - USED), len(history)) if at not in unknown]
    quantities = [history[at] for at in known] if unknown or len(known) < len(history) else history
    if not stands_out(quantities):
        return UsableDemand(quantities)
    outliers = usable_history(history, None, unknown).outliers
    if not outliers:
        return UsableDemand(quantities)
    used = {one.period: one.used for one in outliers}
    return UsableDemand([used.get(at, history[at]) for at in known], outliers)
