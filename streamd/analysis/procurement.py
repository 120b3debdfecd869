"""Recommends suppliers for needs, by scores weighted with the need's urgency."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from streamd.analysis._capability import Capability, capability_of
from streamd.analysis._prices import UnitPrice, price_of
from streamd.analysis.item_fields import number_in
from streamd.analysis.preference_points import Adjustment, adjustments_for
from streamd.analysis.procurement_findings import ProcurementRecommendation, SupplierChoice
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_data import NeedUrgency
from streamd.analysis.supplier_performance import UNKNOWN
from streamd.analysis.suppliers import SupplierAnalysis
from streamd.core.item import Item
from streamd.core.supplier_preferences import NO_PREFERENCES, Aspect, SupplierPreferences

URGENCY_WEIGHTS: Final[Mapping[NeedUrgency, Mapping[Aspect, float]]] = {
    "high": {"delivery": 0.45, "quality": 0.15, "cost": 0.10, "reliability": 0.30},
    "medium": {"delivery": 0.25, "quality": 0.25, "cost": 0.25, "reliability": 0.25},
    "low": {"delivery": 0.15, "quality": 0.25, "cost": 0.40, "reliability": 0.20},
}
"""The weights of the aspects: speed and certainty for urgent needs, price for others."""
UNVERIFIED: Final = -0.10
"""The points for a supplier that may not have the item."""
COMPARED_AT_MOST: Final = 200
"""Suppliers compared for a need that none of them lists."""


def procurement_recommendations(
    needs: Iterable[PurchaseNeed],
    analysis: SupplierAnalysis,
    preferences: SupplierPreferences = NO_PREFERENCES,
    *,
    at_most: int = 3,
) -> tuple[ProcurementRecommendation, ...]:
    """Recommend the best suppliers for each need, the best first, with reasons.

    The score is the mean of the scores 0 to 1 of `supplier_performance`, weighted by `URGENCY_WEIGHTS` (the linear
    weighting method of vendor selection: Timmerman, "An approach to vendor performance evaluation", Journal of
    Purchasing and Materials Management 22, 1986), plus what the preferences give or take, within 0 to 1. Cost is compared
    among the suppliers of the need: the lowest price / the supplier's own. An aspect that is unknown of all is left out;
    one that is known of some counts 0.5 for the others.

    Compared are the suppliers that list the item or its category and the one it comes from at present. Where nobody
    lists it the 200 that perform best and the preferred ones are compared, and those of which it is not known whether
    they have it lose 0.1.
    """
    by_need = []
    capability = capability_of(analysis.market, _likely(analysis, preferences))
    for need in needs:
        ranked, weights = _ranked(need, analysis, preferences, capability)
        chosen = tuple(ranked[:at_most])
        by_need.append(
            ProcurementRecommendation(
                need=need,
                suppliers=chosen,
                compared=len(ranked),
                weights=weights,
                priority=preferences.priority,
                first_by_figures=_first_by_figures(ranked),
                first_in_time=next(
                    (one for one in ranked if one.delivery_time is not None and not one.is_late), None
                ),
                left_out=tuple(capability.left_out(need)),
            )
        )
    return tuple(by_need)


def _likely(analysis: SupplierAnalysis, preferences: SupplierPreferences) -> Sequence[Item]:
    best = analysis.best(COMPARED_AT_MOST)
    if len(analysis.market.suppliers) <= len(best) or not preferences:
        return best
    known = {one.id for one in best}
    preferred = [
        one
        for one in analysis.market.suppliers
        if one.id not in known and sum(part.points for part in adjustments_for(one, preferences)) > 0
    ]
    return [*best, *preferred]


def _weights(
    urgency: NeedUrgency, priority: Aspect | None, known: Collection[Aspect]
) -> Mapping[Aspect, float]:
    """The weights of the known aspects by urgency, with the priority's doubled; their sum is 1."""
    doubled = {
        aspect: weight * (2 if aspect == priority else 1)
        for aspect, weight in URGENCY_WEIGHTS[urgency].items()
        if aspect in known
    }
    total = sum(doubled.values())
    return {aspect: weight / total for aspect, weight in doubled.items()}


def _ranked(
    need: PurchaseNeed, analysis: SupplierAnalysis, preferences: SupplierPreferences, capability: Capability
) -> tuple[list[SupplierChoice], Mapping[Aspect, float]]:
    """Rank the candidates, the best first; returns them with the weights."""
    candidates, listing = capability.candidates(need)
    prices = {supplier.id: price_of(need, supplier) for supplier in candidates}
    known_prices = [price.per_unit for price in prices.values() if price is not None]
    lowest = min(known_prices) if len(known_prices) > 1 else None
    scored: list[tuple[Item, dict[Aspect, float]]] = []
    for supplier in candidates:
        performance = analysis.performance_by_id[supplier.id]
        scores: dict[Aspect, float] = dict(performance.scores)
        scores.pop("cost", None)
        price = prices[supplier.id]
        if price is not None and lowest is not None:
            scores["cost"] = 1.0 if price.per_unit <= 0 else lowest / price.per_unit
        scored.append((supplier, scores))
    known = {aspect for _, scores in scored for aspect in scores}
    weights = _weights(need.urgency, preferences.priority, known)
    choices = []
    for supplier, scores in scored:
        is_proven = supplier.id in listing
        adjustments = adjustments_for(supplier, preferences)
        if not is_proven:
            adjustments += (Adjustment(UNVERIFIED, "unverified", supplier.name, need.item_name),)
        weighted = sum(weight * scores.get(aspect, UNKNOWN) for aspect, weight in weights.items())
        points = (weighted if weights else UNKNOWN) + sum(one.points for one in adjustments)
        choices.append(_choice(supplier, need, prices[supplier.id], points, scores, adjustments))
    return sorted(choices, key=_order), weights


def _choice(
    supplier: Item,
    need: PurchaseNeed,
    price: UnitPrice | None,
    points: float,
    scores: Mapping[Aspect, float],
    adjustments: Sequence[Adjustment],
) -> SupplierChoice:
    time = number_in(supplier, "delivery_time")
    is_late = time is not None and need.within_days is not None and time > need.within_days
    return SupplierChoice(
        supplier_id=supplier.id,
        supplier_name=supplier.name,
        points=points,
        delivery_time=time,
        price=price,
        total_cost=None if price is None else price.per_unit * need.quantity,
        reliability=scores.get("reliability"),
        scores=scores,
        adjustments=tuple(adjustments),
        is_late=is_late,
    )


def _first_by_figures(ranked: Sequence[SupplierChoice]) -> SupplierChoice | None:
    """The supplier that would come first without adjustments; None where it does."""
    if not any(one.adjustments for one in ranked):
        return None
    plainly = min(ranked, key=lambda one: sum(part.points for part in one.adjustments) - one.points)
    return None if plainly.supplier_id == ranked[0].supplier_id else plainly


def _order(choice: SupplierChoice) -> tuple[bool, float, str]:
    """The sort key of a choice: avoided suppliers last, then by points."""
    return choice.is_avoided, -round(choice.points, 9), choice.supplier_id
