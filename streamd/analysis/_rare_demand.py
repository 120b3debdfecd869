"""Quantiles of intermittent demand during a lead time."""

import math
from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen

MANY: Final = 30.0
"""Demands expected in a lead time from which on their sum is as good as normal, by the central limit theorem."""
MOST: Final = 500.0
"""Demands expected in the longest lead time that is counted with, beyond which each number of them costs too much."""
_NEGLIGIBLE: Final = 1e-9
_RARELY: Final = 1e-6
_CLOSE: Final = 0.01
"""The tolerance of the quantile, as a share of a demand's mean size."""
_LEAD_TIMES: Final = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))
"""Deviations from the mean and their weights: the three-point Gauss-Hermite rule for a normal lead time."""
LONGEST: Final = _LEAD_TIMES[-1][0]
"""Deviations by which the longest lead time that is counted with is above the mean."""


@frozen
class RareDemand:
    """The model of intermittent demand: a period has demand with a chance, and demand has a size."""

    chance: float
    """Of demand in one period."""
    size: float
    """Mean units of one demand."""
    size_deviation: float
    """Standard deviation of that, units; 0 for always the same size, and where only one demand is known."""
    period_days: float


def lead_time_quantile(
    demand: RareDemand, lead_time_days: float, lead_time_deviation: float, probability: float
) -> float:
    """Units that demand in a lead time stays at or below with `probability`.

    Croston's model ("Forecasting and stock control for intermittent demands", Operational Research Quarterly 23, 1972):
    each period has demand with the same chance, and sizes are independent and normal. So the number N of demands is
    binomial, and of n demands the sum is normal with mean n * size and deviation size_deviation * sqrt(n):
    F(x) = sum over n of P(N = n) * Phi((x - n * size) / (size_deviation * sqrt(n))). A lead time that varies is taken
    at three points. A lead time of a broken number of periods is rounded up, with the chance lowered to the same mean.
    """
    counts = _counts(demand, lead_time_days, lead_time_deviation)
    if demand.size_deviation <= _NEGLIGIBLE * demand.size:
        reached = 0.0
        for number, chance in enumerate(counts):
            reached += chance
            if reached >= probability - _NEGLIGIBLE:
                return number * demand.size
    none, terms = counts[0], _terms(demand, counts)
    if none >= probability:
        return 0.0
    most = len(counts)
    lower, upper = 0.0, most * demand.size + 5 * demand.size_deviation * math.sqrt(most)
    while upper - lower > _CLOSE * demand.size:
        middle = (lower + upper) / 2
        if none + sum([chance * math.erfc((mean - middle) * steep) for chance, mean, steep in terms]) >= (
            probability
        ):
            upper = middle
        else:
            lower = middle
    return upper


def _terms(demand: RareDemand, counts: Sequence[float]) -> list[tuple[float, float, float]]:
    """Half the chance of each number of demands, the mean of their sum, and how steeply its distribution rises."""
    return [
        (chance / 2, number * demand.size, 1 / (demand.size_deviation * math.sqrt(2 * number)))
        for number, chance in enumerate(counts)
        if number > 0 and chance > _RARELY
    ]


def _counts(demand: RareDemand, lead_time_days: float, lead_time_deviation: float) -> Sequence[float]:
    """The chance of 0, 1, 2 … demands in a lead time."""
    if lead_time_deviation <= 0:
        return _binomial(demand.chance, lead_time_days / demand.period_days)
    total: list[float] = []
    for deviations, weight in _LEAD_TIMES:
        length = max(0.0, lead_time_days + deviations * lead_time_deviation)
        for number, chance in enumerate(_binomial(demand.chance, length / demand.period_days)):
            if number == len(total):
                total.append(0.0)
            total[number] += weight * chance
    return total


def _binomial(chance: float, periods: float) -> Sequence[float]:
    trials = math.ceil(round(periods, 9))
    if trials == 0:
        return [1.0]
    chance = min(chance * periods / trials, 1 - _NEGLIGIBLE)
    probability = math.exp(trials * math.log1p(-chance))
    found, reached = [probability], probability
    for number in range(trials):
        probability *= (trials - number) / (number + 1) * chance / (1 - chance)
        found.append(probability)
        reached += probability
        if reached > 1 - _NEGLIGIBLE:
            break
    return found
