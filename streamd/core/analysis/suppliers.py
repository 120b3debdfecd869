"""Supplier analysis: how well each supplier does, what may go wrong with it, and what to do about that."""

from collections.abc import Iterable
from typing import Final

import attrs

from streamd.core.analysis.figures import text_in
from streamd.core.analysis.supplier_performance import SupplierPerformance, performance_of
from streamd.core.analysis.supplier_risks import SupplierRisks, risks_of
from streamd.core.item import Item

SUPPLIER_TYPE: Final = "supplier"


@attrs.frozen
class SupplierAnalysis:
    """All suppliers, the best first, and their risks, the riskiest first."""

    performance: tuple[SupplierPerformance, ...]
    risks: tuple[SupplierRisks, ...]

    def as_data(self) -> dict[str, object]:
        """The `data` of a `supplier_results` response."""
        return {
            "supplier_performance": {one.supplier_id: one.as_data() for one in self.performance},
            "supplier_risks": {one.supplier_id: one.as_data() for one in self.risks},
        }


def analyze_suppliers(items: Iterable[Item]) -> SupplierAnalysis:
    """Scores and risks of every item of type `supplier`.

    The other items say what depends on whom: those whose `supplier` field holds a supplier's name, and orders with
    their amounts. Without them the risks are told from the suppliers' own fields.
    """
    everything = tuple(items)
    suppliers = tuple(item for item in everything if item.type == SUPPLIER_TYPE)
    dependents = tuple(
        item for item in everything if item.type != SUPPLIER_TYPE and text_in(item, "supplier")
    )
    performance = (performance_of(supplier, suppliers) for supplier in suppliers)
    risks = (risks_of(supplier, suppliers, dependents) for supplier in suppliers)
    return SupplierAnalysis(
        performance=tuple(sorted(performance, key=lambda one: (-one.overall_score, one.supplier_id))),
        risks=tuple(sorted(risks, key=lambda one: (-one.risk_score, one.supplier_id))),
    )
