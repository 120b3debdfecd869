"""Words findings about stock: impacts, reasons, advice and missing data, with item, number and supplier."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from streamd.analysis import (
    BelowComputedPoint,
    EnoughOnOrder,
    ForecastDemand,
    FurtherPointChanges,
    GapField,
    LowLevel,
    NeedReason,
    OrderBasis,
    OrderQuantity,
    OutBeforeDelivery,
    OutOfStock,
    Overstock,
    PointChange,
    QuantityAskedFor,
    QuantityRule,
    Reorder,
    StockAdvice,
    StockedItem,
    UsualOrder,
)
from streamd.text.figures import money, words
from streamd.text.plurals import counted

_RULES: Final[Mapping[QuantityRule, str]] = {
    "economic": "the economic order quantity of {}",
    "reorder_point": "up to the reorder point of {}",
    "maximum": "up to the maximum of {}",
    "twice_reorder_point": "up to twice the reorder point of {}",
    "minimum_order": "the least that can be ordered, {}",
}
_BASES: Final[Mapping[OrderBasis, str]] = {
    "economic": "its economic order quantity",
    "to_maximum": "from its reorder point up to its maximum",
    "minimum": "the least that can be ordered",
    "unknown": "as how many are wanted was not said",
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


def impact_of(finding: OutOfStock) -> str:
    """Word the impact of a stockout: lost demand and its value a day, and the time until a delivery."""
    item, used = finding.item, finding.demand
    lead_time, cost = item.lead_time, item.unit_cost
    source = f" from {item.supplier}" if item.supplier else ""
    wait = (
        f"an order placed now{source} arrives in {counted(lead_time, 'day')}"
        if lead_time is not None
        else "when a new delivery arrives is not known"
    )
    if used is None:
        return f"Nothing left; {wait}; demand is not known"
    if used.mean <= 0:
        return f"Nothing left; {wait}; its history shows no demand"
    lost = f"{words(used.mean)} {item.unit} of demand a day cannot be met"
    if cost is not None:
        lost += f", {money(cost * used.mean)} a day at cost"
    if lead_time is not None:
        missed = used.mean * lead_time
        wait += f", {words(math.ceil(round(missed, 6)))} {item.unit} short by then"
        if cost is not None:
            wait += f" ({money(cost * missed)})"
    return f"{lost}; {wait}"


def advice_text(advice: StockAdvice) -> str:
    """Word one recommendation for the stock."""
    match advice:
        case Reorder():
            return _order(advice)
        case EnoughOnOrder(item):
            left = f"{words(item.stock)} left" if item.stock > 0 else "none left"
            return f"Order no more {item.name} for now: {left}, and {words(item.on_order)} {item.unit} are on order"
        case PointChange():
            return _reorder_point(advice)
        case FurtherPointChanges(count):
            return (
                f"Review the reorder points of {count} more items: "
                "what demand calls for is listed under reorder_recommendations"
            )
        case Overstock(item, maximum):
            bound = f", which binds {money(advice.excess * item.unit_cost)}" if item.unit_cost else ""
            return (
                f"Order no more {item.name} for now: {words(item.stock)} {item.unit}, "
                f"{words(advice.excess)} above the maximum of {words(maximum)}{bound}"
            )
        case _:
            assert_never(advice)


def low_reason(item: StockedItem) -> str:
    """Word why an item is ordered: `25 left, reorder point 40`."""
    worded = f"{words(item.stock)} left" if item.stock > 0 else "none left"
    if item.reorder_point is not None:
        worded += f", reorder point {words(item.reorder_point)}"
    if item.on_order > 0:
        worded += f", {words(item.on_order)} on order"
    return worded


def _order(one: Reorder) -> str:
    item = one.item
    what = item.name if one.quantity is None else f"{words(one.quantity)} {item.unit} of {item.name}"
    source = f" from {item.supplier}" if item.supplier else ""
    return f"Order {what}{source}{_now(one)}: {need_reason(one.reason)}"


def _now(one: Reorder) -> str:
    """` now` where the reorder point is not reached yet, but a delivery would come too late."""
    item = one.item
    low = item.stock <= 0 or (item.reorder_point is not None and item.stock <= item.reorder_point)
    return "" if low or one.urgency != "high" else " now"


def _reorder_point(change: PointChange) -> str:
    one = change.point
    current, wanted = one.current_reorder_point, one.recommended_reorder_point
    why = (
        f"demand over {counted(change.lead_time, 'day')} of lead time and {words(one.safety_stock)} as safety"
    )
    if current is None:
        return f"Set the reorder point of {one.name} to {words(wanted)}: {why}"
    verb = "Raise" if wanted > current else "Lower"
    return f"{verb} the reorder point of {one.name} from {words(current)} to {words(wanted)}: {why}"


def reasons_text(reasons: Sequence[NeedReason]) -> str:
    """Word all reasons of a need."""
    return "; ".join(map(need_reason, reasons))


def need_reason(reason: NeedReason) -> str:
    """Word why an item is to be bought."""
    match reason:
        case LowLevel(item):
            return low_reason(item)
        case OutBeforeDelivery(days_left, lead_time):
            return f"it runs out in {counted(days_left, 'day')}, a delivery takes {counted(lead_time, 'day')}"
        case BelowComputedPoint(stock, point):
            return f"{words(stock)} left, demand calls for {words(point)}"
        case ForecastDemand():
            return _forecast_reason(reason)
        case QuantityAskedFor(quantity):
            return f"{words(quantity)} were asked for"
        case UsualOrder():
            return _usual_order(reason)
        case _:
            assert_never(reason)


def _forecast_reason(reason: ForecastDemand) -> str:
    ordered = " or on order" if reason.has_orders else ""
    kept = f", {words(reason.safety)} are kept as safety" if reason.safety > 0 else ""
    return (
        f"{words(reason.expected)} {reason.unit} are expected to be needed in {counted(reason.days, 'day')}, "
        f"{words(reason.position)} are there{ordered}{kept}"
    )


def _usual_order(reason: UsualOrder) -> str:
    there = ""
    if reason.in_stock is not None:
        stock, unit = reason.in_stock
        there = f"{words(stock)} {unit} are in stock, so that nothing has to be ordered now; "
    return f"{there}compared for {words(reason.quantity)}, {_BASES[reason.basis]}"


def order_basis(order: OrderQuantity) -> str:
    """Word the rule of an order quantity: `up to the maximum of 100, in packs of 12`."""
    packs = "" if order.pack_size is None else f", in packs of {words(order.pack_size)}"
    return f"{_RULES[order.rule].format(words(order.level))}{packs}"
