"""Assesses the risks of a supplier: geographic, single source, financial, compliance and operational."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from streamd.analysis._market import Market
from streamd.analysis.item_fields import number_in, text_in, texts_in
from streamd.analysis.supplier_findings import (
    ConcentratedLocation,
    ConcentratedOrders,
    PaidInAdvance,
    RatedAsRisk,
    Risk,
    Severity,
    SingleSource,
    Unreliable,
    WithoutCertificates,
)
from streamd.core.item import Item, ItemId
from streamd.facts import frozen

_CHANCE: Final[Mapping[Severity, float]] = {"high": 0.6, "medium": 0.35, "low": 0.15}
_CONCENTRATED: Final = 0.5
_VERY_CONCENTRATED: Final = 0.75
_ADVANCE: Final = ("advance", "prepay", "prepaid", "upfront", "in full")


@frozen
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
        """Level of all risks together."""
        score = round(self.risk_score, 9)
        return "high" if score >= _CHANCE["high"] else "medium" if score >= _CHANCE["medium"] else "low"


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
        yield RatedAsRisk(supplier.name, "high" if level == "high" else "medium")
    score = number_in(supplier, "reliability_score")
    if score is not None and score < 70:
        yield Unreliable(supplier.name, score, "high" if score < 50 else "medium")


def _single_source(supplier: Item, market: Market) -> Iterator[Risk]:
    category, products = text_in(supplier, "category"), texts_in(supplier, "products")
    if category:
        rivals = len(market.by_category[category.casefold()]) > 1
    elif products:
        rivals = any(len(market.by_product[product.casefold()]) > 1 for product in products)
    else:
        return
    if rivals:
        return
    dependents = market.dependents_of(supplier)
    items = tuple(item.name for item in dependents if number_in(item, "current_stock") is not None)
    supplied = (category,) if category else tuple(products)
    yield SingleSource(supplier.name, supplied, items, "high" if items else "medium")


def _financial(supplier: Item, market: Market) -> Iterator[Risk]:
    terms = text_in(supplier, "payment_terms")
    if any(word in terms.casefold() for word in _ADVANCE):
        yield PaidInAdvance(supplier.name, terms)
    own, total = market.open_amount(supplier), market.open_total
    if 0 < own < total and own / total > _CONCENTRATED:
        share = own / total
        yield ConcentratedOrders(supplier.name, own, share, _severity(share))


def _geographic(supplier: Item, market: Market) -> Iterator[Risk]:
    location = text_in(supplier, "location")
    here, located = market.by_location.get(location.casefold(), 0), market.located
    if located >= 2 and here / located > _CONCENTRATED:
        yield ConcentratedLocation(location, here, located, _severity(here / located))


def _severity(share: float) -> Severity:
    return "high" if share > _VERY_CONCENTRATED else "medium"


def _compliance(supplier: Item) -> Iterator[Risk]:
    if not texts_in(supplier, "certifications"):
        yield WithoutCertificates(supplier.name, is_recorded="certifications" in supplier.fields)
