"""Dates without a year, by the day of the request: `March 5`, `the 5th of March`, `25/12`.

What is due, expires or is expected lies ahead, what was received, bought or made lies behind: such a date is the nearest one
in the direction of its field, at most half a year away. For any other field, and farther away, the year has to be said.
"""

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from streamd.language._syntax_tree import UnclearValueError
from streamd.text.calendar_names import ORDINAL, first_day
from streamd.text.time_words import MONTHS
from streamd.text.wordlist import words

_MONTH: Final = rf"(?P<month>{'|'.join((*MONTHS, 'sept', *(month[:3] for month in MONTHS)))})\b\.?"
_DAY: Final = rf"(?:the\s+)?(?P<day>\d{{1,2}}){ORDINAL}"
_NO_YEAR: Final = r"(?!\w)(?!,?\s+\d{4}\b)"
_NAMED: Final = (
    re.compile(rf"{_DAY}\s+(?:of\s+)?{_MONTH}{_NO_YEAR}", re.IGNORECASE),
    re.compile(rf"{_MONTH}\s+{_DAY}{_NO_YEAR}", re.IGNORECASE),
)
_NUMERIC: Final = re.compile(r"(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\w/])")
_AHEAD: Final = words(
    "due expiry expiration expires expire expected eta deadline renewal renew until end ends next planned scheduled promised"
)
_BEHIND: Final = words(
    "actual received purchase purchased bought last created made manufactured counted sold opened hired acquired delivered ordered order shipped"
)
_PAST: Final = words("expired ended was were had")
"""Words before a date that what lies ahead is not said with."""
_FARTHEST_DAYS: Final = 183
_MONTHS_IN_YEAR: Final = 12


def direction_of(fields: Collection[str], before: Collection[str] = ()) -> int:
    """1 where the dates of fields lie ahead, -1 where they lie behind, 0 where that cannot be said.

    `before` are the words before the date: what had expired, expired in the past, though expiry dates lie ahead.
    """
    said = {word for name in fields for word in name.casefold().replace("_", " ").split(" ")}
    is_ahead, is_behind = bool(said & _AHEAD), bool(said & _BEHIND)
    if is_ahead == is_behind or (is_ahead and _PAST.intersection(before)):
        return 0
    return 1 if is_ahead else -1


def yearless_date(text: str, at: int, today: date | None, direction: int) -> tuple[date, int] | None:
    """Read a date without its year, and where it ends; None where there is none.

    Raises UnclearValueError for one that is not certain: which one, which year, or no date at all.
    """
    found = next((match for pattern in _NAMED if (match := pattern.match(text, at))), None)
    if found is not None:
        day, month = found["day"], found["month"]
    elif (found := _NUMERIC.match(text, at)) is not None:
        first, second = int(found["first"]), int(found["second"])
        if first <= _MONTHS_IN_YEAR and second <= _MONTHS_IN_YEAR and first != second:
            raise UnclearValueError(
                f"«{found[0]}» may be two dates: write it with the name of the month, or as {_example(first, second, today)}. "
                "Nothing was changed."
            )
        day, month = (str(first), str(second)) if second <= _MONTHS_IN_YEAR else (str(second), str(first))
    else:
        return None
    if today is None or direction == 0:
        raise _unsure(found[0])
    near = [one for year in (-1, 0, 1) if (one := _day_in(today.year + year, month, day)) is not None]
    if not near and _day_in(2000, month, day) is None:
        raise UnclearValueError(f"There is no date «{found[0]}» on the calendar, so nothing was changed.")
    fitting = [one for one in near if 0 <= (one - today).days * direction <= _FARTHEST_DAYS]
    if len(fitting) != 1:
        raise _unsure(found[0])
    return fitting[0], found.end()


def _day_in(year: int, month: str, day: str) -> date | None:
    try:
        return first_day(year, month, day)
    except ValueError:
        return None


def _example(first: int, second: int, today: date | None) -> str:
    year = 2027 if today is None else today.year
    return f"{year}-{first:02}-{second:02} or {year}-{second:02}-{first:02}"


def _unsure(said: str) -> UnclearValueError:
    return UnclearValueError(
        f"I am not sure which date «{said}» is: write it with its year, for example 2027-03-24. Without a year I take the next one "
        "of what is due, expected or expires, and the last one of what was received, ordered or made, within half a year. "
        "Nothing was changed."
    )
