"""The wording of purchases: what order quantities, needs, adjustments and total costs follow from, and missing data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from streamd.text.figures import money, words
from streamd.text.lists import listing
from streamd.text.plurals import counted

CostComponent = Literal[
    "purchase", "ordering", "transport", "in_transit", "cycle_stock", "safety_stock", "quality"
]
QuantityRule = Literal["economic", "reorder_point", "maximum", "twice_reorder_point", "minimum_order"]
AdjustmentKind = Literal[
    "avoided_supplier", "preferred_supplier", "preferred_location", "avoided_location", "unverified"
]
GapField = Literal["reorder_point", "demand", "lead_time", "max_stock", "unit_cost", "ordering_cost"]

_RULES: Final[Mapping[QuantityRule, str]] = {
    "economic": "the economic order quantity of {}",
    "reorder_point": "up to the reorder point of {}",
    "maximum": "up to the maximum of {}",
    "twice_reorder_point": "up to twice the reorder point of {}",
    "minimum_order": "the least that can be ordered, {}",
}
_ADJUSTMENTS: Final[Mapping[AdjustmentKind, Callable[[str, str], str]]] = {
    "avoided_supplier": lambda supplier, _: f"you avoid {supplier}",
    "preferred_supplier": lambda supplier, _: f"you prefer {supplier}",
    "preferred_location": lambda _, place: f"you prefer suppliers in {place}",
    "avoided_location": lambda _, place: f"you avoid suppliers in {place}",
    "unverified": lambda supplier, item: f"it is not recorded whether {supplier} delivers {item}",
}
GAPS: Final[Mapping[GapField, tuple[str, str]]] = {
    "reorder_point": (
        "telling low stock",
        "set `reorder_point`, or give demand and `lead_time` so that one can be computed",
    ),
    "demand": (
        "stockout dates, reorder points and turnover",
        "import a table of item, date and quantity, or set `average_daily_demand` (units a day)",
    ),
    "lead_time": ("reorder points and safety stock", "set `lead_time` (days from order to delivery)"),
    "max_stock": ("telling overstock", "set `max_stock` (units)"),
    "unit_cost": ("ABC analysis and money bound in stock", "set `unit_cost` (money per unit)"),
    "ordering_cost": (
        "economic order quantities",
        "give `ordering_cost` (money per order) and `holding_rate` (share of unit cost a year), per item or for all",
    ),
}
"""The analyses that need a field, and how to supply it."""


def quantity_basis(rule: QuantityRule, level: float, pack_size: float | None) -> str:
    """Word the rule of an order quantity: `up to the maximum of 100, in packs of 12`."""
    packs = "" if pack_size is None else f", in packs of {words(pack_size)}"
    return f"{_RULES[rule].format(words(level))}{packs}"


def adjustment_reason(kind: AdjustmentKind, supplier: str, subject: str) -> str:
    """Word the reason of an adjustment; `subject` is the place or the item."""
    return _ADJUSTMENTS[kind](supplier, subject)


def runs_out_too_soon(days_left: float, lead_time: float) -> str:
    """Word that an item runs out before a delivery can arrive."""
    return f"it runs out in {counted(days_left, 'day')}, a delivery takes {counted(lead_time, 'day')}"


def below_computed_point(stock: float, point: float) -> str:
    """Word that the stock is at or below the reorder point that demand calls for."""
    return f"{words(stock)} left, demand calls for {words(point)}"


def forecast_reason(
    expected: float, unit: str, days: float, position: float, *, has_orders: bool, safety: float
) -> str:
    """Word why a forecast calls for a purchase."""
    ordered = " or on order" if has_orders else ""
    kept = f", {words(safety)} are kept as safety" if safety > 0 else ""
    return (
        f"{words(expected)} {unit} are expected to be needed in {counted(days, 'day')}, {words(position)} are there"
        f"{ordered}{kept}"
    )


def unknown_total_cost(item: str, without_price: Sequence[str]) -> str:
    """Word that no supplier's total cost is known."""
    why = (
        f"the price of {listing(without_price)} is not recorded"
        if without_price
        else "nobody is known to have it"
    )
    return f"The total cost of {item} is unknown: {why}"


def only_total_cost(
    item: str,
    supplier: str,
    total: float,
    components: Mapping[CostComponent, float],
    without_price: Sequence[str],
) -> str:
    """Word the total cost of the only supplier with a price."""
    others = f"; of {listing(without_price)} no price is recorded" if without_price else ""
    return f"From {supplier} {item} costs {_total(total, components)}, with nobody to compare it with{others}"


def least_total_cost(
    item: str,
    supplier: str,
    total: float,
    components: Mapping[CostComponent, float],
    *,
    second: str,
    gap: float,
    compared_by: Sequence[CostComponent],
) -> str:
    """Word the least total cost, and how much less it is than that of the second supplier."""
    less = f"{money(gap)} less than {second}" if gap > 0 else f"as much as {second}"
    by = f", by {listing([_component(name) for name in compared_by], at_most=len(compared_by))}"
    return f"{supplier} costs least for {item}: {_total(total, components)}; {less}{by}"


def _total(total: float, components: Mapping[CostComponent, float]) -> str:
    parts = ", ".join(f"{_component(name)} {money(amount)}" for name, amount in components.items())
    return f"{money(total)} in all ({parts})"


def _component(name: CostComponent) -> str:
    return name.replace("_", " ")
