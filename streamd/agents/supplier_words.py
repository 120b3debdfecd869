"""The texts of the supplier agent: whom to buy from and why, the risks, and preferences without effect."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.agents.user_preferences import UserPreferences
from streamd.analysis import (
    CostComparison,
    ProcurementRecommendation,
    SupplierAnalysis,
    adjustments_for,
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
    preferences: UserPreferences,
    actions: Collection[Action],
) -> list[str]:
    """Explain a purchase, or without one all suppliers."""
    if not analysis.performance:
        return explain_suppliers(analysis)
    sentences: list[str] = []
    if recommendations or costs:
        # A request to buy one thing needs no sentence that one thing is to be bought.
        sentences += explain_procurement(recommendations, costs, with_overview=len(recommendations) != 1)
        sentences += [text for one in recommendations[:_WARNED] for text in _preferred(one)]
        sentences += _risks(analysis, recommendations)
    elif {"recommend", "tco"} & set(actions):
        sentences += explain_procurement((), ())
        sentences += _ranking(analysis, preferences)
    if not sentences or ("analyze" in actions and not recommendations):
        sentences += [one for one in explain_suppliers(analysis) if one not in sentences]
    return [*sentences, *_not_counted(analysis, preferences, has_money=bool(costs or recommendations))]


def _risks(analysis: SupplierAnalysis, recommendations: Sequence[ProcurementRecommendation]) -> list[str]:
    """List the risks of the first recommended suppliers."""
    names = dict.fromkeys(best.supplier_id for one in recommendations if (best := one.best) is not None)
    risky = [analysis.risks_by_id[one] for one in names if analysis.risks_by_id[one].risk_level != "low"]
    return [
        f"Mind the {one.risk_level} risk with {one.supplier_name} ({one.risk_score:.2f} of 1): "
        f"{listing([risk.description for risk in one.risks])}."
        for one in risky[:_WARNED]
    ]


def _preferred(recommendation: ProcurementRecommendation) -> list[str]:
    """Explain which preferred suppliers are not first all the same."""
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
    """Return the scores behind an answer that names a few suppliers."""
    matching = [one for one in analysis.performance if one.supplier_id in matched and one.scores]
    if not matching or len(matching) > _WARNED or len(matching) == len(analysis.performance):
        return []
    return [
        f"{one.supplier_name} scores {one.overall_score:.2f} of 1, {one.performance_tier}: "
        f"{listing([f'{ground} ({one.scores[aspect]:.2f})' for aspect, ground in one.grounds.items()], at_most=4)}."
        for one in matching
    ]


def _ranking(analysis: SupplierAnalysis, preferences: UserPreferences) -> list[str]:
    """Rank the suppliers without a purchase: by their records, and by preferences."""
    items = {supplier.id: supplier for supplier in analysis.market.suppliers}
    ranked = sorted(
        ((one, adjustments_for(items[one.supplier_id], preferences.choice)) for one in analysis.performance),
        key=lambda pair: -(pair[0].overall_score + sum(part.points for part in pair[1])),
    )
    ranking = [
        f"{one.supplier_name} ({one.overall_score:.2f}"
        f"{''.join(f', {part.points:+.2f} as {part.reason}' for part in parts)})"
        for one, parts in ranked[:_RANKED]
    ]
    return [f"In general the order would be: {listing(ranking, at_most=_RANKED)}."]


def _not_counted(analysis: SupplierAnalysis, preferences: UserPreferences, *, has_money: bool) -> list[str]:
    """Explain the preferences that could make no difference."""
    sentences = []
    places = {text_in(one, "location").casefold() for one in analysis.market.suppliers}
    missing = [
        one
        for one in preferences.choice.preferred_locations
        if not any(one.casefold() in place for place in places)
    ]
    if missing:
        sentences.append(
            f"You prefer suppliers from {listing(missing)}, but no supplier's `location` says that it is from there."
        )
    names = {one.name.casefold() for one in analysis.market.suppliers}
    unknown = [one for one in preferences.choice.preferred_suppliers if one.casefold() not in names]
    if unknown:
        sentences.append(f"You prefer {listing(unknown)}, but there is no such supplier here.")
    if has_money and preferences.currency:
        sentences.append(f"Amounts are as recorded; nothing was converted to {preferences.currency}.")
    return sentences
