"""Scores of a supplier: delivery, quality, cost and reliability, each from 0 (bad) to 1 (good)."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import attrs

from streamd.core.analysis.figures import number_in, text_in, texts_in, words
from streamd.core.item import Item, ItemId

Aspect = Literal["delivery", "quality", "cost", "reliability"]
Tier = Literal["excellent", "good", "fair", "poor", "unrated"]

WEIGHTS: Final[Mapping[Aspect, float]] = {"delivery": 0.3, "quality": 0.25, "cost": 0.15, "reliability": 0.3}
"""What counts how much; aspects that nothing is known about are left out and the others share their weight."""
UNKNOWN: Final = 0.5
"""The score that stands where nothing is known."""
SLOWEST_DAYS: Final = 30.0
"""A delivery that takes this long, or longer, scores 0."""
WORST_DEFECTS: Final = 10.0
"""Percent of defective units that score 0."""
_TIERS: Final[tuple[tuple[float, Tier], ...]] = ((0.85, "excellent"), (0.7, "good"), (0.5, "fair"))
_WEAK: Final = 0.5


@attrs.frozen
class SupplierPerformance:
    """How one supplier does."""

    supplier_id: ItemId
    supplier_name: str
    scores: Mapping[Aspect, float]
    """Only of aspects that something is known about."""
    overall_score: float
    performance_tier: Tier
    recommendations: tuple[str, ...]

    @property
    def unknown(self) -> tuple[Aspect, ...]:
        """Aspects that nothing is known about."""
        return tuple(aspect for aspect in WEIGHTS if aspect not in self.scores)

    def as_data(self) -> dict[str, object]:
        """JSON-ready. An unknown score reads 0.5, and `unknown_scores` names it."""
        return {
            "supplier_name": self.supplier_name,
            "overall_score": round(self.overall_score, 3),
            **{f"{aspect}_score": round(self.scores.get(aspect, UNKNOWN), 3) for aspect in WEIGHTS},
            "performance_tier": self.performance_tier,
            "recommendations": list(self.recommendations),
            "unknown_scores": [f"{aspect}_score" for aspect in self.unknown],
        }


def performance_of(supplier: Item, suppliers: Sequence[Item]) -> SupplierPerformance:
    """The supplier's scores; `suppliers` (itself among them) are what its cost is compared with.

    - delivery: 1 at no delay, falling in a straight line to 0 at 30 days of `delivery_time`
    - quality: 1 without defects, falling in a straight line to 0 at a `defect_rate` of 10 percent; where no rate is
      known, certificates count instead: 0.6 for one, 0.7 for two, 0.8 for three and more
    - cost: the lowest `unit_cost` of the same category, divided by the supplier's own; unknown without a competitor
    - reliability: `reliability_score` / 100

    The overall score is their mean, weighted by `WEIGHTS`.
    """
    found: Mapping[Aspect, float | None] = {
        "delivery": _falling(number_in(supplier, "delivery_time"), SLOWEST_DAYS),
        "quality": _quality(supplier),
        "cost": _cost(supplier, suppliers),
        "reliability": _reliability(supplier),
    }
    scores = {aspect: score for aspect, score in found.items() if score is not None}
    weight = sum(WEIGHTS[aspect] for aspect in scores)
    overall = sum(WEIGHTS[aspect] * score for aspect, score in scores.items()) / weight if scores else UNKNOWN
    return SupplierPerformance(
        supplier_id=supplier.id,
        supplier_name=supplier.name,
        scores=scores,
        overall_score=overall,
        performance_tier=_tier(overall) if scores else "unrated",
        recommendations=_recommendations(supplier, suppliers, scores),
    )


def _tier(overall: float) -> Tier:
    return next((tier for least, tier in _TIERS if round(overall, 9) >= least), "poor")


def _falling(figure: float | None, worst: float) -> float | None:
    return None if figure is None else _within(1 - figure / worst)


def _within(score: float) -> float:
    return min(1.0, max(0.0, score))


def _quality(supplier: Item) -> float | None:
    by_defects = _falling(number_in(supplier, "defect_rate"), WORST_DEFECTS)
    if by_defects is not None:
        return by_defects
    certificates = texts_in(supplier, "certifications")
    return 0.5 + 0.1 * min(3, len(certificates)) if certificates else None


def _cost(supplier: Item, suppliers: Sequence[Item]) -> float | None:
    own = number_in(supplier, "unit_cost")
    others = [
        cost
        for other in suppliers
        if other.id != supplier.id
        and text_in(other, "category").casefold() == text_in(supplier, "category").casefold()
        and (cost := number_in(other, "unit_cost")) is not None
    ]
    if own is None or not others:
        return None
    return _within(min(others) / own) if own > 0 else 1.0


def _reliability(supplier: Item) -> float | None:
    score = number_in(supplier, "reliability_score")
    return None if score is None else _within(score / 100)


def _recommendations(
    supplier: Item, suppliers: Sequence[Item], scores: Mapping[Aspect, float]
) -> tuple[str, ...]:
    name, said = supplier.name, []
    if scores.get("reliability", 1.0) < _WEAK:
        rated = words(number_in(supplier, "reliability_score") or 0.0)
        said.append(
            f"Keep critical items away from {name} until its reliability of {rated} out of 100 improves"
        )
    if scores.get("delivery", 1.0) < _WEAK:
        days = number_in(supplier, "delivery_time") or 0.0
        fastest = min(suppliers, key=lambda other: _or_slowest(number_in(other, "delivery_time")))
        compared = f", {fastest.name} {words(_or_slowest(number_in(fastest, 'delivery_time')))}"
        said.append(
            f"Agree on a shorter delivery time with {name}, or hold more safety stock: "
            f"it takes {words(days)} days{compared if fastest.id != supplier.id else ''}"
        )
    if scores.get("quality", 1.0) < _WEAK:
        rate = words(number_in(supplier, "defect_rate") or 0.0)
        said.append(f"Inspect deliveries of {name} and agree on a limit: {rate} percent are defective")
    if scores.get("cost", 1.0) < _WEAK:
        said.append(f"Negotiate prices with {name}: a competitor costs less than half")
    unknown = [aspect for aspect in WEIGHTS if aspect not in scores]
    if unknown:
        needed = ", ".join(_FIELDS[aspect] for aspect in unknown)
        said.append(f"Record {needed} of {name}, to rate its {' and '.join(unknown)}")
    elif not said and scores and min(scores.values()) >= _TIERS[1][0]:
        said.append(f"Prefer {name} for critical items")
    return tuple(said)


def _or_slowest(days: float | None) -> float:
    return float("inf") if days is None else days


_FIELDS: Final[Mapping[Aspect, str]] = {
    "delivery": "the delivery time",
    "quality": "the defect rate",
    "cost": "the unit cost (and that of a competitor)",
    "reliability": "the reliability score",
}
