"""Seeded histories of demand of known kinds, with what came afterwards."""

import math
import random
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Final

Series = list[float]
MONTHS: Final = 12


def steady(chance: random.Random, n: int) -> Series:
    return [100 + chance.gauss(0, 10) for _ in range(n)]


def wandering(chance: random.Random, n: int) -> Series:
    return list(accumulate((chance.gauss(0, 10) for _ in range(n)), initial=500))[1:]


def dependent(chance: random.Random, n: int) -> Series:
    return [200 + x for x in accumulate((chance.gauss(0, 10) for _ in range(n)), lambda a, e: 0.7 * a + e)]


def rising(chance: random.Random, n: int) -> Series:
    return [100 + t + chance.gauss(0, 10) for t in range(n)]


def seasonal(chance: random.Random, n: int) -> Series:
    cycle = [30 * math.sin(math.tau * k / MONTHS) + chance.uniform(-10, 10) for k in range(MONTHS)]
    return [200 + t / 2 + cycle[t % MONTHS] + chance.gauss(0, 10) for t in range(n)]


def airline(chance: random.Random, n: int) -> Series:
    """Grows by a percent a month, with a season and deviations in percent, as passengers of airlines did."""
    cycle = [1 + math.sin(math.tau * k / MONTHS) / 5 + chance.uniform(-0.05, 0.05) for k in range(MONTHS)]
    growth = accumulate((chance.gauss(0.009, 0.02) for _ in range(n)), initial=math.log(110))
    return [
        math.exp(level + chance.gauss(0, 0.02)) * cycle[t % MONTHS]
        for t, level in zip(range(n), growth, strict=False)
    ]


def intermittent(chance: random.Random, n: int) -> Series:
    return [1.0 + int(chance.expovariate(0.3)) if chance.random() < 0.3 else 0.0 for _ in range(n)]


KINDS: Final[Mapping[str, Callable[[random.Random, int], Series]]] = {
    "steady": steady,
    "wandering": wandering,
    "dependent": dependent,
    "rising": rising,
    "seasonal": seasonal,
    "airline": airline,
    "intermittent": intermittent,
}


def of_kind(kind: str, seed: int, n: int) -> Series:
    return [max(0.0, value) for value in KINDS[kind](random.Random(seed), n)]
