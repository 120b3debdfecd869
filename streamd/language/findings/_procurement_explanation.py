"""Explains procurement recommendations: needs, suppliers, reasons and total costs."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from streamd.analysis import CostComparison, ProcurementRecommendation
from streamd.core.lists.exact_numbers import exact_sum
from streamd.language.findings._cost_sentences import cost_gap, cost_text
from streamd.language.findings._recommendation_sentences import recommendation_text
from streamd.language.findings._stock_sentences import reasons_text
from streamd.text.figures import money
from streamd.text.lists import listing
from streamd.text.plurals import counted

_TOLD: Final = 5
"""The number of needs with sentences of their own."""


def explain_procurement(
    recommendations: Sequence[ProcurementRecommendation],
    costs: Sequence[CostComparison] = (),
    *,
    with_overview: bool = True,
) -> list[str]:
    """Sentences, each with the numbers behind it; only of what was computed. Ends with the data that is missing."""
    if not recommendations and not costs:
        return [
            (
                "Nothing needs to be bought as far as the stock figures tell: no item with a known order quantity is low, "
                "out, or used up before a delivery could arrive. For another answer set `reorder_point` and `max_stock`, or "
                "import demand."
            )
        ]
    sentences = []
    if recommendations and with_overview:
        urgencies = Counter(one.need.urgency for one in recommendations)
        worded = listing(
            [
                f"{urgencies[level]} of {level} urgency"
                for level in ("high", "medium", "low")
                if urgencies[level]
            ]
        )
        many = len(recommendations)
        sentences.append(f"{counted(many, 'item')} {'has' if many == 1 else 'have'} to be bought, {worded}.")
    for one in recommendations[:_TOLD]:
        sentences.append(
            f"{one.need.item_name}: {reasons_text(one.need.reasons)}." if one.need.reasons else ""
        )
        sentences.append(f"{recommendation_text(one)}.")
    if len(recommendations) > _TOLD:
        rest = [
            f"{one.need.item_name} from {one.best.supplier_name}"
            for one in recommendations[_TOLD:]
            if one.best is not None
        ]
        if rest:
            sentences.append(f"Also to buy: {listing(rest, at_most=_TOLD)}.")
    sentences += _total(recommendations)
    sentences += [f"{cost_text(one)}." for one in costs[:_TOLD]]
    if len(costs) > _TOLD:
        sentences.append(f"The total costs of {len(costs) - _TOLD} more are listed under tco_analysis.")
    sentences += _not_counted(costs)
    sentences += _missing(recommendations)
    return [text for text in sentences if text]


def _total(recommendations: Sequence[ProcurementRecommendation]) -> list[str]:
    priced = [
        one.best.total_cost
        for one in recommendations
        if one.best is not None and one.best.total_cost is not None
    ]
    if not priced:
        return []
    many = len(recommendations)
    of = "" if len(priced) == many else f", counting the {len(priced)} of {many} whose price is recorded"
    return [f"From the suppliers recommended this costs {money(exact_sum(priced))}{of}."]


def _not_counted(costs: Sequence[CostComparison]) -> list[str]:
    lacking = dict.fromkeys(
        cost_gap(gap) for one in costs for supplier in one.suppliers for gap in supplier.missing
    )
    if not lacking:
        return []
    return [
        f"Not in every total cost, as it is not recorded everywhere: {listing(list(lacking), at_most=9)}."
    ]


def _missing(recommendations: Sequence[ProcurementRecommendation]) -> list[str]:
    lacking: dict[str, list[str]] = {"delivery_time": [], "reliability_score": [], "unit_cost": []}
    for choice in (choice for one in recommendations for choice in one.suppliers):
        if choice.delivery_time is None:
            lacking["delivery_time"].append(choice.supplier_name)
        if choice.reliability is None:
            lacking["reliability_score"].append(choice.supplier_name)
        if choice.cost is None:
            lacking["unit_cost"].append(choice.supplier_name)
    return [
        f"Record `{field}` of {listing(list(dict.fromkeys(names)))} for a better choice{_FURTHER.get(field, '')}."
        for field, names in lacking.items()
        if names
    ]


_FURTHER: Final = {"unit_cost": ", or `prices` ({item: money per unit})"}
