"""Suggests what a misspelled name may have meant."""

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Final

_LONGEST: Final = 100
_MOST: Final = 1_000
"""Bounds of what one suggestion may cost: names are compared letter by letter."""


def did_you_mean(word: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """Return `; did you mean <the nearest of the known names>?`, or nothing when none is near."""
    near = nearest(word, known, alike=alike)
    return "" if near is None else f"; did you mean {near}?"


def nearest(word: str, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """Return the known name that a word is nearest to, None when none is at least so much alike (0 to 1)."""
    if len(word) > _LONGEST:
        return None
    names = [name for name in islice(known, _MOST) if len(name) <= _LONGEST]
    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=alike)), None)
