"""Words findings about total costs, and what they lack."""

from collections.abc import Mapping
from typing import Final

from streamd.analysis import CostComparison, CostComponent, CostGap, OwnershipCost
from streamd.language.findings._recommendation_sentences import left_out_words
from streamd.text.figures import money
from streamd.text.lists import listing

_COST_GAPS: Final[Mapping[CostGap, str]] = {
    "ordering_cost": "ordering_cost (ordering)",
    "shipping_cost": "shipping_cost (transport)",
    "holding_rate": "holding_rate (stock and goods in transit)",
    "delivery_time": "delivery_time (goods in transit and safety stock)",
    "demand": "demand (cycle and safety stock)",
    "defect_rate": "defect_rate (quality)",
}


def cost_gap(gap: CostGap) -> str:
    """Word a missing input with the components that it belongs to."""
    return _COST_GAPS[gap]


def cost_text(comparison: CostComparison) -> str:
    """Word whose total cost is the least, by how much, and who is not compared."""
    return f"{_cheapest(comparison)}{left_out_words(comparison.left_out, comparison.need)}"


def _cheapest(comparison: CostComparison) -> str:
    item, without_price = comparison.need.item_name, comparison.without_price
    if not comparison.suppliers:
        why = (
            f"the price of {listing(without_price)} is not recorded"
            if without_price
            else "nobody is known to have it"
        )
        return f"The total cost of {item} is unknown: {why}"
    best, *others = comparison.suppliers
    if not others:
        unpriced = f"; of {listing(without_price)} no price is recorded" if without_price else ""
        return (
            f"From {best.supplier_name} {item} costs {_total(best)}, with nobody to compare it with{unpriced}"
        )
    second, compared_by = others[0], comparison.compared_by
    gap = sum(second.components[part] - best.components[part] for part in compared_by)
    less = (
        f"{money(gap)} less than {second.supplier_name}" if gap > 0 else f"as much as {second.supplier_name}"
    )
    by = listing([_component(name) for name in compared_by], at_most=len(compared_by))
    return f"{best.supplier_name} costs least for {item}: {_total(best)}; {less}, by {by}"


def _total(cost: OwnershipCost) -> str:
    parts = ", ".join(f"{_component(name)} {money(amount)}" for name, amount in cost.components.items())
    return f"{money(cost.total)} in all ({parts})"


def _component(name: CostComponent) -> str:
    return name.replace("_", " ")
