"""Methods that add intermittent demand up over several periods before they smooth it."""

from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.method import TrainingData

_FEWEST_DEMANDS: Final = 2
_FEWEST_SUMS: Final = 3
_MOST_PERIODS: Final = 12
_ALPHAS: Final = (0.03, 0.1, 0.25)


@frozen
class SmoothedSums:
    """The demand of so many periods at a time is smoothed, and spread over them evenly."""

    width: int
    """The number of periods that are added up."""
    alpha: float

    def rates(self, history: Sequence[float]) -> list[float]:
        """Expected units per period after so many periods, from 0 on.

        The sums of one rate begin at its last period and go back, so that none has a part of its width only.
        """
        until = list(accumulate(history, initial=0.0))
        width, alpha = self.width, self.alpha
        rates = [until[at] / at if at else 0.0 for at in range(min(2 * width, len(until)))]
        rates[width:] = [(until[at] - until[at - width]) / width for at in range(width, len(rates))]
        for at in range(len(rates), len(until)):
            before = rates[at - width]
            rates.append(before + alpha * ((until[at] - until[at - width]) / width - before))
        return rates


@frozen
class Aggregated:
    """The mean of the rates of several widths."""

    parts: Sequence[SmoothedSums]

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        rates = [part.rates(history[: origins[-1]]) for part in self.parts]
        return [[fmean(of_part[origin] for of_part in rates)] * periods for origin in origins]


def adida(known: TrainingData) -> Aggregated | None:
    """Sums over the mean interval between demands: Nikolopoulos, Syntetos, Boylan, Petropoulos and Assimakopoulos (2011)."""
    widest = _widest(known)
    return Aggregated([_fitted(known.history, widest)]) if widest else None


def imapa(known: TrainingData) -> Aggregated | None:
    """The mean over all widths up to the mean interval between demands: Petropoulos and Kourentzes (2015)."""
    widest = _widest(known)
    return Aggregated([_fitted(known.history, width) for width in range(1, widest + 1)]) if widest else None


def _widest(known: TrainingData) -> int | None:
    """The mean interval in whole periods, at most a third of the history; None for other than sparse demand."""
    if not known.kind.is_sparse or sum(value > 0 for value in known.history) < _FEWEST_DEMANDS:
        return None
    most = min(_MOST_PERIODS, len(known.history) // _FEWEST_SUMS)
    return min(most, round(known.kind.average_interval)) if most else None


def _fitted(history: Sequence[float], width: int) -> SmoothedSums:
    """Choose alpha by the squared errors of the next sum."""
    until = list(accumulate(history, initial=0.0))
    following = [(after - before) / width for before, after in zip(until, until[width:], strict=False)]

    def loss(alpha: float) -> float:
        rates = SmoothedSums(width, alpha).rates(history)
        pairs = zip(rates[width:], following[width:], strict=False)
        return sum([(rate - value) ** 2 for rate, value in pairs])

    return SmoothedSums(width, min(_ALPHAS, key=loss))
