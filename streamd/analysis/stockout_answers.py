"""Answers questions about future stockouts and safety stock."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.analysis.stock import StockAnalysis
from streamd.core.item import Item, ItemId
from streamd.text.figures import words
from streamd.text.lists import listing
from streamd.text.number_words import CARDINALS, cardinal_of
from streamd.text.plurals import counted
from streamd.text.time_words import DAYS_IN

_AHEAD: Final = re.compile(
    r"\b(?:when|will|would|going to|how (?:long|many days|soon)|within|next|soon|predict\w*|about to)\b.*"
    r"\b(?:runs? out|running out|stock-?\s?outs?|be out|out of|lasts?|used up)\b"
    r"|\b(?:runs? out|running out|stock-?\s?outs?)\b.*\b(?:when|within|next|soon|in \d+)\b",
    re.IGNORECASE | re.DOTALL,
)
_WITHIN: Final = re.compile(
    rf"\b(?:within|in|next|over)\s+(?:the\s+)?(?:next\s+|coming\s+)?(\d{{1,4}}|an?|{'|'.join(CARDINALS)})?\s*"
    rf"({'|'.join(DAYS_IN)})s?\b",
    re.IGNORECASE,
)
_USUAL_DAYS: Final = 14
_NAMED: Final = 10


def asks_ahead(question: str) -> bool:
    """Whether a question is about future stockouts rather than present ones."""
    return _AHEAD.search(question) is not None


def horizon_days(question: str) -> int:
    """The horizon of a question in days; two weeks by default."""
    found = _WITHIN.search(question)
    if found is None:
        return _USUAL_DAYS
    count = cardinal_of((found.group(1) or "a").casefold()) or 0
    return round(count * DAYS_IN[found.group(2).casefold()])


def named_in(question: str, items: Sequence[Item]) -> list[ItemId]:
    """Find the items named in a question, in the singular or plural."""
    asked = question.casefold()
    # A pattern costs much more than a look at the text, and there may be a hundred thousand items.
    likely = [
        (item.id, stem)
        for item in items
        if (stem := item.name.casefold().removesuffix("s")) and stem in asked
    ]
    return [
        item_id for item_id, stem in likely if re.search(rf"(?<!\w){re.escape(stem)}(?:s|es)?(?!\w)", asked)
    ]


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
        worded.append(
            "What runs out when cannot be told, as there is no demand history of anything in stock."
        )
    out = [one.name for one in analysis.out_of_stock_items]
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
    return f"How long the {words(item.stock)} of {item.name} last cannot be told without a demand history."


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
                f"The safety stock of {analysis.items[item_id].name} cannot be told without its demand and `lead_time`."
            )
    return worded[:_NAMED]
