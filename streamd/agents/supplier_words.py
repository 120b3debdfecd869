"""The texts of the supplier agent: whom to buy from and why, the risks, and preferences without effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from streamd.agents.user_preferences import UserPreferences
from streamd.core.item import ItemId
from streamd.core.tool_calls import Action

if TYPE_CHECKING:
    from streamd.analysis import CostComparison, ProcurementRecommendation, SupplierAnalysis
    from streamd.ports.wording import Wording

_WARNED: Final = 3
_RANKED: Final = 5


def explained(
    analysis: SupplierAnalysis,
    recommendations: Sequence[ProcurementRecommendation],
    costs: Sequence[CostComparison],
    preferences: UserPreferences,
    actions: Collection[Action],
    wording: Wording,
) -> list[str]:
    """Explain a purchase, or without one all suppliers."""
    if not analysis.performance:
        return wording.suppliers_explained(analysis)
    sentences: list[str] = []
    if recommendations or costs:
        # A request to buy one thing needs no sentence that one thing is to be bought.
        sentences += wording.purchase_explained(
            recommendations, costs, with_overview=len(recommendations) != 1
        )
        sentences += [text for one in recommendations[:_WARNED] for text in _preferred(one, wording)]
        sentences += _risks(analysis, recommendations, wording)
    elif {"recommend", "tco"} & set(actions):
        sentences += wording.purchase_explained((), ())
        sentences.append(_ranking(analysis, preferences, wording))
    if not sentences or ("analyze" in actions and not recommendations):
        sentences += [one for one in wording.suppliers_explained(analysis) if one not in sentences]
    return [
        *sentences,
        *_not_counted(analysis, preferences, wording, has_money=bool(costs or recommendations)),
    ]


def _risks(
    analysis: SupplierAnalysis, recommendations: Sequence[ProcurementRecommendation], wording: Wording
) -> list[str]:
    """List the risks of the first recommended suppliers."""
    names = dict.fromkeys(best.supplier_id for one in recommendations if (best := one.best) is not None)
    risky = [analysis.risks_by_id[one] for one in names if analysis.risks_by_id[one].risk_level != "low"]
    return [
        wording.mind_the_risk(
            one.risk_level,
            one.supplier_name,
            one.risk_score,
            [wording.risk_description(risk) for risk in one.risks],
        )
        for one in risky[:_WARNED]
    ]


def _preferred(recommendation: ProcurementRecommendation, wording: Wording) -> list[str]:
    """Explain which preferred suppliers are not first all the same."""
    if recommendation.best is None:
        return []
    first, *others = recommendation.suppliers
    return [
        wording.preferred_not_first(
            choice.supplier_name, gained, place, recommendation.need.item_name, choice.score, first.score
        )
        for place, choice in enumerate(others, start=2)
        if (
            gained := [
                (part.points, wording.adjustment_reason(part))
                for part in choice.adjustments
                if part.points > 0
            ]
        )
    ]


def brief_words(analysis: SupplierAnalysis, matched: Collection[ItemId], wording: Wording) -> list[str]:
    """Return the scores behind an answer that names a few suppliers."""
    matching = [one for one in analysis.performance if one.supplier_id in matched and one.scores]
    if not matching or len(matching) > _WARNED or len(matching) == len(analysis.performance):
        return []
    return [
        wording.supplier_scores(
            one.supplier_name,
            one.overall_score,
            one.performance_tier,
            [
                (wording.score_grounds(aspect, figures), one.scores[aspect])
                for aspect, figures in one.figures.items()
            ],
        )
        for one in matching
    ]


def _ranking(analysis: SupplierAnalysis, preferences: UserPreferences, wording: Wording) -> str:
    """Rank the suppliers without a purchase: by their records, and by preferences."""
    from streamd.analysis import adjustments_for

    items = {supplier.id: supplier for supplier in analysis.market.suppliers}
    ranked = sorted(
        ((one, adjustments_for(items[one.supplier_id], preferences.choice)) for one in analysis.performance),
        key=lambda pair: -(pair[0].overall_score + sum(part.points for part in pair[1])),
    )
    return wording.general_ranking(
        [
            (
                one.supplier_name,
                one.overall_score,
                [(part.points, wording.adjustment_reason(part)) for part in parts],
            )
            for one, parts in ranked[:_RANKED]
        ]
    )


def _not_counted(
    analysis: SupplierAnalysis, preferences: UserPreferences, wording: Wording, *, has_money: bool
) -> list[str]:
    """Explain the preferences that could make no difference."""
    from streamd.analysis import text_in

    sentences = []
    places = {text_in(one, "location").casefold() for one in analysis.market.suppliers}
    missing = [
        one
        for one in preferences.choice.preferred_locations
        if not any(one.casefold() in place for place in places)
    ]
    if missing:
        sentences.append(wording.nobody_from(missing))
    names = {one.name.casefold() for one in analysis.market.suppliers}
    unknown = [one for one in preferences.choice.preferred_suppliers if one.casefold() not in names]
    if unknown:
        sentences.append(wording.nobody_called(unknown))
    if has_money and preferences.currency:
        sentences.append(wording.not_converted(preferences.currency))
    return sentences
