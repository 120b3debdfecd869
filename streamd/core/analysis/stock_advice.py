"""What to do about findings, in sentences that name the item, the number and the supplier."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.analysis.consumption import Consumption
from streamd.core.analysis.figures import money, number_in, text_in, words
from streamd.core.analysis.stock_findings import (
    LowStock,
    OutOfStock,
    Overstock,
    ReorderRecommendation,
    StockoutPrediction,
)
from streamd.core.item import Item, ItemId

_WORTH_CHANGING: Final = 0.2
"""A reorder point this far (as a share of the recommended one) from what is recommended is worth a sentence."""

_POINTS_TOLD: Final = 10
"""Reorder points to change that get a sentence of their own."""


def impact_of(item: Item, used: Consumption | None) -> str:
    """What being out of the item means: lost demand and its value a day, and how long until a delivery."""
    lead_time = number_in(item, "lead_time")
    supplier = text_in(item, "supplier")
    source = f" from {supplier}" if supplier else ""
    wait = (
        f"an order placed now{source} arrives in {_days(lead_time)}"
        if lead_time is not None
        else "when a new delivery arrives is not known"
    )
    if used is None or used.mean <= 0:
        return f"Nothing left; {wait}; demand is not known"
    cost = number_in(item, "unit_cost")
    lost = f"{words(used.mean)} {_unit(item)} of demand a day cannot be met"
    if cost is not None:
        lost += f", {money(cost * used.mean)} a day at cost"
    if lead_time is not None:
        missed = used.mean * lead_time
        wait += f", {words(math.ceil(round(missed, 6)))} {_unit(item)} short by then"
        if cost is not None:
            wait += f" ({money(cost * missed)})"
    return f"{lost}; {wait}"


def advice(
    items: Sequence[Item],
    low: Sequence[LowStock],
    out: Sequence[OutOfStock],
    over: Sequence[Overstock],
    *,
    reorder: Sequence[ReorderRecommendation],
    predictions: Sequence[StockoutPrediction],
) -> tuple[str, ...]:
    """Sentences to act on: orders first, then what runs out before a delivery, reorder points, and surplus."""
    by_id: Mapping[ItemId, Item] = {item.id: item for item in items}
    points = {one.item_id: one for one in reorder}
    sentences = [_order(by_id[one.item_id], points.get(one.item_id)) for one in low]
    ordered = {one.item_id for one in low}
    sentences += [
        _order(by_id[one.item_id], points.get(one.item_id)) for one in out if one.item_id not in ordered
    ]
    ordered |= {one.item_id for one in out}
    for prediction in predictions:
        item = by_id[prediction.item_id]
        lead_time = number_in(item, "lead_time")
        if item.id in ordered or lead_time is None or prediction.days_until_stockout >= lead_time:
            continue
        sentences.append(
            f"Order {_what(item, points.get(item.id))} now: it runs out in {_days(prediction.days_until_stockout)}, "
            f"a delivery takes {_days(lead_time)}"
        )
    points_to_set = [text for one in reorder if (text := _reorder_point(one, by_id[one.item_id]))]
    sentences += points_to_set[:_POINTS_TOLD]
    if len(points_to_set) > _POINTS_TOLD:
        sentences.append(
            f"Review the reorder points of {len(points_to_set) - _POINTS_TOLD} more items: "
            "what demand calls for is listed under reorder_recommendations"
        )
    sentences += [
        f"Order no more {one.name} for now: {words(one.current_stock)} {_unit(by_id[one.item_id])}, "
        f"{words(one.excess)} above the maximum of {words(one.max_stock)}{_bound(one, by_id[one.item_id])}"
        for one in over
    ]
    return tuple(sentences)


def _order(item: Item, point: ReorderRecommendation | None) -> str:
    stock, limit = number_in(item, "current_stock") or 0.0, number_in(item, "reorder_point")
    left = f"{words(stock)} left" if stock > 0 else "none left"
    if limit is not None:
        left += f", reorder point {words(limit)}"
    return f"Order {_what(item, point)}: {left}"


def _what(item: Item, point: ReorderRecommendation | None) -> str:
    """What to order from whom: up to the maximum, else up to twice the reorder point; no amount if neither is known."""
    supplier = text_in(item, "supplier")
    name = f"{item.name} from {supplier}" if supplier else item.name
    stock, limit = max(0.0, number_in(item, "current_stock") or 0.0), number_in(item, "reorder_point")
    target = number_in(item, "max_stock")
    if target is None and point is not None:
        target = 2 * point.recommended_reorder_point
    if target is None and limit is not None:
        target = 2 * limit
    if target is None or target <= stock:
        return name
    return f"{words(math.ceil(round(target - stock, 6)))} {_unit(item)} of {name}"


def _reorder_point(one: ReorderRecommendation, item: Item) -> str:
    current, wanted = one.current_reorder_point, one.recommended_reorder_point
    why = f"demand over {_days(number_in(item, 'lead_time') or 0.0)} of lead time and {words(one.safety_stock)} as safety"
    if current is None:
        return f"Set the reorder point of {one.name} to {words(wanted)}: {why}"
    if abs(wanted - current) <= _WORTH_CHANGING * wanted:
        return ""
    verb = "Raise" if wanted > current else "Lower"
    return f"{verb} the reorder point of {one.name} from {words(current)} to {words(wanted)}: {why}"


def _bound(one: Overstock, item: Item) -> str:
    cost = number_in(item, "unit_cost")
    return f", which binds {money(one.excess * cost)}" if cost else ""


def _unit(item: Item) -> str:
    return text_in(item, "unit_of_measure") or "units"


def _days(days: float) -> str:
    shown = words(days)
    return "1 day" if shown == "1" else f"{shown} days"
