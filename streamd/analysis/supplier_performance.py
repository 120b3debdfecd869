"""Scores of a supplier: delivery, quality, cost and reliability, each from 0 (bad) to 1 (good)."""

from collections.abc import Mapping
from typing import Final

from streamd.analysis._market import Market
from streamd.analysis.item_fields import number_in, text_in, texts_in
from streamd.analysis.supplier_data import Tier
from streamd.analysis.supplier_findings import Grounds, SupplierAdvice
from streamd.core.item import Item, ItemId
from streamd.core.supplier_preferences import Aspect
from streamd.facts import frozen

WEIGHTS: Final[Mapping[Aspect, float]] = {"delivery": 0.3, "quality": 0.25, "cost": 0.15, "reliability": 0.3}
"""The weights of the aspects; unknown aspects are left out and the others share their weight."""
UNKNOWN: Final = 0.5
"""The score of an unknown aspect."""
SLOWEST_DAYS: Final = 30.0
"""A delivery that takes this long, or longer, scores 0."""
WORST_DEFECTS: Final = 10.0
"""Percent of defective units that score 0."""
FEWEST_DELIVERIES: Final = 3
"""The fewest delivered orders that show punctuality."""
_TIERS: Final[tuple[tuple[float, Tier], ...]] = ((0.85, "excellent"), (0.7, "good"), (0.5, "fair"))
_WEAK: Final = 0.5

_Rated = tuple[float, Grounds]
"""A score, and the figures it comes from."""


@frozen
class SupplierPerformance:
    """The performance of one supplier."""

    supplier_id: ItemId
    supplier_name: str
    scores: Mapping[Aspect, float]
    """The scores of the known aspects."""
    figures: Mapping[Aspect, Grounds]
    """The figures that each score is computed from."""
    overall_score: float
    performance_tier: Tier
    advice: tuple[SupplierAdvice, ...]

    @property
    def unknown(self) -> tuple[Aspect, ...]:
        """The aspects without a score."""
        return tuple(aspect for aspect in WEIGHTS if aspect not in self.scores)


def performance_of(supplier: Item, market: Market) -> SupplierPerformance:
    """The supplier's scores, after the weighted-point method of purchasing.

    Dickson, "An analysis of vendor selection systems and decisions" (Journal of Purchasing 2, 1966), found quality,
    delivery, performance history and price to count most; the scales and weights are ours:

    - delivery: speed is 1 at no delay, falling in a straight line to 0 at 30 days of `delivery_time`; punctuality is the
      share of deliveries on time, from `on_time_rate` (percent) or at least three orders with `expected_delivery` and
      `actual_delivery`; their mean where both are known
    - quality: 1 without defects, falling in a straight line to 0 at a `defect_rate` of 10 percent; where no rate is
      known, certificates count instead: 0.6 for one, 0.7 for two, 0.8 for three and more
    - cost: the lowest `unit_cost` of the same category, divided by the supplier's own; unknown without a competitor
    - reliability: `reliability_score` / 100

    The overall score is their mean, weighted by `WEIGHTS`. Tiers: excellent from 0.85, good from 0.7, fair from 0.5,
    poor below; unrated where nothing is known.
    """
    found: Mapping[Aspect, _Rated | None] = {
        "delivery": _delivery(supplier, market),
        "quality": _quality(supplier),
        "cost": _cost(supplier, market),
        "reliability": _reliability(supplier),
    }
    rated = {aspect: pair for aspect, pair in found.items() if pair is not None}
    scores = {aspect: score for aspect, (score, _) in rated.items()}
    weight = sum(WEIGHTS[aspect] for aspect in scores)
    overall = sum(WEIGHTS[aspect] * score for aspect, score in scores.items()) / weight if scores else UNKNOWN
    return SupplierPerformance(
        supplier_id=supplier.id,
        supplier_name=supplier.name,
        scores=scores,
        figures={aspect: figures for aspect, (_, figures) in rated.items()},
        overall_score=overall,
        performance_tier=_tier(overall) if scores else "unrated",
        advice=_advice(supplier, market, scores),
    )


def _tier(overall: float) -> Tier:
    return next((tier for least, tier in _TIERS if round(overall, 9) >= least), "poor")


def _within(score: float) -> float:
    return min(1.0, max(0.0, score))


def _delivery(supplier: Item, market: Market) -> _Rated | None:
    time, punctual = number_in(supplier, "delivery_time"), _punctuality(supplier, market)
    speed: _Rated | None = None if time is None else (_within(1 - time / SLOWEST_DAYS), {"days": time})
    if speed is None or punctual is None:
        return speed or punctual
    return (speed[0] + punctual[0]) / 2, {**speed[1], **punctual[1]}


def _punctuality(supplier: Item, market: Market) -> _Rated | None:
    rate = number_in(supplier, "on_time_rate")
    if rate is not None:
        return _within(rate / 100), {"on_time_percent": rate}
    on_time = [
        actual[:10] <= expected[:10]  # dates as text, YYYY-MM-DD, are in order
        for order in market.dependents_of(supplier)
        if (expected := text_in(order, "expected_delivery")) and (actual := text_in(order, "actual_delivery"))
    ]
    if len(on_time) < FEWEST_DELIVERIES:
        return None
    return sum(on_time) / len(on_time), {"on_time_orders": sum(on_time), "orders": len(on_time)}


def _quality(supplier: Item) -> _Rated | None:
    rate = number_in(supplier, "defect_rate")
    if rate is not None:
        return _within(1 - rate / WORST_DEFECTS), {"defect_percent": rate}
    many = len(texts_in(supplier, "certifications"))
    return (0.5 + 0.1 * min(3, many), {"certificates": many}) if many else None


def _cost(supplier: Item, market: Market) -> _Rated | None:
    own, lowest = number_in(supplier, "unit_cost"), market.lowest_rival_cost(supplier)
    if own is None or lowest is None:
        return None
    return (_within(lowest / own) if own > 0 else 1.0), {"unit_cost": own, "lowest_unit_cost": lowest}


def _reliability(supplier: Item) -> _Rated | None:
    score = number_in(supplier, "reliability_score")
    return None if score is None else (_within(score / 100), {"reliability": score})


def _advice(supplier: Item, market: Market, scores: Mapping[Aspect, float]) -> tuple[SupplierAdvice, ...]:
    found = []
    if scores.get("reliability", 1.0) < _WEAK:
        score = number_in(supplier, "reliability_score") or 0.0
        found.append(SupplierAdvice("avoid_for_critical_items", score))
    time = number_in(supplier, "delivery_time")
    if time is not None and 1 - time / SLOWEST_DAYS < _WEAK:
        fastest = market.fastest
        rival = (
            (fastest.name, number_in(fastest, "delivery_time") or 0.0)
            if fastest is not None and fastest.id != supplier.id
            else None
        )
        found.append(SupplierAdvice("shorten_delivery", time, rival))
    elif scores.get("delivery", 1.0) < _WEAK:
        found.append(SupplierAdvice("penalise_lateness"))
    if scores.get("quality", 1.0) < _WEAK:
        found.append(SupplierAdvice("inspect_deliveries", number_in(supplier, "defect_rate") or 0.0))
    if scores.get("cost", 1.0) < _WEAK:
        found.append(SupplierAdvice("negotiate_price"))
    unknown = tuple(aspect for aspect in WEIGHTS if aspect not in scores)
    if unknown:
        found.append(SupplierAdvice("record_data", aspects=unknown))
    elif not found and min(scores.values()) >= _TIERS[1][0]:
        found.append(SupplierAdvice("prefer"))
    return tuple(found)
