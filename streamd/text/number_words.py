"""Numbers in words: `seven`, `twenty-four`, `a few`."""

from collections.abc import Mapping
from typing import Final

from streamd.text.plurals import counted, plural_of

_UP_TO_TWENTY: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
CARDINALS: Final[Mapping[str, int]] = {word: number for number, word in enumerate(_UP_TO_TWENTY)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
"""The numbers that are one word, from 0 to 90."""
ROUGH_NUMBERS: Final[Mapping[str, int]] = {"couple": 2, "pair": 2, "few": 3, "several": 3, "handful": 5}
"""The number that a vague number word stands for."""
ARTICLES: Final[Mapping[str, int]] = {"a": 1, "an": 1}
_WRITTEN_OUT: Final = 10


def cardinal_of(text: str) -> int | None:
    """The whole number that digits, an article or one or two number words name (`12`, `a`, `twenty-four`); else None."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text in ARTICLES:
        return ARTICLES[text]
    tens, _, units = text.replace("-", " ").partition(" ")
    if not units:
        return CARDINALS.get(tens)
    first, last = CARDINALS.get(tens, 0), CARDINALS.get(units, 0)
    return first + last if first >= 20 and 0 < last < 10 else None


def counted_in_words(count: int, noun: str) -> str:
    """A number with its noun, up to ten in words: `no days`, `one day`, `five days`, `12 days`."""
    if count > _WRITTEN_OUT:
        return counted(count, noun)
    number = _UP_TO_TWENTY[count] if count else "no"
    return f"{number} {noun if count == 1 else plural_of(noun)}"
