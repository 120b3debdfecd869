"""Reasons for buying an item, as kinds and figures."""

from typing import Literal

from streamd.analysis.stocked_item import StockedItem
from streamd.facts import frozen

OrderBasis = Literal["economic", "to_maximum", "minimum", "unknown"]
"""What a usual order is: the economic order quantity, from the reorder point up to the maximum, the least that can be
ordered; one, as nothing is known."""


@frozen
class LowLevel:
    """The stock is low, or nothing is left."""

    item: StockedItem


@frozen
class OutBeforeDelivery:
    """The stock is used up before a delivery can arrive."""

    days_left: float
    lead_time: float
    """Days."""


@frozen
class BelowComputedPoint:
    """The stock is at or below the reorder point that demand calls for."""

    stock: float
    point: float


@frozen
class ForecastDemand:
    """The expected demand is more than what is at hand and on its way."""

    expected: float
    unit: str
    days: float
    """The length of the forecast."""
    position: float
    """Units at hand and on their way."""
    has_orders: bool
    safety: float
    """Units that are to be left at the end."""


@frozen
class QuantityAskedFor:
    """The request states the quantity."""

    quantity: float


@frozen
class UsualOrder:
    """Nothing calls for an order: suppliers are compared for a usual one."""

    quantity: float
    basis: OrderBasis
    in_stock: tuple[float, str] | None
    """Units and their name; None where the stock is not known."""


OrderReason = LowLevel | OutBeforeDelivery | BelowComputedPoint
NeedReason = OrderReason | ForecastDemand | QuantityAskedFor | UsualOrder
