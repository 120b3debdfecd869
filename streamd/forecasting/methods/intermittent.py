"""Methods for intermittent demand, which smooth its size and its interval or chance separately."""

from collections.abc import Callable, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.forecasting.methods.method import TrainingData
from streamd.forecasting.methods.search import ParameterPoint, least

_FEWEST_DEMANDS: Final = 2
_BOUNDS: Final = ((0.02, 0.3),)
_STARTS: Final = ((0.05,), (0.1,), (0.2,))


@frozen
class CrostonSba:
    """Sizes z and intervals p are smoothed whenever there is demand; (1 - alpha/2) z / p is expected per period.

    Croston (1972), with the factor by which Syntetos and Boylan (2005) correct its bias.
    """

    alpha: float
    size: float
    """Units; before the first period."""
    interval: float
    """Periods per demand."""

    def rates(self, history: Sequence[float]) -> list[float]:
        """Expected units per period, after each period."""
        size, interval, since, alpha = self.size, self.interval, 0, self.alpha
        rate = (1 - alpha / 2) * size / interval
        found = []
        for value in history:
            since += 1
            if value > 0:
                size += alpha * (value - size)
                interval += alpha * (since - interval)
                since = 0
                rate = (1 - alpha / 2) * size / interval
            found.append(rate)
        return found

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        rates = self.rates(history[: origins[-1]])
        return [[rates[origin - 1]] * periods for origin in origins]


@frozen
class Tsb:
    """Sizes z are smoothed whenever there is demand, its chance p in every period; p z is expected per period.

    Teunter, Syntetos and Babai (2011). Unlike Croston's it falls while there is no demand.
    """

    alpha: float
    """For the chance."""
    beta: float
    """For the sizes."""
    size: float
    chance: float

    def rates(self, history: Sequence[float]) -> list[float]:
        """Expected units per period, after each period."""
        size, chance, alpha, beta = self.size, self.chance, self.alpha, self.beta
        found = []
        for value in history:
            if value > 0:
                size += beta * (value - size)
                chance += alpha * (1 - chance)
            else:
                chance -= alpha * chance
            found.append(size * chance)
        return found

    def forecasts(self, history: Sequence[float], origins: range, periods: int) -> list[list[float]]:
        """Forecast from each origin, as `Method` says."""
        rates = self.rates(history[: origins[-1]])
        return [[rates[origin - 1]] * periods for origin in origins]


def croston_sba(known: TrainingData) -> CrostonSba | None:
    """Fit Croston's method to an intermittent or lumpy history with at least two demands."""
    started = _first(known)
    if started is None:
        return None
    size, interval = started
    (alpha,) = least(
        _loss(known.history, lambda point: CrostonSba(point[0], size, interval)), _STARTS, _BOUNDS
    )
    return CrostonSba(alpha, size, interval)


def tsb(known: TrainingData) -> Tsb | None:
    """Fit the TSB method to an intermittent or lumpy history with at least two demands."""
    started = _first(known)
    if started is None:
        return None
    size, interval = started

    def method(point: ParameterPoint) -> Tsb:
        return Tsb(point[0], point[1], size, 1 / interval)

    starts = [(*start, 0.1) for start in _STARTS]
    alpha, beta = least(_loss(known.history, method), starts, _BOUNDS * 2)
    return Tsb(alpha, beta, size, 1 / interval)


def _first(known: TrainingData) -> tuple[float, float] | None:
    sizes = [value for value in known.history if value > 0]
    if not known.kind.is_sparse or len(sizes) < _FEWEST_DEMANDS:
        return None
    return sum(sizes) / len(sizes), len(known.history) / len(sizes)


def _loss(
    history: Sequence[float], method: Callable[[ParameterPoint], CrostonSba | Tsb]
) -> Callable[[ParameterPoint], float]:
    """Squared errors of the rates, of all periods after the first."""
    following = history[1:]

    def loss(point: ParameterPoint) -> float:
        rates = method(point).rates(history)
        return sum([(value - rate) ** 2 for rate, value in zip(rates, following, strict=False)])

    return loss
