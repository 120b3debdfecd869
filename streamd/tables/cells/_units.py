"""Converts between units of one dimension: weeks into days, cents into money, dozens into pieces, grams into kilograms."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import attrs

from streamd.core.values import MAX_INTEGER
from streamd.facts import frozen
from streamd.tables.cells._titles import words_of
from streamd.text.plurals import singular_of

_REMARK: Final = re.compile(r"\(([^()]*)\)|\[([^\[\]]+)\]")
_SCALE: Final = re.compile(
    r"(per|in|[x\u00d7*/]) ?1[0 .,]*0|(in )?(thousands?|millions?|[0']*000s?)|[kmt] ?[$€£¥₹]|[$€£¥₹] ?[kmt]|[kmt](eur|usd|gbp|chf)|"
    r"(eur|usd|gbp|chf) ?[km]|(in )?(working|business|work|week) ?days?",
    re.IGNORECASE,
)
_PERCENT: Final = ("percent", "percentage", "pct")
_SIZES: Final[Mapping[str, Mapping[str, str]]] = {
    "time": {"1": "day d", "7": "week wk wks", "1/24": "hour hr hrs h", "1/1440": "minute mins"},
    "span": {"": "month mth mths quarter year yr yrs workday"},
    "money": {"1": "money", "1/100": "cent ct cts ¢ pence penny"},
    "count": {
        "1": "unit piece pc pcs each ea",
        "2": "pair",
        "12": "dozen dz doz",
        "144": "gross",
        "100": "hundred",
        "1000": "thousand",
    },
    "pack": {"": "box case carton pack packet pallet bag roll drum crate"},
    "mass": {"1": "kg kilogram kilo", "1/1000": "g gram", "1000": "t tonne", "0.45359237": "lb lbs pound"},
    "length": {"1": "m metre meter", "1/100": "cm", "1/1000": "mm", "0.3048": "ft foot feet"},
    "volume": {"1": "l litre liter", "1/1000": "ml", "3.785411784": "gal gallon"},
    "share": {"1": "percent percentage pct %", "100": "share fraction ratio"},
}
"""By dimension and size: the words for it; without a size they cannot be converted."""
_KNOWN: Final = {
    word: (dimension, Fraction(size) if size else None)
    for dimension, sizes in _SIZES.items()
    for size, words in sizes.items()
    for word in words.split()
}


@frozen
class WrittenUnit:
    """The unit that a cell or a header names, beside that of the field."""

    word: str
    factor: Fraction | None
    """A number in this unit times the factor is one in that of the field; None where that is not known."""
    is_measure: bool = False
    """Whether the field counts units of whatever kind, so that another measure is no mistake."""


def written_unit(word: str, unit: str) -> WrittenUnit | None:
    """The unit that a word or two (`weeks`, `per dozen`) name, for a field with that unit; None where it is no unit."""
    own, _, per = unit.partition(" per ")
    first, *others = word.split() or [""]
    if first == "per" and others and per:
        found = _between(" ".join(others), per)
        return None if found is None else attrs.evolve(found, factor=found.factor and 1 / found.factor)
    return _between(" ".join(others) if first == "in" else word, own) if unit else None


def unit_of_title(title: str, unit: str) -> WrittenUnit | None:
    """The unit that a header names: in brackets, or as its last words; that it is a share only in brackets, as names end so, too."""
    for remark in _REMARK.finditer(title):
        if found := written_unit((remark[1] or remark[2]).casefold().strip(" ."), unit):
            return found
    *start, last = words_of(title) or ("",)
    if not start or is_share(unit):
        return None
    return written_unit(f"per {last}" if start[-1] == "per" else last, unit)


def scale_of_title(title: str) -> str:
    """The scale that a header names in brackets, which is none of the units: `per 100`, `x1000`, `k€`, `working days`."""
    remarks = ((remark[1] or remark[2]).strip() for remark in _REMARK.finditer(title))
    return next((remark for remark in remarks if _SCALE.fullmatch(remark)), "")


def without_unit(title: str) -> str:
    """A header without the unit that it ends in: `Lead Time` of `lead_time_weeks` and `Lead Time in weeks`."""
    *rest, last = words_of(title) or ("",)
    unit = _spelled(last)
    if not rest or unit is None or last == "unit" or (rest[-1] == "per" and unit[1] is None):
        return title
    return " ".join(rest[:-1] if rest[-1] in ("in", "per") else rest)


def says_percent(title: str) -> bool:
    """Whether a header says that its numbers are percentages."""
    return "%" in title or any(word in _PERCENT for word in words_of(title))


def is_share(unit: str) -> bool:
    """Whether a unit is a percentage."""
    found = _spelled(unit.partition(" ")[0])
    return found is not None and found[0] == "share"


def converted(number: float, factor: Fraction) -> int | float:
    """A number times a factor, exactly where the number is written with few digits. Raises OverflowError."""
    found = Fraction(str(number)) * factor
    as_float = float(found)
    return int(found) if found.denominator == 1 and abs(found) <= MAX_INTEGER else as_float


def _between(word: str, unit: str) -> WrittenUnit | None:
    unit = unit.partition(" ")[0]
    if unit and singular_of(word) == singular_of(unit.casefold()):
        return WrittenUnit(word, Fraction(1))
    found, own = _spelled(word), _spelled(unit)
    if found is None or own is None:
        return None
    dimension, size = found
    own_dimension, own_size = own
    factor = size / own_size if size and own_size and dimension == own_dimension else None
    return WrittenUnit(
        word,
        factor,
        is_measure=own_dimension == "count" and dimension in ("mass", "length", "volume", "pack"),
    )


def _spelled(word: str) -> tuple[str, Fraction | None] | None:
    word = word.casefold()
    return _KNOWN.get(word) or _KNOWN.get(singular_of(word))
