"""Computes order quantities."""

import math

import attrs

from streamd.analysis._consumption import Consumption
from streamd.analysis._reorder_points import ReorderPoint
from streamd.analysis._stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.text.figures import plain, words
from streamd.text.time_words import DAYS_PER_YEAR


@attrs.frozen
class EconomicOrder:
    """The order quantity with the least cost of ordering and holding a year."""

    item_id: ItemId
    name: str
    quantity: float
    """Units per order."""
    orders_per_year: float
    annual_cost: float
    """Money a year for ordering and for holding, the price of the goods not included."""

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "item_id": self.item_id,
            "name": self.name,
            "quantity": plain(round(self.quantity, 1)),
            "orders_per_year": round(self.orders_per_year, 2),
            "annual_cost": round(self.annual_cost, 2),
        }


@attrs.frozen
class OrderQuantity:
    """The quantity of an order now, and the rule it follows from."""

    units: float
    """Whole units."""
    basis: str
    """For people: `up to the maximum of 100`."""


def economic_order(one: StockedItem, used: Consumption | None) -> EconomicOrder | None:
    """Q = sqrt(2·D·K / h): D units a year, K money per order, h money per unit and year.

    Harris, "How many parts to make at once" (Factory, The Magazine of Management 10, 1913); the yearly cost of ordering
    and holding is then sqrt(2·D·K·h). It supposes steady demand. None where demand, an ordering cost or a holding cost
    is not known or is 0.
    """
    ordering, holding = one.costs.ordering_cost, one.costs.holding(one.unit_cost)
    if used is None or used.mean <= 0 or not ordering or not holding:
        return None
    yearly = used.mean * DAYS_PER_YEAR
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
    room = None if one.maximum is None else one.maximum - one.position
    if economic is not None and level is not None:
        wanted = max(economic.quantity, level - one.position)
        basis = f"the economic order quantity of {words(economic.quantity)}"
        if wanted > economic.quantity:
            basis = f"up to the reorder point of {words(level)}"
        if room is not None and room < wanted:
            wanted, basis = room, f"up to the maximum of {words(one.maximum or 0.0)}"
    elif room is not None:
        wanted, basis = room, f"up to the maximum of {words(one.maximum or 0.0)}"
    elif level is not None:
        wanted, basis = 2 * level - one.position, f"up to twice the reorder point of {words(level)}"
    else:
        return None
    units = math.ceil(round(wanted, 6))
    if units <= 0:
        return None
    if one.minimum_order is not None and units < one.minimum_order:
        units, basis = (
            math.ceil(one.minimum_order),
            f"the least that can be ordered, {words(one.minimum_order)}",
        )
    if one.pack_size is not None and one.pack_size > 1:
        packs = math.ceil(round(units / one.pack_size, 6))
        units, basis = math.ceil(packs * one.pack_size), f"{basis}, in packs of {words(one.pack_size)}"
    return OrderQuantity(units=units, basis=basis)
