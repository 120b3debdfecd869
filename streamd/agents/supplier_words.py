"""What the supplier agent says: whom to buy from and why, what that risks, and what was not taken into account."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.agents.user_preferences import UserPreferences
from streamd.analysis import (
    CostComparison,
    ProcurementRecommendation,
    SupplierAnalysis,
    explain_procurement,
    explain_suppliers,
    text_in,
)
from streamd.core.item import ItemId
from streamd.core.tool_calls import Action
from streamd.text.lists import listing

_WARNED: Final = 3
_RANKED: Final = 5


def explained(
    analysis: SupplierAnalysis,
    recommendations: Sequence[ProcurementRecommendation],
    costs: Sequence[CostComparison],
    wishes: UserPreferences,
    actions: Collection[Action],
) -> list[str]:
    """Sentences: for a purchase about it, else about all suppliers."""
    if not analysis.performance:
        return explain_suppliers(analysis)
    said: list[str] = []
    if recommendations or costs:
        # Whoever asks about one thing need not be told that one thing is to be bought.
        said += explain_procurement(recommendations, costs, with_overview=len(recommendations) != 1)
        said += [text for one in recommendations[:_WARNED] for text in _preferred(one)]
        said += _risks(analysis, recommendations)
    elif {"recommend", "tco"} & set(actions):
        said += explain_procurement((), ())
        said += _ranking(analysis, wishes)
    if not said or ("analyze" in actions and not recommendations):
        said += [one for one in explain_suppliers(analysis) if one not in said]
    return [*said, *_not_counted(analysis, wishes, has_money=bool(costs or recommendations))]


def _risks(analysis: SupplierAnalysis, recommendations: Sequence[ProcurementRecommendation]) -> list[str]:
    """The risks of those who are recommended first."""
    names = dict.fromkeys(best.supplier_id for one in recommendations if (best := one.best) is not None)
    risky = [analysis.risks_by_id[one] for one in names if analysis.risks_by_id[one].risk_level != "low"]
    return [
        f"Mind the {one.risk_level} risk with {one.supplier_name} ({one.risk_score:.2f} of 1): "
        f"{listing([risk.description for risk in one.risks])}."
        for one in risky[:_WARNED]
    ]


def _preferred(recommendation: ProcurementRecommendation) -> list[str]:
    """What preferences gave suppliers that are not the first all the same."""
    if recommendation.best is None:
        return []
    first, *others = recommendation.suppliers
    return [
        f"{choice.supplier_name} gains {listing([f'{part.points:.2f} as {part.reason}' for part in gained])}, and still is "
        f"number {place} for {recommendation.need.item_name}: {choice.score:.2f} against {first.score:.2f}."
        for place, choice in enumerate(others, start=2)
        if (gained := [part for part in choice.adjustments if part.points > 0])
    ]


def brief_words(analysis: SupplierAnalysis, matched: Collection[ItemId]) -> list[str]:
    """What an answer that names a few suppliers can rest on: their scores."""
    found = [one for one in analysis.performance if one.supplier_id in matched and one.scores]
    if not found or len(found) > _WARNED or len(found) == len(analysis.performance):
        return []
    return [
        f"{one.supplier_name} scores {one.overall_score:.2f} of 1, {one.performance_tier}: "
        f"{listing([f'{ground} ({one.scores[aspect]:.2f})' for aspect, ground in one.grounds.items()], at_most=4)}."
        for one in found
    ]


def _ranking(analysis: SupplierAnalysis, wishes: UserPreferences) -> list[str]:
    """Whom to buy from when it is not said what: by what is recorded of the suppliers, and by what is preferred."""
    items = {supplier.id: supplier for supplier in analysis.market.suppliers}
    ranked = sorted(
        ((one, wishes.choice.adjustments(items[one.supplier_id])) for one in analysis.performance),
        key=lambda pair: -(pair[0].overall_score + sum(part.points for part in pair[1])),
    )
    told = [
        f"{one.supplier_name} ({one.overall_score:.2f}"
        f"{''.join(f', {part.points:+.2f} as {part.reason}' for part in parts)})"
        for one, parts in ranked[:_RANKED]
    ]
    return [f"In general the order would be: {listing(told, at_most=_RANKED)}."]


def _not_counted(analysis: SupplierAnalysis, wishes: UserPreferences, *, has_money: bool) -> list[str]:
    """Wishes that could make no difference, and why."""
    said = []
    places = {text_in(one, "location").casefold() for one in analysis.market.suppliers}
    missing = [
        one
        for one in wishes.choice.preferred_locations
        if not any(one.casefold() in place for place in places)
    ]
    if missing:
        said.append(
            f"You prefer suppliers from {listing(missing)}, but no supplier's `location` says that it is from there."
        )
    names = {one.name.casefold() for one in analysis.market.suppliers}
    unknown = [one for one in wishes.choice.preferred_suppliers if one.casefold() not in names]
    if unknown:
        said.append(f"You prefer {listing(unknown)}, but there is no such supplier here.")
    if has_money and wishes.currency:
        said.append(f"Amounts are as recorded; nothing was converted to {wishes.currency}.")
    return said
