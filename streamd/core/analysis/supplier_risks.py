"""Risks of relying on a supplier: where it is, what only it can deliver, money, papers, and how it works."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import attrs

from streamd.core.analysis.figures import listing, money, number_in, text_in, texts_in, words
from streamd.core.item import Item, ItemId

RiskType = Literal["geographic", "single_source", "financial", "compliance", "operational"]
Severity = Literal["high", "medium", "low"]

_CHANCE: Final[Mapping[Severity, float]] = {"high": 0.6, "medium": 0.35, "low": 0.15}
_CONCENTRATED: Final = 0.5
_ADVANCE: Final = ("advance", "prepay", "prepaid", "upfront", "in full")
_CLOSED_ORDERS: Final = frozenset({"delivered", "cancelled", "canceled", "completed", "closed"})


@attrs.frozen
class Risk:
    """One thing that may go wrong, and what to do about it."""

    type: RiskType
    description: str
    severity: Severity
    mitigation: str


@attrs.frozen
class SupplierRisks:
    """All risks of one supplier."""

    supplier_id: ItemId
    supplier_name: str
    risks: tuple[Risk, ...]

    @property
    def risk_score(self) -> float:
        """0 to 1: the chance that at least one of them happens, taking 60, 35 and 15 % for high, medium and low."""
        return 1 - math.prod(1 - _CHANCE[risk.severity] for risk in self.risks)

    @property
    def risk_level(self) -> Severity:
        """Of all risks together."""
        score = round(self.risk_score, 9)
        return "high" if score >= _CHANCE["high"] else "medium" if score >= _CHANCE["medium"] else "low"

    def as_data(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "supplier_name": self.supplier_name,
            "risk_score": round(self.risk_score, 3),
            "risk_level": self.risk_level,
            "risks": [
                {"type": risk.type, "description": risk.description, "severity": risk.severity}
                for risk in self.risks
            ],
            "mitigation_strategies": [risk.mitigation for risk in self.risks],
        }


def risks_of(supplier: Item, suppliers: Sequence[Item], dependents: Sequence[Item]) -> SupplierRisks:
    """The supplier's risks, from its own fields, its competitors and what names it as `supplier`."""
    others = [other for other in suppliers if other.id != supplier.id]
    found = (
        *_operational(supplier),
        *_single_source(supplier, others, dependents),
        *_financial(supplier, dependents),
        *_geographic(supplier, suppliers),
        *_compliance(supplier),
    )
    return SupplierRisks(supplier_id=supplier.id, supplier_name=supplier.name, risks=found)


def _operational(supplier: Item) -> Iterator[Risk]:
    level = text_in(supplier, "risk_level").casefold()
    if level in ("high", "medium"):
        yield Risk(
            "operational",
            f"{supplier.name} is rated as a {level} risk",
            "high" if level == "high" else "medium",
            f"Review {supplier.name} every quarter and keep a second supplier ready",
        )
    score = number_in(supplier, "reliability_score")
    if score is not None and score < 70:
        yield Risk(
            "operational",
            f"Reliability of {supplier.name} is {words(score)} out of 100",
            "high" if score < 50 else "medium",
            f"Hold safety stock of what {supplier.name} delivers and agree on penalties for late deliveries",
        )


def _single_source(supplier: Item, others: Sequence[Item], dependents: Sequence[Item]) -> Iterator[Risk]:
    """Nobody else has its category, or, where it has none, nobody else lists any of its products."""
    category = text_in(supplier, "category")
    products = {product.casefold() for product in texts_in(supplier, "products")}
    if category:
        rivals = [other for other in others if text_in(other, "category").casefold() == category.casefold()]
        what = category
    elif products:
        rivals = [
            other for other in others if products & {text.casefold() for text in texts_in(other, "products")}
        ]
        what = listing(texts_in(supplier, "products"))
    else:
        return
    if rivals:
        return
    items = [item.name for item in _of(supplier, dependents) if number_in(item, "current_stock") is not None]
    depend = f"; {listing(items)} come{'s' if len(items) == 1 else ''} from it" if items else ""
    yield Risk(
        "single_source",
        f"{supplier.name} is the only supplier of {what}{depend}",
        "high" if items else "medium",
        f"Qualify a second supplier of {what}",
    )


def _financial(supplier: Item, dependents: Sequence[Item]) -> Iterator[Risk]:
    terms = text_in(supplier, "payment_terms")
    if any(word in terms.casefold() for word in _ADVANCE):
        yield Risk(
            "financial",
            f"{supplier.name} is paid before it delivers ({terms})",
            "medium",
            f"Negotiate payment after delivery with {supplier.name}, or ask for a guarantee",
        )
    ordered = [item for item in dependents if text_in(item, "status").casefold() not in _CLOSED_ORDERS]
    total = sum(number_in(item, "total_amount") or 0.0 for item in ordered)
    own = sum(number_in(item, "total_amount") or 0.0 for item in _of(supplier, ordered))
    rest = {text_in(item, "supplier").casefold() for item in ordered} - {supplier.name.casefold()}
    if total > 0 and rest and own / total > _CONCENTRATED:
        yield Risk(
            "financial",
            f"{words(100 * own / total)} % of the money in open orders ({money(own)}) is with {supplier.name}",
            "high" if own / total > 0.75 else "medium",
            f"Spread the next orders over other suppliers than {supplier.name}",
        )


def _geographic(supplier: Item, suppliers: Sequence[Item]) -> Iterator[Risk]:
    location = text_in(supplier, "location")
    located = [text_in(other, "location").casefold() for other in suppliers if text_in(other, "location")]
    if not location or len(located) < 2:
        return
    share = located.count(location.casefold()) / len(located)
    if share > _CONCENTRATED:
        yield Risk(
            "geographic",
            f"{located.count(location.casefold())} of {len(located)} suppliers are in {location}",
            "high" if share > 0.75 else "medium",
            f"Look for a supplier outside {location}",
        )


def _compliance(supplier: Item) -> Iterator[Risk]:
    if texts_in(supplier, "certifications"):
        return
    told = "certifications" in supplier.fields
    yield Risk(
        "compliance",
        f"{supplier.name} {'has no' if told else 'has no recorded'} certifications",
        "medium" if told else "low",
        f"Ask {supplier.name} for its quality certificates, such as ISO 9001",
    )


def _of(supplier: Item, dependents: Sequence[Item]) -> list[Item]:
    name = supplier.name.casefold()
    return [item for item in dependents if text_in(item, "supplier").casefold() in (name, supplier.id)]
