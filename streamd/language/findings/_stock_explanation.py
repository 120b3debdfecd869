"""Explains a stock analysis by topics: its findings, the figures behind them, and missing data."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from streamd.analysis import (
    OVERSTOCK_FACTOR,
    ReorderRecommendation,
    StockAnalysis,
    StockoutPrediction,
    StockTopic,
)
from streamd.core.lists.exact_numbers import exact_product, exact_sum
from streamd.language.findings._stock_sentences import GAPS, impact_of, low_reason, order_basis
from streamd.text.figures import money, words
from streamd.text.lists import listing
from streamd.text.plurals import counted

_NAMED: Final = 5
"""Items named in one sentence."""
_SOON: Final = 14
"""Days."""


def explain_stock(analysis: StockAnalysis, *, first: Collection[StockTopic] = ()) -> list[str]:
    """Explain what was computed, with the numbers behind it: the topics in `first`, then the others, missing data last."""
    if analysis.examined == 0:
        return [
            (
                "There is no item with a stock figure, so there is nothing to analyse: add inventory items with "
                "`current_stock`, import them from CSV, or give them as `inventory_data` with the request."
            )
        ]
    topics = sorted(_SENTENCES, key=lambda topic: topic not in first)
    return [sentence for topic in topics for sentence in _SENTENCES[topic](analysis)]


def _overview(analysis: StockAnalysis) -> list[str]:
    worth = analysis.summary.stock_value
    valued = f", worth {money(worth)} at cost as far as their unit cost is known" if worth > 0 else ""
    return [f"I examined the stock of {counted(analysis.examined, 'item')}{valued}."]


def _low(analysis: StockAnalysis) -> list[str]:
    low = analysis.low_stock_items
    if not low:
        return []
    urgent = sum(one.urgency == "high" for one in low)
    named = [f"{one.name} ({low_reason(analysis.items[one.item_id])})" for one in low]
    return [
        (
            f"{counted(len(low), 'item')} {_are(len(low))} at or below the reorder point, {_urgent(urgent, len(low))}: "
            f"{listing(named, at_most=_NAMED)}."
        )
    ]


def _none_low(analysis: StockAnalysis) -> list[str]:
    limited = sum(one.reorder_point is not None for one in analysis.items.values())
    if analysis.low_stock_items or not limited:
        return []
    return [f"Nothing is low, of {counted(limited, 'item')} with a reorder point."]


def _urgent(urgent: int, low: int) -> str:
    which = "urgent" if urgent == low else f"{urgent} of them urgent"
    return (
        f"{which}, as the minimum is reached or nothing is left"
        if urgent
        else "none of them at the minimum yet"
    )


def _out(analysis: StockAnalysis) -> list[str]:
    out = analysis.out_of_stock_items
    sentences = [f"{one.item.name} is out of stock. {impact_of(one)}." for one in out[:_NAMED]]
    more = len(out) - _NAMED
    return [*sentences, f"{words(more)} more {_are(more)} out of stock."] if more > 0 else sentences


def _over(analysis: StockAnalysis) -> list[str]:
    over = analysis.overstocked_items
    if not over:
        return []
    bound = exact_sum(exact_product(one.excess, one.item.unit_cost or 0) for one in over)
    worded = [f"{one.item.name} ({words(one.current_stock)} against {words(one.max_stock)})" for one in over]
    money_bound = f" What is above the maximum binds {money(bound)}." if bound > 0 else ""
    return [
        (
            f"{counted(len(over), 'item')} {_are(len(over))} overstocked, above {OVERSTOCK_FACTOR:g} times the maximum: "
            f"{listing(worded, at_most=_NAMED)}.{money_bound}"
        )
    ]


def _stockouts(analysis: StockAnalysis) -> list[str]:
    ahead = [one for one in analysis.stockout_predictions if one.current_stock > 0]
    soon = [one for one in ahead if one.days_until_stockout <= _SOON]
    if not ahead:
        return []
    if not soon:
        first = ahead[0]
        return [
            (
                f"At mean demand nothing runs out within {_SOON} days; the first would be {first.name}, "
                f"in {counted(first.days_until_stockout, 'day')}."
            )
        ]
    worded = [
        f"{one.name} in {counted(one.days_until_stockout, 'day')} ({one.risk_level}; {_sure(analysis, one)})"
        for one in soon
    ]
    return [f"At mean demand {len(soon)} will be out within {_SOON} days: {listing(worded, at_most=_NAMED)}."]


def _sure(analysis: StockAnalysis, one: StockoutPrediction) -> str:
    level = analysis.items[one.item_id].service_level or analysis.service_level
    return f"{words(100 * level)} % sure to last {counted(one.days_covered, 'day')}"


def _points(analysis: StockAnalysis) -> list[str]:
    points = analysis.reorder_recommendations
    if not points:
        return []
    rare = sum(one.is_intermittent for one in points)
    sentence = (
        f"For {counted(len(points), 'item')} demand and lead time are known, so the reorder point follows: mean demand over the "
        f"lead time plus safety stock, for {_service(points)} of not running out"
    )
    example = max(points, key=lambda one: one.confidence)
    sentence += (
        f"; {example.name} needs {words(example.recommended_reorder_point)}, "
        f"{words(example.safety_stock)} of it as safety (confidence {example.confidence:.2f})."
    )
    if rare:
        sentence += (
            f" {counted(rare, 'item')} {_are(rare)} asked for only now and then: there the safety stock follows from how "
            "often and how much is asked for, as a normal distribution fits such demand badly."
        )
    return [sentence]


def _service(points: Sequence[ReorderRecommendation]) -> str:
    levels = {one.service_level for one in points}
    return f"a {words(100 * levels.pop())} % chance" if len(levels) == 1 else "each item's own chance"


def _classes(analysis: StockAnalysis) -> list[str]:
    classes = analysis.abc_analysis
    if classes is None:
        return []
    first = [share for share in classes.shares if share.value_class == "A"]
    part = sum(share.percentage for share in first)
    by = "a year's demand at cost" if classes.basis == "annual_usage" else "stock at cost"
    counts = {name: sum(share.value_class == name for share in classes.shares) for name in ("A", "B", "C")}
    return [
        (
            f"By {by}, {counted(counts['A'], 'item')} of {len(classes.shares)} {_are(counts['A'])} class A with {words(part)} % of the "
            f"value ({listing([share.name for share in first])}); {counts['B']} {_are(counts['B'])} B, "
            f"{counts['C']} {_are(counts['C'])} C."
        )
    ]


def _turnover(analysis: StockAnalysis) -> list[str]:
    sentences, summary = [], analysis.summary
    if summary.turns_per_year is not None:
        sentences.append(
            f"All in all the stock turns over {words(summary.turns_per_year)} times a year, at cost."
        )
    moving = [one for one in analysis.turnover if one.days_of_supply is not None]
    if moving:
        slow = moving[0]
        sentences.append(
            f"{slow.name} moves slowest: {words(slow.turns_per_year)} times a year, "
            f"{counted(slow.days_of_supply or 0.0, 'day')} of supply."
        )
    still = [one.name for one in analysis.turnover if one.days_of_supply is None]
    if still:
        sentences.append(
            f"There was no demand at all for {listing(still, at_most=_NAMED)}, though there is stock."
        )
    return sentences


def _economic(analysis: StockAnalysis) -> list[str]:
    orders = analysis.economic_orders
    if not orders:
        return []
    worded = [
        f"{words(round(one.quantity))} of {one.name} ({words(one.orders_per_year)} orders a year, "
        f"{money(one.annual_cost)} for ordering and holding)"
        for one in orders
    ]
    return [f"Ordering and holding together cost least at {listing(worded)} per order."]


def _orders(analysis: StockAnalysis) -> list[str]:
    orders = analysis.reorders
    named = [
        f"{words(one.order.units)} of {one.item.name} ({order_basis(one.order)})"
        for one in orders
        if one.order is not None
    ]
    if not named:
        return []
    cost = exact_sum(exact_product(one.quantity or 0, one.item.unit_cost or 0) for one in orders)
    return [
        f"To order now: {listing(named, at_most=_NAMED)}{f'; {money(cost)} at cost' if cost > 0 else ''}."
    ]


def _no_orders(analysis: StockAnalysis) -> list[str]:
    return [] if analysis.reorders else ["Nothing needs to be ordered now, as far as the figures tell."]


def _unknown_quantities(analysis: StockAnalysis) -> list[str]:
    unknown = [one.item.name for one in analysis.reorders if one.quantity is None]
    if not unknown:
        return []
    return [
        (
            f"How much to order of {listing(unknown, at_most=_NAMED)} is unknown without `max_stock`, "
            "`reorder_point`, or demand and `lead_time`."
        )
    ]


def _missing(analysis: StockAnalysis) -> list[str]:
    return [
        f"{counted(gap.items, 'item')} without `{gap.field}` ({_some(gap.examples, gap.items)}) "
        f"cannot be part of {GAPS[gap.field][0]}: {GAPS[gap.field][1]}."
        for gap in analysis.gaps
    ]


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _some(names: Sequence[str], count: int) -> str:
    """A few names of so many."""
    more = count - len(names)
    return f"{', '.join(names)} and {words(more)} more" if more > 0 else listing(names)


_SENTENCES: Final[Mapping[StockTopic, Callable[[StockAnalysis], list[str]]]] = {
    "overview": _overview,
    "low_stock": _low,
    "no_low_stock": _none_low,
    "out_of_stock": _out,
    "overstock": _over,
    "stockouts": _stockouts,
    "reorder_points": _points,
    "value_classes": _classes,
    "turnover": _turnover,
    "economic_orders": _economic,
    "orders": _orders,
    "no_orders": _no_orders,
    "unknown_quantities": _unknown_quantities,
    "missing_data": _missing,
}
"""The wording of each topic, in the usual order; a topic without findings has no sentences."""
