"""Classifies demand as smooth, erratic, intermittent or lumpy."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.forecast_data import DemandPattern

_REGULAR_UP_TO: Final = 1.32
"""Periods between two demands."""
_EVEN_UP_TO: Final = 0.49


@frozen
class DemandKind:
    """The pattern of demand, and the two figures it follows from."""

    pattern: DemandPattern
    """`none` when there was no demand at all."""
    average_interval: float
    """ADI: periods per period with demand; 0 when there was none."""
    variation: float
    """CV²: variance of the demands above 0, over the square of their mean."""

    @property
    def is_sparse(self) -> bool:
        """Whether demand is too sparse for methods that expect some in each period."""
        return self.pattern in {"intermittent", "lumpy"}


def demand_kind(history: Sequence[float]) -> DemandKind:
    """The classes of Syntetos, Boylan and Croston (2005): ADI at 1.32, CV² at 0.49."""
    sizes = [value for value in history if value > 0]
    if not sizes:
        return DemandKind("none", 0.0, 0.0)
    mean = fmean(sizes)
    interval = len(history) / len(sizes)
    variation = fmean([(size - mean) ** 2 for size in sizes]) / mean**2
    even = variation < _EVEN_UP_TO
    if interval < _REGULAR_UP_TO:
        return DemandKind("smooth" if even else "erratic", interval, variation)
    return DemandKind("intermittent" if even else "lumpy", interval, variation)
