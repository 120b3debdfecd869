"""Analyses suppliers: their performance and risks, with recommendations."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from streamd.analysis._market import SUPPLIER_TYPE, Market, market_of
from streamd.analysis.supplier_performance import SupplierPerformance, performance_of
from streamd.analysis.supplier_risks import SupplierRisks, risks_of
from streamd.core.item import Item, ItemId
from streamd.facts import frozen

__all__ = ["SUPPLIER_TYPE", "SupplierAnalysis", "analyze_suppliers"]


@frozen
class SupplierAnalysis:
    """The performance of all suppliers, the best first, and their risks, the riskiest first."""

    performance: tuple[SupplierPerformance, ...]
    risks: tuple[SupplierRisks, ...]
    market: Market
    """The analysed market."""

    @cached_property
    def performance_by_id(self) -> Mapping[ItemId, SupplierPerformance]:
        """To look one supplier up."""
        return {one.supplier_id: one for one in self.performance}

    @cached_property
    def risks_by_id(self) -> Mapping[ItemId, SupplierRisks]:
        """To look one supplier up."""
        return {one.supplier_id: one for one in self.risks}

    def best(self, count: int) -> Sequence[Item]:
        """The suppliers with the highest overall score."""
        items = {one.id: one for one in self.market.suppliers}
        return [items[one.supplier_id] for one in self.performance[:count]]


def analyze_suppliers(items: Iterable[Item]) -> SupplierAnalysis:
    """Analyse the performance and risks of every item of type `supplier`.

    Other items show dependencies: those whose `supplier` field holds a supplier's name, and orders with their amounts. Without
    them the risks follow from the suppliers' own fields.
    """
    market = market_of(items)
    performance = (performance_of(supplier, market) for supplier in market.suppliers)
    risks = (risks_of(supplier, market) for supplier in market.suppliers)
    return SupplierAnalysis(
        performance=tuple(sorted(performance, key=lambda one: (-one.overall_score, one.supplier_id))),
        risks=tuple(sorted(risks, key=lambda one: (-one.risk_score, one.supplier_id))),
        market=market,
    )
