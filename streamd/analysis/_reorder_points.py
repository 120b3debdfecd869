"""Computes reorder points, and how long a stock lasts at a service level."""

import math
from functools import cache
from statistics import NormalDist
from typing import Final

from streamd.analysis._consumption import Consumption
from streamd.analysis._rare_demand import LONGEST, MANY, MOST, lead_time_quantile
from streamd.errors import InvalidMessageError
from streamd.facts import frozen

LOWEST_SERVICE: Final = 0.5
HIGHEST_SERVICE: Final = 0.9999


@frozen
class ReorderPoint:
    """The stock at which an item must be ordered so that it lasts until the delivery."""

    units: float
    """The reorder point itself, whole units, safety stock included."""
    safety_stock: float
    """The part of it that covers demand above the mean and late deliveries, whole units."""
    service_level: float
    """The probability, 0.5 to 0.9999, of not running out while a delivery is awaited."""


def reorder_point(
    demand: Consumption,
    lead_time_days: float,
    *,
    lead_time_deviation: float = 0.0,
    service_level: float = 0.95,
) -> ReorderPoint:
    """Reorder point = mean demand x lead time + safety stock, with safety stock = z * sqrt(L * sd² + d² * sL²).

    d and sd are mean and deviation of a day's demand, L and sL mean and deviation of the lead time in days, z the
    quantile of the normal distribution at `service_level`, the wanted probability of not running out during a lead
    time (cycle service level). Silver, Pyke and Thomas, "Inventory and Production Management in Supply Chains", 4th
    ed., chapter 6 (continuous review); the variance is that of a sum of randomly many days.
    Intermittent demand (see `Consumption.rare`) is not normal: it is often nothing and sometimes much. There the point
    is the quantile of Croston's model (see `lead_time_quantile`), unless so many demands fall into a lead time that
    their sum is normal again (or into a late one, that they cannot be counted), and the safety stock what that leaves above the mean; where demand is so rare that
    nothing at all is likely enough for `service_level`, the point is still the mean.
    No variance gives no safety stock. Both parts are rounded up to whole units.
    """
    mean = demand.mean * lead_time_days
    variance = lead_time_days * demand.deviation**2 + (demand.mean * lead_time_deviation) ** 2
    expected = _whole(mean)
    rare = demand.rare
    longest_days = lead_time_days + LONGEST * lead_time_deviation
    if (
        rare is not None
        and rare.chance * lead_time_days / rare.period_days < MANY
        and rare.chance * longest_days / rare.period_days < MOST
    ):
        needed = lead_time_quantile(rare, lead_time_days, lead_time_deviation, service_level)
        units = max(expected, _whole(needed))
        return ReorderPoint(units, units - expected, service_level)
    safety_stock = max(0, _whole(_quantile(service_level) * math.sqrt(variance)))
    return ReorderPoint(expected + safety_stock, safety_stock, service_level)


def days_covered(stock: float, demand: Consumption, service_level: float) -> float:
    """Days for which the stock lasts with the probability `service_level`, at normally distributed demand.

    The t at which the stock equals what is needed in t days, d * t + z * sd * sqrt(t): a quadratic equation in sqrt(t). Demand
    must be above 0.
    """
    if stock <= 0:
        return 0.0
    spread = _quantile(service_level) * demand.deviation
    # the usual form of the root loses all digits when the spread is much larger than the stock
    return (2 * stock / (spread + math.sqrt(spread**2 + 4 * demand.mean * stock))) ** 2


def check_service_level(service_level: float) -> None:
    """Refuse a service level that no safety stock can be computed for.

    Raises:
        InvalidMessageError: it is not from 0.5 to 0.9999.

    """
    if not LOWEST_SERVICE <= service_level <= HIGHEST_SERVICE:
        raise InvalidMessageError(
            f"service_level is {service_level:g}; give the probability of not running out, "
            f"from {LOWEST_SERVICE} to {HIGHEST_SERVICE}, such as 0.95",
            path="service_level",
        )


@cache
def _quantile(service_level: float) -> float:
    return NormalDist().inv_cdf(service_level)


def _whole(units: float) -> int:
    return math.ceil(round(units, 6))
