"""Searches the parameters with the least loss."""

from collections.abc import Callable, Sequence
from typing import Final

ParameterPoint = tuple[float, ...]
ParameterBounds = Sequence[tuple[float, float]]

_FIRST_STEP: Final = 0.25
_LAST_STEP: Final = 0.012
"""As shares of the ranges: a history does not determine smoothing parameters more finely."""
_MOST_EVALUATIONS: Final = 250


def least(
    loss: Callable[[ParameterPoint], float], starts: Sequence[ParameterPoint], bounds: ParameterBounds
) -> ParameterPoint:
    """The point within the bounds with the least loss, by pattern search (Hooke and Jeeves 1961).

    It goes from the best of `starts` along one parameter after the other, and repeats a successful move before it
    tries another; steps are halved when none helps. Needs no derivatives, and the same input gives the same point.
    """
    seen: dict[ParameterPoint, float] = {}

    def trial_of(point: ParameterPoint) -> float:
        known = seen.get(point)
        if known is None:
            known = seen[point] = loss(point)
        return known

    best = min(starts, key=trial_of)
    step = _FIRST_STEP
    while step > _LAST_STEP and len(seen) < _MOST_EVALUATIONS:
        reached = _around(trial_of, best, step, bounds)
        if reached == best:
            step /= 2
            continue
        further = tuple(
            [
                min(high, max(low, 2 * new - old))
                for new, old, (low, high) in zip(reached, best, bounds, strict=True)
            ]
        )
        best = further if trial_of(further) < trial_of(reached) else reached
    return best


def _around(
    trial_of: Callable[[ParameterPoint], float], point: ParameterPoint, step: float, bounds: ParameterBounds
) -> ParameterPoint:
    least_loss = trial_of(point)
    for place, (low, high) in enumerate(bounds):
        was, far = point[place], step * (high - low)
        for moved in (min(high, was + far), max(low, was - far)):
            if moved == was:
                continue
            neighbour = (*point[:place], moved, *point[place + 1 :])
            found = trial_of(neighbour)
            if found < least_loss:
                point, least_loss = neighbour, found
                break
    return point
