"""The wording of stock findings: impacts, reasons and advice, with item, number and supplier."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.analysis._consumption import Consumption
from streamd.analysis._stock_findings import Overstock, Reorder, ReorderRecommendation
from streamd.analysis._stocked_item import StockedItem
from streamd.core.item import ItemId
from streamd.text.figures import money, words
from streamd.text.plurals import counted

_WORTH_CHANGING: Final = 0.2
"""A reorder point this far (as a share of the recommended one) from what is recommended is worth a sentence."""

_POINTS_TOLD: Final = 10
"""Reorder points to change that get a sentence of their own."""


def impact_of(item: StockedItem, used: Consumption | None) -> str:
    """Word the impact of a stockout: lost demand and its value a day, and the time until a delivery."""
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


def advice(
    items: Mapping[ItemId, StockedItem],
    over: Sequence[Overstock],
    *,
    reorders: Sequence[Reorder],
    points: Sequence[ReorderRecommendation],
    covered: Sequence[ItemId],
) -> tuple[str, ...]:
    """Word the advice: orders first, then open orders, reorder points, and surplus.

    `covered` are low items for which enough is on order.
    """
    sentences = [_order(one, items[one.item_id]) for one in reorders]
    for item_id in covered:
        item = items[item_id]
        left = f"{words(item.stock)} left" if item.stock > 0 else "none left"
        sentences.append(
            f"Order no more {item.name} for now: {left}, and {words(item.on_order)} {item.unit} are on order"
        )
    points_to_set = [text for one in points if (text := _reorder_point(one, items[one.item_id]))]
    sentences += points_to_set[:_POINTS_TOLD]
    if len(points_to_set) > _POINTS_TOLD:
        sentences.append(
            f"Review the reorder points of {len(points_to_set) - _POINTS_TOLD} more items: "
            "what demand calls for is listed under reorder_recommendations"
        )
    sentences += [
        f"Order no more {one.name} for now: {words(one.current_stock)} {items[one.item_id].unit}, "
        f"{words(one.excess)} above the maximum of {words(one.max_stock)}{_bound(one, items[one.item_id])}"
        for one in over
    ]
    return tuple(sentences)


def low_reason(item: StockedItem) -> str:
    """Word why an item is ordered: `25 left, reorder point 40`."""
    worded = f"{words(item.stock)} left" if item.stock > 0 else "none left"
    if item.reorder_point is not None:
        worded += f", reorder point {words(item.reorder_point)}"
    if item.on_order > 0:
        worded += f", {words(item.on_order)} on order"
    return worded


def _order(one: Reorder, item: StockedItem) -> str:
    what = one.name if one.quantity is None else f"{words(one.quantity)} {item.unit} of {one.name}"
    source = f" from {one.supplier}" if one.supplier else ""
    return f"Order {what}{source}{_now(one, item)}: {one.reason}"


def _now(one: Reorder, item: StockedItem) -> str:
    """` now` where the reorder point is not reached yet, but a delivery would come too late."""
    low = item.stock <= 0 or (item.reorder_point is not None and item.stock <= item.reorder_point)
    return "" if low or one.urgency != "high" else " now"


def _reorder_point(one: ReorderRecommendation, item: StockedItem) -> str:
    current, wanted = one.current_reorder_point, one.recommended_reorder_point
    why = f"demand over {counted(item.lead_time or 0.0, 'day')} of lead time and {words(one.safety_stock)} as safety"
    if current is None:
        return f"Set the reorder point of {one.name} to {words(wanted)}: {why}"
    if abs(wanted - current) <= _WORTH_CHANGING * wanted:
        return ""
    verb = "Raise" if wanted > current else "Lower"
    return f"{verb} the reorder point of {one.name} from {words(current)} to {words(wanted)}: {why}"


def _bound(one: Overstock, item: StockedItem) -> str:
    return f", which binds {money(one.excess * item.unit_cost)}" if item.unit_cost else ""
