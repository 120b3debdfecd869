"""Finding the parameters with which a method would have done best."""

from collections.abc import Callable, Sequence
from typing import Final

Point = tuple[float, ...]
Bounds = Sequence[tuple[float, float]]

_FIRST_STEP: Final = 0.25
_LAST_STEP: Final = 0.012
"""As shares of the ranges: finer differences of smoothing parameters cannot be told from a history."""
_MOST_EVALUATIONS: Final = 250


def least(loss: Callable[[Point], float], starts: Sequence[Point], bounds: Bounds) -> Point:
    """The point within the bounds with the least loss, by pattern search (Hooke and Jeeves 1961).

    It goes from the best of `starts` along one parameter after the other, and repeats a successful move before it
    tries another; steps are halved when none helps. Needs no derivatives, and the same input gives the same point.
    """
    seen: dict[Point, float] = {}

    def tried(point: Point) -> float:
        if point not in seen:
            seen[point] = loss(point)
        return seen[point]

    best = min(starts, key=tried)
    step = _FIRST_STEP
    while step > _LAST_STEP and len(seen) < _MOST_EVALUATIONS:
        reached = _around(tried, best, step, bounds)
        if reached == best:
            step /= 2
            continue
        further = tuple(
            min(high, max(low, 2 * new - old))
            for new, old, (low, high) in zip(reached, best, bounds, strict=True)
        )
        best = further if tried(further) < tried(reached) else reached
    return best


def _around(tried: Callable[[Point], float], point: Point, step: float, bounds: Bounds) -> Point:
    for place, (low, high) in enumerate(bounds):
        for sign in (1, -1):
            moved = min(high, max(low, point[place] + sign * step * (high - low)))
            neighbour = (*point[:place], moved, *point[place + 1 :])
            if tried(neighbour) < tried(point):
                point = neighbour
                break
    return point
