"""Words answers about future stockouts and safety stock."""

from collections.abc import Sequence
from typing import Final

from streamd.analysis import StockAnalysis
from streamd.core.item import ItemId
from streamd.text.figures import words
from streamd.text.lists import listing
from streamd.text.plurals import counted

_NAMED: Final = 10


def stockout_words(analysis: StockAnalysis, named: Sequence[ItemId], within_days: int) -> list[str]:
    """Word when the named items run out, or without names which items do within a horizon, the first ones first."""
    predicted = {one.item_id: one for one in analysis.stockout_predictions}
    if named:
        return [_lasting(analysis, item_id) for item_id in named if item_id in analysis.items][:_NAMED]
    ahead = sorted(
        (one for one in predicted.values() if one.current_stock > 0), key=lambda one: one.days_until_stockout
    )
    soon = [one for one in ahead if one.days_until_stockout <= within_days]
    span = counted(within_days, "day")
    worded = []
    if soon:
        listed = [
            f"{one.name} in {counted(one.days_until_stockout, 'day')} ({words(one.current_stock)} left)"
            for one in soon
        ]
        worded.append(
            f"Within the next {span} {counted(len(soon), 'item')} will run out at mean demand: {listing(listed, at_most=_NAMED)}."
        )
    elif ahead:
        first = ahead[0]
        worded.append(
            f"Nothing runs out within the next {span} at mean demand; the first would be {first.name}, in "
            f"{counted(first.days_until_stockout, 'day')}."
        )
    else:
        worded.append("It is unknown what runs out when, as there is no demand history of anything in stock.")
    out = [one.item.name for one in analysis.out_of_stock_items]
    if out:
        worded.append(f"Out of stock already: {listing(out, at_most=_NAMED)}.")
    return worded


def _lasting(analysis: StockAnalysis, item_id: ItemId) -> str:
    item = analysis.items[item_id]
    if item.stock <= 0:
        return f"{item.name} is out of stock already."
    for one in analysis.stockout_predictions:
        if one.item_id == item_id:
            level = item.service_level or analysis.service_level
            return (
                f"At mean demand the {words(item.stock)} of {item.name} in stock last {counted(one.days_until_stockout, 'day')}, "
                f"and with {words(100 * level)} % probability {counted(one.days_covered, 'day')}."
            )
    used = analysis.consumption.get(item_id)
    if used is not None and used.mean <= 0:
        return f"{item.name} does not run out: its history shows no demand, and {words(item.stock)} are in stock."
    return f"How long the {words(item.stock)} of {item.name} last is unknown without a demand history."


def safety_words(analysis: StockAnalysis, named: Sequence[ItemId]) -> list[str]:
    """Word the safety stock and reorder point of each item, as far as they are known."""
    points = {one.item_id: one for one in analysis.reorder_recommendations}
    worded = []
    for item_id in named:
        if item_id in points:
            one = points[item_id]
            worded.append(
                f"The safety stock of {one.name} is {words(one.safety_stock)}, and its reorder point "
                f"{words(one.recommended_reorder_point)}, for a {words(100 * one.service_level)} % chance of not running out."
            )
        elif item_id in analysis.items:
            worded.append(
                f"The safety stock of {analysis.items[item_id].name} is unknown without its demand and `lead_time`."
            )
    return worded[:_NAMED]
