"""Parses the dates and periods of tables into ISO dates."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Final

from streamd.text.calendar_names import ORDINAL, first_day, is_weekday, month_number

_MONTH: Final = r"(?P<month>[A-Za-z\u00c0-\u017f]{3,12})\.?"
_TIME: Final = re.compile(
    r"[T ]\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?"
    r"\s*(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)
_ISO_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DAYS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?P<day>\d{{1,2}}){ORDINAL}\.?[ -]*(?:de )?{_MONTH}(?:[ ,-]*| de )(?P<year>\d{{4}}|\d{{2}})",
        rf"{_MONTH} *(?P<day>\d{{1,2}}){ORDINAL},? +(?P<year>\d{{4}})",
    )
)
_NUMERIC: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_PERIODS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})[-/. ]?[Ww](?P<week>\d{1,2})",
        r"(?P<year>\d{4})[-/. ]?[Qq](?P<quarter>[1-4])",
        r"[Qq](?P<quarter>[1-4])[-/. ]?(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        rf"{_MONTH}(?:[-/. ,']*| de )(?P<year>\d{{4}}|\d{{2}})",
        rf"(?P<year>\d{{4}})[-/. ]*{_MONTH}",
    )
)
_MAX_CHARS: Final = 40
_WEEKDAY: Final = re.compile(r"(?P<name>[^\W\d_]{2,13})(?:-[a-z]+)?[.,]{0,2} ")
_SHORT_MONTH: Final = re.compile(rf"{_MONTH}[/ ,]*(?P<number>\d{{2}})", re.ASCII)
"""Not `Jan-24`, as spreadsheets write months, and not `Jan '24`."""
_MAX_DAY: Final = 31
_FEWEST_MONTHS: Final = 2
_SERIAL: Final = re.compile(r"(?P<days>[2-7][0-9]{4})(?:[.,](?P<time>[0-9]+))?", re.ASCII)
"""Days from 1954 to 2118, as spreadsheets count them; the time is the part of a day behind the point."""
_SECONDS_PER_DAY: Final = 86_400
_SERIAL_START: Final = date(1899, 12, 30)
_CENTURY_TURN: Final = 69
"""Two digits from here on are years of the twentieth century, as POSIX has it."""


def date_of(text: str, *, day_first: bool = False) -> str | None:
    """Parse a date as `YYYY-MM-DD`, with its time as RFC 3339 where one is given (as UTC when no zone is), or None.

    Of `03/04/2024`, which can be read either way, `day_first` decides; with points the day is always first.
    """
    if len(text) > _MAX_CHARS:
        return None
    if _ISO_TIMESTAMP.fullmatch(text):
        return text if _whole(text[:10], day_first=day_first) else None
    clocked = _TIME.search(text)
    day = _whole(text[: clocked.start()] if clocked else text, day_first=day_first)
    if day is None:
        return None
    clock = _clock(clocked) if clocked else ""
    return None if clock is None else f"{day.isoformat()}{clock}"


def period_of(text: str, *, day_first: bool = False) -> str | None:
    """Parse a day, week, month or quarter with its year as its first day, `YYYY-MM-DD`; None for anything else."""
    text = text.strip()
    if len(text) > _MAX_CHARS:
        return None
    whole = date_of(text, day_first=day_first)
    if whole:
        return whole[:10]
    for pattern in _PERIODS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            year = _year(parts["year"])
            try:
                if "week" in parts:
                    return date.fromisocalendar(year, int(parts["week"]), 1).isoformat()
                month = str(3 * int(parts["quarter"]) - 2) if "quarter" in parts else parts["month"]
                return first_day(year, month).isoformat()
            except ValueError:
                continue
    return None


def serial_date(text: str) -> str | None:
    """The date of the number that spreadsheets keep it as: days since the end of 1899, with its time of day where it has one."""
    found = _SERIAL.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if found is None:
        return None
    day = _SERIAL_START + timedelta(days=int(found["days"]))
    seconds = round(float(f"0.{found['time'] or 0}") * _SECONDS_PER_DAY)
    return (
        f"{datetime.combine(day, time()) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        if seconds
        else day.isoformat()
    )


def month_or_day(texts: Iterable[str]) -> str:
    """One of the texts such as `Jan 08`, where nothing tells whether its number is the year or the day; else an empty one.

    The numbers are years where there are fewer of them than months, or where one is no day.
    """
    found: dict[str, tuple[str, int]] = {}
    for text in texts:
        short = _SHORT_MONTH.fullmatch(text.strip()) if len(text) <= _MAX_CHARS else None
        with suppress(ValueError):
            if short is not None:
                found[text] = short["number"], month_number(short["month"])
    numbers, months = ({one[place] for one in found.values()} for place in (0, 1))
    if len(numbers) < len(months) or any(not 1 <= int(number) <= _MAX_DAY for number in numbers):
        return ""
    return next(iter(found), "")


def months_of_one_year(texts: Iterable[str]) -> tuple[str, int] | None:
    """One of the texts such as `Jan 08`, and the year that all of them are taken to be in, though it may be a day of each month.

    None where there are no such texts, or of more than one number.
    """
    found: dict[str, str] = {}
    for text in texts:
        short = _SHORT_MONTH.fullmatch(text.strip()) if len(text) <= _MAX_CHARS else None
        with suppress(ValueError):
            if short is not None and month_number(short["month"]):
                found[text.strip()] = short["number"]
    numbers = set(found.values())
    if len(found) < _FEWEST_MONTHS or len(numbers) != 1 or not 1 <= int(min(numbers)) <= _MAX_DAY:
        return None
    return next(iter(found)), _year(min(numbers))


def day_votes(text: str) -> int:
    """1 when the day of a numeric date clearly comes first, -1 when the month does, 0 when it is ambiguous."""
    found = _NUMERIC.match(text.strip()[:_MAX_CHARS])
    return (int(found[1]) > 12) - (int(found[3]) > 12) if found else 0


def is_ambiguous(text: str) -> bool:
    """Whether this is a date such as `03/04/2024`, and another one when day and month change places."""
    found = _NUMERIC.match(text.strip()[:_MAX_CHARS])
    return (
        found is not None and found[2] != "." and int(found[1]) != int(found[3])
        and int(found[1]) <= 12 and int(found[3]) <= 12
    )  # fmt: skip


def is_year_first(text: str) -> bool | None:
    """Whether this may be a date such as `24/04/03` that begins with its year; None where it is no numeric date."""
    found = _NUMERIC.match(text.strip()[:_MAX_CHARS])
    if found is None or found[2] == ".":
        return None
    return len(found[4]) == 2 and int(found[1]) > 12 and int(found[3]) <= 12 and 1 <= int(found[4]) <= 31


def _whole(text: str, *, day_first: bool) -> date | None:
    text = text.strip()
    try:
        if found := _NUMERIC.fullmatch(text):
            first, second, year = int(found[1]), int(found[3]), _year(found[4])
            day_leads = first > 12 or (second <= 12 and (day_first or found[2] == "."))
            return date(year, second, first) if day_leads else date(year, first, second)
        for pattern in _DAYS:
            if found := pattern.fullmatch(text):
                return first_day(_year(found["year"]), found["month"], found["day"])
    except ValueError:
        return None
    if weekday := _WEEKDAY.match(text):
        day = _whole(text[weekday.end() :], day_first=day_first)
        return day if day is not None and is_weekday(weekday["name"], day) else None
    return None


def _clock(clocked: re.Match[str]) -> str | None:
    """The time of day with its zone; empty at midnight without a zone, which is how spreadsheets write plain dates."""
    hour, minute, second = int(clocked["h"]), int(clocked["m"]), int(clocked["s"] or 0)
    if clocked["half"]:
        hour = hour % 12 + (12 if clocked["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    if not (hour or minute or second or clocked["zone"]):
        return ""
    zone = (clocked["zone"] or "Z").upper()
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"T{hour:02}:{minute:02}:{second:02}{zone}"


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (1900 if int(text) >= _CENTURY_TURN else 2000)
