"""Estimates the demand for an item from its history or its own figures."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.analysis._rare_demand import RareDemand
from streamd.analysis.item_fields import LARGEST, number_in, usable_number
from streamd.core.item import Item, ItemId
from streamd.errors import InvalidMessageError
from streamd.facts import frozen

MINIMUM_PERIODS: Final = 2
"""The fewest periods that show how demand varies."""
NEGLIGIBLE: Final = 1e-6
"""Units: a mean below this is no demand."""
CONFIDENCE_WITHOUT_HISTORY: Final = 0.5
INTERMITTENT_FROM: Final = 1.32
"""Periods from one with demand to the next, on average, from which demand is called intermittent (Syntetos, Boylan and
Croston, "On the categorization of demand patterns", Journal of the Operational Research Society 56, 2005)."""


@frozen
class Consumption:
    """Demand for one item, per day."""

    mean: float
    """Units a day."""
    deviation: float
    """Standard deviation of a day's demand, in units."""
    confidence: float
    """0 to 1: how far these figures can be relied on."""
    periods: int = 0
    """Periods of history behind it; 0 when it is the item's own `average_daily_demand`."""
    rare: RareDemand | None = None
    """The model of intermittent demand, which is not normally distributed; None for regular demand."""

    @property
    def is_intermittent(self) -> bool:
        """Whether demand is intermittent."""
        return self.rare is not None


def consumption_of(
    item: Item, history: Sequence[float] = (), *, days_per_period: float = 1.0
) -> Consumption | None:
    """The item's demand from its history, else from its `average_daily_demand`, else None.

    The mean is over all periods, those without demand included: for intermittent demand that is unbiased, while the
    mean size over the mean interval (Croston 1972) is too high (Syntetos and Boylan 2001). The deviation of a sum of
    independent periods grows with the square root of their number, so that of one day is that of a period divided by
    sqrt(days per period). Without a history demand is taken as Poisson (single customers arriving independently),
    whose variance is its mean.
    The confidence falls with the standard error of the mean (deviation / sqrt(n), relative to the mean) and with
    short histories (n / (n + 2)). Zero variance is a deviation of 0; negative periods (returns) count as they are.
    """
    periods = (
        history if _all_figures(history) else [units for units in history if usable_number(units) is not None]
    )
    if len(periods) >= MINIMUM_PERIODS:
        return _from_history(periods, days_per_period)
    daily = number_in(item, "average_daily_demand")
    if daily is None or daily < 0:
        return None
    return Consumption(mean=daily, deviation=math.sqrt(daily), confidence=CONFIDENCE_WITHOUT_HISTORY)


def period_lengths(days_per_period: float | Mapping[ItemId, float]) -> Callable[[ItemId], float]:
    """The length in days of an item's periods: one for all, or each its own, 1 for items that are not named.

    Raises:
        InvalidMessageError: a period has no length.

    """
    each = days_per_period if isinstance(days_per_period, Mapping) else {}
    for length in each.values() if isinstance(days_per_period, Mapping) else (days_per_period,):
        if not 0 < length < math.inf:
            raise InvalidMessageError(
                f"days_per_period is {length:g}; give the length of a period of the history in days, such as 7",
                path="days_per_period",
            )
    shared = 1.0 if isinstance(days_per_period, Mapping) else float(days_per_period)
    return lambda item_id: each.get(item_id, shared)


def _all_figures(history: Sequence[float]) -> bool:
    """Whether every period is a usable number, checked quickly, as ten thousand items may have years of days."""
    return bool(
        history
        and max(history) <= LARGEST
        and min(history) >= -LARGEST
        and not math.isnan(math.fsum(history))
    )


def _from_history(periods: Sequence[float], days_per_period: float) -> Consumption:
    count = len(periods)
    mean = math.fsum(periods) / count
    if mean < NEGLIGIBLE:
        return Consumption(mean=0.0, deviation=0.0, confidence=count / (count + 2), periods=count)
    # the distance from the mean is the root of the sum of squares, many times as fast as statistics.stdev
    deviation = math.dist(periods, [mean] * count) / math.sqrt(count - 1)
    relative_error = deviation / math.sqrt(count) / mean
    return Consumption(
        mean=mean / days_per_period,
        deviation=deviation / math.sqrt(days_per_period),
        confidence=max(0.0, 1 - relative_error) * count / (count + 2),
        periods=count,
        rare=_rare(periods, days_per_period),
    )


def _rare(periods: Sequence[float], days_per_period: float) -> RareDemand | None:
    demands = len(periods) - periods.count(0)
    if len(periods) / demands < INTERMITTENT_FROM:
        return None
    sizes = [units for units in periods if units > 0]
    size = math.fsum(sizes) / len(sizes)
    spread = math.dist(sizes, [size] * len(sizes)) / math.sqrt(len(sizes) - 1) if len(sizes) > 1 else 0.0
    return RareDemand(
        chance=len(sizes) / len(periods), size=size, size_deviation=spread, period_days=days_per_period
    )
