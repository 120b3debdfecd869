"""Assesses the risks of a supplier: geographic, single source, financial, compliance and operational."""

import math
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import attrs

from streamd.analysis._market import Market
from streamd.analysis.item_fields import number_in, text_in, texts_in
from streamd.core.item import Item, ItemId
from streamd.text.figures import money, words
from streamd.text.lists import listing

RiskType = Literal["geographic", "single_source", "financial", "compliance", "operational"]
Severity = Literal["high", "medium", "low"]

_CHANCE: Final[Mapping[Severity, float]] = {"high": 0.6, "medium": 0.35, "low": 0.15}
_CONCENTRATED: Final = 0.5
_ADVANCE: Final = ("advance", "prepay", "prepaid", "upfront", "in full")


@attrs.frozen
class Risk:
    """One risk, and its mitigation."""

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
            "mitigation_strategies": list(dict.fromkeys(risk.mitigation for risk in self.risks)),
        }


def risks_of(supplier: Item, market: Market) -> SupplierRisks:
    """The supplier's risks, from its own fields, its competitors and what names it as `supplier`.

    - operational: rated a high or medium `risk_level`; a `reliability_score` below 70 (high below 50)
    - single source: nobody else has its category (or, without one, any of its products); high when items depend on it
    - financial: paid in advance; more than half (high: three quarters) of the money in open orders is with it
    - geographic: more than half (high: three quarters) of at least two suppliers whose place is known are where it is
    - compliance: no certificates (low where nobody recorded any)

    Which severity counts as which chance is ours; that independent risks combine to 1 - (1 - p1)(1 - p2)… is not.
    """
    found = (
        *_operational(supplier),
        *_single_source(supplier, market),
        *_financial(supplier, market),
        *_geographic(supplier, market),
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


def _single_source(supplier: Item, market: Market) -> Iterator[Risk]:
    category, products = text_in(supplier, "category"), texts_in(supplier, "products")
    if category:
        rivals = len(market.by_category[category.casefold()]) > 1
        what = category
    elif products:
        rivals = any(len(market.by_product[product.casefold()]) > 1 for product in products)
        what = listing(products)
    else:
        return
    if rivals:
        return
    dependents = market.dependents_of(supplier)
    items = [item.name for item in dependents if number_in(item, "current_stock") is not None]
    depend = f"; {listing(items)} come{'s' if len(items) == 1 else ''} from it" if items else ""
    yield Risk(
        "single_source",
        f"{supplier.name} is the only supplier of {what}{depend}",
        "high" if items else "medium",
        f"Qualify a second supplier of {what}",
    )


def _financial(supplier: Item, market: Market) -> Iterator[Risk]:
    terms = text_in(supplier, "payment_terms")
    if any(word in terms.casefold() for word in _ADVANCE):
        yield Risk(
            "financial",
            f"{supplier.name} is paid before it delivers ({terms})",
            "medium",
            f"Negotiate payment after delivery with {supplier.name}, or ask for a guarantee",
        )
    own, total = market.open_amount(supplier), market.open_total
    if 0 < own < total and own / total > _CONCENTRATED:
        yield Risk(
            "financial",
            f"{words(100 * own / total)} % of the money in open orders ({money(own)}) is with {supplier.name}",
            "high" if own / total > 0.75 else "medium",
            f"Spread the next orders over other suppliers than {supplier.name}",
        )


def _geographic(supplier: Item, market: Market) -> Iterator[Risk]:
    location = text_in(supplier, "location")
    here, located = market.by_location.get(location.casefold(), 0), market.located
    if located < 2:
        return
    share = here / located
    if share > _CONCENTRATED:
        yield Risk(
            "geographic",
            f"{here} of {located} suppliers are in {location}",
            "high" if share > 0.75 else "medium",
            f"Look for a supplier outside {location}",
        )


def _compliance(supplier: Item) -> Iterator[Risk]:
    if texts_in(supplier, "certifications"):
        return
    worded = "certifications" in supplier.fields
    yield Risk(
        "compliance",
        f"{supplier.name} {'has no' if worded else 'has no recorded'} certifications",
        "medium" if worded else "low",
        f"Ask {supplier.name} for its quality certificates, such as ISO 9001",
    )
