"""Validates a demand history."""

import math
from collections.abc import Sequence
from typing import Final

from streamd.errors import InvalidMessageError

LEAST_PERIODS: Final = 1
"""The fewest periods that a forecast needs."""
MOST_PERIODS_AHEAD: Final = 10_000
_LARGEST: Final = 1e15
_NEGLIGIBLE: Final = 1e-9


def checked(history: Sequence[float]) -> tuple[float, ...]:
    """The history as floats, oldest first; less than 1e-9 counts as none.

    Raises:
        InvalidMessageError: a value is negative, not a number, or above 1e15.

    """
    for period, value in enumerate(history):
        if math.isnan(value):
            raise InvalidMessageError(
                f"the demand of period {period} (counted from 0) is not a number; "
                "give 0 where there was no demand, or leave the history's unknown beginning out"
            )
        if value < 0:
            raise InvalidMessageError(
                f"the demand of period {period} (counted from 0) is {value:g}; demand is never negative: "
                "leave returns out, or book them in the period of the sale"
            )
        if value > _LARGEST:
            raise InvalidMessageError(
                f"the demand of period {period} (counted from 0) is above 1e15; give it in a larger unit"
            )
    return tuple(float(value) if value >= _NEGLIGIBLE else 0.0 for value in history)


def check_season(season: int | None) -> None:
    """A season given by somebody is a whole number of periods; 1 means that there is none.

    Raises:
        InvalidMessageError: it is below 1.

    """
    if season is not None and season < 1:
        raise InvalidMessageError(
            f"the season is {season} periods long; give at least 2, 1 for no season, "
            "or none to have it found from the history"
        )
