"""Findings on a supplier as kinds and figures."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from streamd.core.supplier_preferences import Aspect
from streamd.facts import frozen

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


@frozen
class SupplierAdvice:
    """One recommendation on a supplier."""

    kind: AdviceKind
    figure: float = 0.0
    """The reliability, the delivery time in days, or the percentage of defects."""
    fastest: tuple[str, float] | None = None
    """The name and delivery time of the fastest other supplier; None without one."""
    aspects: tuple[Aspect, ...] = ()
    """The aspects whose data is missing."""


@frozen
class RatedAsRisk:
    """The supplier is rated as a risk."""

    type: ClassVar[RiskType] = "operational"
    supplier: str
    severity: Severity


@frozen
class Unreliable:
    """The supplier's reliability is low."""

    type: ClassVar[RiskType] = "operational"
    supplier: str
    score: float
    """0 to 100."""
    severity: Severity


@frozen
class SingleSource:
    """Nobody else has a category, or some products."""

    type: ClassVar[RiskType] = "single_source"
    supplier: str
    supplied: tuple[str, ...]
    """The category, or the products."""
    dependents: tuple[str, ...]
    """The names of items that come from the supplier."""
    severity: Severity


@frozen
class PaidInAdvance:
    """The supplier is paid before it delivers."""

    type: ClassVar[RiskType] = "financial"
    supplier: str
    terms: str
    severity: Severity = "medium"


@frozen
class ConcentratedOrders:
    """A large share of the money in open orders is with the supplier."""

    type: ClassVar[RiskType] = "financial"
    supplier: str
    amount: float
    """Money."""
    share: float
    """0 to 1."""
    severity: Severity


@frozen
class ConcentratedLocation:
    """Many suppliers are in one place."""

    type: ClassVar[RiskType] = "geographic"
    location: str
    here: int
    """Suppliers there."""
    located: int
    """Suppliers whose place is known."""
    severity: Severity


@frozen
class WithoutCertificates:
    """The supplier has no certificates, or none on record."""

    type: ClassVar[RiskType] = "compliance"
    supplier: str
    is_recorded: bool
    """Whether it is recorded that there are none."""

    @property
    def severity(self) -> Severity:
        """`low` where nothing is recorded."""
        return "medium" if self.is_recorded else "low"


Risk = (
    RatedAsRisk
    | Unreliable
    | SingleSource
    | PaidInAdvance
    | ConcentratedOrders
    | ConcentratedLocation
    | WithoutCertificates
)
