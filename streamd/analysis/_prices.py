"""Finds the price of a need at a supplier."""

from streamd.analysis.item_fields import number_in, usable_number
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_data import PriceBasis
from streamd.core.item import Item
from streamd.facts import frozen


@frozen
class UnitPrice:
    """The price of one unit, and its source."""

    per_unit: float
    basis: PriceBasis
    """The supplier's price for this item; what the item costs at present; or the supplier's cost of any unit."""


def price_of(need: PurchaseNeed, supplier: Item) -> UnitPrice | None:
    """Find the price of a need at a supplier; None where it is not known.

    The supplier's own price for the item, from its field `prices` ({item's name or id: money per unit}); else, from the
    supplier the item comes from at present, the item's `unit_cost`; else the supplier's `unit_cost`.
    """
    prices = supplier.fields.get("prices")
    if isinstance(prices, dict):
        wanted = {need.item_name.casefold(), (need.item_id or "").casefold()} - {""}
        for name, price in prices.items():
            if name.casefold() in wanted and isinstance(price, int | float) and not isinstance(price, bool):
                known = usable_number(price)
                if known is not None and known >= 0:
                    return UnitPrice(known, "listed")
    if need.unit_cost is not None and is_present_source(need, supplier):
        return UnitPrice(need.unit_cost, "present")
    own = number_in(supplier, "unit_cost")
    return UnitPrice(own, "general") if own is not None and own >= 0 else None


def is_present_source(need: PurchaseNeed, supplier: Item) -> bool:
    """Whether the item comes from this supplier at present."""
    present = need.supplier.casefold()
    return bool(present) and present in {supplier.name.casefold(), supplier.id.casefold()}
