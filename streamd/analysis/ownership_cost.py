"""Total cost of ownership of a need at each supplier."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Final, Literal

from streamd.analysis._capability import capability_of
from streamd.analysis._prices import price_of
from streamd.analysis.costs import costs_of_item
from streamd.analysis.item_fields import number_in, text_in
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_data import CostComponent
from streamd.analysis.suppliers import SupplierAnalysis
from streamd.core.item import Item, ItemId
from streamd.facts import frozen
from streamd.text.time_words import DAYS_PER_ACCOUNTING_YEAR

CostGap = Literal["ordering_cost", "shipping_cost", "holding_rate", "delivery_time", "demand", "defect_rate"]
"""The input that one or more components lack."""
_AT_MOST: Final = 5
"""The most suppliers listed for one need."""
_COMPARED_AT_MOST: Final = 200
"""The number of best suppliers compared for a need that none of them lists."""


@frozen
class OwnershipCost:
    """The total cost of one need at one supplier, in money."""

    supplier_id: ItemId
    supplier_name: str
    quantity: float
    components: Mapping[CostComponent, float]
    """The components that could be computed; `purchase` always."""
    missing: tuple[CostGap, ...]
    """The missing inputs of the other components."""

    @property
    def total(self) -> float:
        """The sum of all components."""
        return math.fsum(self.components.values())


@frozen
class CostComparison:
    """The total costs of one need, compared across suppliers."""

    need: PurchaseNeed
    suppliers: tuple[OwnershipCost, ...]
    """The cheapest first, by the components that are known of all of them."""
    compared_by: tuple[CostComponent, ...]
    """Those components."""
    without_price: tuple[str, ...]
    """All suppliers of the need without a known price."""
    left_out: tuple[str, ...]
    """Suppliers that are not compared, as their recorded products do not include the need."""


def tco_analysis(needs: Iterable[PurchaseNeed], analysis: SupplierAnalysis) -> tuple[CostComparison, ...]:
    """Compare the total cost of each need across the suppliers that can deliver it and whose price is known."""
    capability = capability_of(analysis.market, analysis.best(_COMPARED_AT_MOST))
    compared = []
    for need in needs:
        if need.quantity <= 0:
            continue
        candidates, _ = capability.candidates(need)
        asked = [(one, price_of(need, one)) for one in candidates]
        without = tuple(one.name for one, price in asked if price is None)
        found = [ownership_cost(need, one, price.per_unit) for one, price in asked if price is not None]
        shared = _shared(found)
        found.sort(key=lambda one: (sum(one.components[part] for part in shared), one.supplier_id))
        compared.append(
            CostComparison(
                need=need,
                suppliers=tuple(found[:_AT_MOST]),
                compared_by=shared,
                without_price=without,
                left_out=tuple(capability.left_out(need)),
            )
        )
    return tuple(compared)


def ownership_cost(need: PurchaseNeed, supplier: Item, price: float) -> OwnershipCost:
    """Compute the total cost of a need at one supplier.

    The idea is Ellram's ("Total cost of ownership: an analysis approach for purchasing", International Journal of
    Physical Distribution and Logistics Management 25, 1995); how lead time becomes stock, and stock money, is the
    textbook's (Chopra and Meindl, "Supply Chain Management", chapter on sourcing decisions). With Q units at price p, d
    units of demand a day, lead time L days, T = Q/d the days they last, Y the days of a year, and h the cost of one unit in stock for a year:

    - purchase: p * Q
    - ordering: one order (`ordering_cost` of the supplier, else of the item or request)
    - transport: one delivery (the supplier's `shipping_cost`)
    - in transit: h * Q * L/Y, the goods on their way
    - cycle stock: h * Q/2 * T/Y, half of it on average until it is used up
    - safety stock: h * z * sd * sqrt(L) * T/Y, what a longer lead time makes necessary at the service level (L and sd
      as in `reorder_point`)
    - quality: defect rate * Q * `cost_per_defect`, or p where that is not known

    h is `holding_cost`, else `holding_rate` * p. Where an input is missing its component is left out and named, never
    taken as a guess. Money in the currency of the fields; nothing is converted.
    """
    quantity, used = need.quantity, need.demand
    costs = costs_of_item(supplier, need.costs)
    found: dict[CostComponent, float] = {"purchase": price * quantity}
    missing: list[CostGap] = []
    if costs.ordering_cost is None:
        missing.append("ordering_cost")
    else:
        found["ordering"] = costs.ordering_cost
    shipping = number_in(supplier, "shipping_cost")
    if shipping is None:
        missing.append("shipping_cost")
    else:
        found["transport"] = shipping
    holding, lead_time = costs.holding(price), number_in(supplier, "delivery_time")
    if holding is None:
        missing.append("holding_rate")
    elif lead_time is None or lead_time < 0:
        missing.append("delivery_time")
    else:
        found["in_transit"] = holding * quantity * lead_time / DAYS_PER_ACCOUNTING_YEAR
    if used is None or used.mean <= 0:
        missing.append("demand")
    elif holding is not None:
        years = quantity / used.mean / DAYS_PER_ACCOUNTING_YEAR
        found["cycle_stock"] = holding * quantity / 2 * years
        if lead_time is not None and lead_time >= 0:
            z = NormalDist().inv_cdf(need.service_level)
            found["safety_stock"] = holding * z * used.deviation * math.sqrt(lead_time) * years
    defects = number_in(supplier, "defect_rate")
    if defects is None:
        missing.append("defect_rate")
    else:
        each = price if costs.cost_per_defect is None else costs.cost_per_defect
        found["quality"] = defects / 100 * quantity * each
    return OwnershipCost(supplier.id, supplier.name, quantity, found, tuple(missing))


def needs_by_category(analysis: SupplierAnalysis, quantity: float = 1) -> list[PurchaseNeed]:
    """Make one need for each category of suppliers, to compare their total cost without a specific need."""
    named = {
        key: text_in(suppliers[0], "category")
        for key, suppliers in analysis.market.by_category.items()
        if key
    }
    return [
        PurchaseNeed(item_name=name, quantity=quantity, urgency="low", category=name)
        for name in named.values()
    ]


def _shared(found: Sequence[OwnershipCost]) -> tuple[CostComponent, ...]:
    """The components known of all suppliers: with others, a supplier would seem cheap for missing data."""
    if not found:
        return ()
    return tuple(part for part in found[0].components if all(part in one.components for one in found))
