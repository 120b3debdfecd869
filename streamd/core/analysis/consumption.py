"""How fast an item is used up, and from which stock on it must be ordered again."""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev
from typing import Final

import attrs

from streamd.core.analysis.figures import figure, number_in
from streamd.core.item import Item

MINIMUM_PERIODS: Final = 2
"""Fewer periods of history say nothing about how demand varies."""
NEGLIGIBLE: Final = 1e-6
"""Units: a mean below this is no demand."""
CONFIDENCE_WITHOUT_HISTORY: Final = 0.5


@attrs.frozen
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


@attrs.frozen
class ReorderPoint:
    """The stock at which an item must be ordered so that it lasts until the delivery."""

    units: float
    """The reorder point itself, whole units, safety stock included."""
    safety_stock: float
    """The part of it that covers demand above the mean, whole units."""


def consumption_of(
    item: Item, history: Sequence[float] = (), *, days_per_period: float = 1.0
) -> Consumption | None:
    """The item's demand from its history, else from its `average_daily_demand`, else None.

    The deviation of a sum of independent periods grows with the square root of their number, so that of one day is
    that of a period divided by sqrt(days per period). Without a history demand is taken as Poisson (single customers
    arriving independently), whose variance is its mean.
    The confidence falls with the standard error of the mean (deviation / sqrt(n), relative to the mean) and with
    short histories (n / (n + 2)).
    """
    periods = [known for units in history if (known := figure(units)) is not None]
    if len(periods) >= MINIMUM_PERIODS:
        mean, deviation, count = fmean(periods), stdev(periods), len(periods)
        if mean < NEGLIGIBLE:
            return Consumption(mean=0.0, deviation=0.0, confidence=count / (count + 2), periods=count)
        relative_error = deviation / math.sqrt(count) / mean
        return Consumption(
            mean=mean / days_per_period,
            deviation=deviation / math.sqrt(days_per_period),
            confidence=max(0.0, 1 - relative_error) * count / (count + 2),
            periods=count,
        )
    daily = number_in(item, "average_daily_demand")
    if daily is None or daily < 0:
        return None
    return Consumption(mean=daily, deviation=math.sqrt(daily), confidence=CONFIDENCE_WITHOUT_HISTORY)


def reorder_point(demand: Consumption, lead_time_days: float, *, service_level: float = 0.95) -> ReorderPoint:
    """Reorder point = mean demand x lead time + safety stock; safety stock = z x deviation x sqrt(lead time).

    The continuous-review model with a fixed lead time, as in Silver, Pyke and Thomas, "Inventory and Production
    Management in Supply Chains", chapter 6; z is the quantile of the normal distribution at `service_level`, the
    wanted probability of not running out during a lead time. Rounded up to whole units.
    """
    z = NormalDist().inv_cdf(service_level)
    safety_stock = math.ceil(round(z * demand.deviation * math.sqrt(lead_time_days), 6))
    return ReorderPoint(
        units=math.ceil(round(demand.mean * lead_time_days, 6)) + safety_stock, safety_stock=safety_stock
    )
