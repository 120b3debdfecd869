"""Findings on a supplier as kinds and figures; `_supplier_wording` puts them into sentences."""

from collections.abc import Mapping
from typing import Literal

import attrs

from streamd.core.supplier_preferences import Aspect

GroundFigure = Literal[
    "days", "on_time_percent", "on_time_orders", "orders", "defect_percent", "certificates", "unit_cost",
    "lowest_unit_cost", "reliability",
]  # fmt: skip
Grounds = Mapping[GroundFigure, float]
"""The figures that a score is computed from."""
AdviceKind = Literal[
    "avoid_for_critical_items", "shorten_delivery", "penalise_lateness", "inspect_deliveries", "negotiate_price",
    "record_data", "prefer",
]  # fmt: skip
Severity = Literal["high", "medium", "low"]
RiskType = Literal["geographic", "single_source", "financial", "compliance", "operational"]


@attrs.frozen
class SupplierAdvice:
    """One recommendation on a supplier."""

    kind: AdviceKind
    figure: float = 0.0
    """The reliability, the delivery time in days, or the percentage of defects."""
    fastest: tuple[str, float] | None = None
    """The name and delivery time of the fastest other supplier; None without one."""
    aspects: tuple[Aspect, ...] = ()
    """The aspects whose data is missing."""


@attrs.frozen
class Risk:
    """One risk, and its mitigation."""

    type: RiskType
    description: str
    severity: Severity
    mitigation: str
