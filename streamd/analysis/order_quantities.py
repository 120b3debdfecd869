"""Computes order quantities."""

import math
from typing import Literal

from streamd.analysis._consumption import Consumption
from streamd.analysis._reorder_points import ReorderPoint
from streamd.analysis.stock_data import EconomicOrderData
from streamd.analysis.stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.facts import frozen
from streamd.text.figures import plain
from streamd.text.time_words import DAYS_PER_ACCOUNTING_YEAR

QuantityRule = Literal["economic", "reorder_point", "maximum", "twice_reorder_point", "minimum_order"]


@frozen
class EconomicOrder:
    """The order quantity with the least cost of ordering and holding a year."""

    item_id: ItemId
    name: str
    quantity: float
    """Units per order."""
    orders_per_year: float
    annual_cost: float
    """Money a year for ordering and for holding, the price of the goods not included."""

    def as_data(self) -> EconomicOrderData:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "quantity": plain(round(self.quantity, 1)),
            "orders_per_year": round(self.orders_per_year, 2),
            "annual_cost": round(self.annual_cost, 2),
        }


@frozen
class OrderQuantity:
    """The quantity of an order now, and the rule it follows from."""

    units: float
    """Whole units."""
    rule: QuantityRule
    level: float
    """The level or quantity that the rule names, units."""
    pack_size: float | None = None
    """Units of a pack; None where the quantity is not rounded up to packs."""


def economic_order(one: StockedItem, used: Consumption | None) -> EconomicOrder | None:
    """Q = sqrt(2·D·K / h): D units a year, K money per order, h money per unit and year.

    Harris, "How many parts to make at once" (Factory, The Magazine of Management 10, 1913); the yearly cost of ordering
    and holding is then sqrt(2·D·K·h). It supposes steady demand. None where demand, an ordering cost or a holding cost
    is not known or is 0.
    """
    ordering, holding = one.costs.ordering_cost, one.costs.holding(one.unit_cost)
    if used is None or used.mean <= 0 or not ordering or not holding:
        return None
    yearly = used.mean * DAYS_PER_ACCOUNTING_YEAR
    quantity = math.sqrt(2 * yearly * ordering / holding)
    return EconomicOrder(
        item_id=one.item_id,
        name=one.name,
        quantity=quantity,
        orders_per_year=yearly / quantity,
        annual_cost=math.sqrt(2 * yearly * ordering * holding),
    )


def order_quantity(
    one: StockedItem, point: ReorderPoint | None, economic: EconomicOrder | None
) -> OrderQuantity | None:
    """Compute the quantity to order now, given stock and open orders; None when they are enough, or no level is known.

    With an economic order quantity: that, or more where the reorder point needs it, but never above
    `max_stock`. Without: up to `max_stock`, else up to twice the reorder point. The reorder point is the higher of the
    item's own and the one that demand calls for. Rounded up to whole units, packs, and the least that can be ordered.
    """
    levels = [level for level in (one.reorder_point, point.units if point else None) if level is not None]
    level = max(levels, default=None)
    maximum = one.maximum
    rule: QuantityRule
    if economic is not None and level is not None:
        wanted, rule, basis = economic.quantity, "economic", economic.quantity
        if level - one.position > wanted:
            wanted, rule, basis = level - one.position, "reorder_point", level
        if maximum is not None and maximum - one.position < wanted:
            wanted, rule, basis = maximum - one.position, "maximum", maximum
    elif maximum is not None:
        wanted, rule, basis = maximum - one.position, "maximum", maximum
    elif level is not None:
        wanted, rule, basis = 2 * level - one.position, "twice_reorder_point", level
    else:
        return None
    units = math.ceil(round(wanted, 6))
    if units <= 0:
        return None
    if one.minimum_order is not None and units < one.minimum_order:
        units, rule, basis = math.ceil(one.minimum_order), "minimum_order", one.minimum_order
    if one.pack_size is None or one.pack_size <= 1:
        return OrderQuantity(units, rule, basis)
    packs = math.ceil(round(units / one.pack_size, 6))
    return OrderQuantity(math.ceil(packs * one.pack_size), rule, basis, one.pack_size)
