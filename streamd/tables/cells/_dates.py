"""Parses the dates and periods of tables into ISO dates."""

import re
from datetime import date, timedelta
from typing import Final

from streamd.text.time_words import month_number

_MONTH: Final = r"(?P<name>[A-Za-z]{3,9})\.?"
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
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]*{_MONTH}[ ,-]*(?P<y>\d{{4}}|\d{{2}})",
        rf"{_MONTH} *(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>\d{{4}})",
    )
)
_NUMERIC: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_PERIODS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<y>\d{4})[-/. ]?[Ww](?P<w>\d{1,2})",
        r"(?P<y>\d{4})[-/. ]?[Qq](?P<q>[1-4])",
        r"[Qq](?P<q>[1-4])[-/. ]?(?P<y>\d{4})",
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})",
        r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})",
        rf"{_MONTH}[-/. ,']*(?P<y>\d{{4}}|\d{{2}})",
        rf"(?P<y>\d{{4}})[-/. ]*{_MONTH}",
    )
)
_MAX_CHARS: Final = 40
_SERIAL: Final = re.compile(r"[2-7][0-9]{4}(?:[.,]0+)?", re.ASCII)
"""Days from 1954 to 2118, as spreadsheets count them."""
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
    time = _TIME.search(text)
    day = _whole(text[: time.start()] if time else text, day_first=day_first)
    if day is None:
        return None
    clock = _clock(time) if time else ""
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
            year = _year(parts["y"])
            try:
                if parts.get("w"):
                    return date.fromisocalendar(year, int(parts["w"]), 1).isoformat()
                if parts.get("q"):
                    return date(year, 3 * int(parts["q"]) - 2, 1).isoformat()
                month = month_number(parts["name"]) if parts.get("name") else int(parts["m"])
                return date(year, month, 1).isoformat()
            except ValueError:
                continue
    return None


def serial_date(text: str) -> str | None:
    """The date of the number that spreadsheets keep it as: days since the end of 1899."""
    if not _SERIAL.fullmatch(text):
        return None
    return (_SERIAL_START + timedelta(days=int(text[:5]))).isoformat()


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
                parts = found.groupdict()
                month = month_number(parts["name"]) if "name" in parts else int(parts["m"])
                return date(_year(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None
    return None


def _clock(time: re.Match[str]) -> str | None:
    """The time of day with its zone; empty at midnight without a zone, which is how spreadsheets write plain dates."""
    hour, minute, second = int(time["h"]), int(time["m"]), int(time["s"] or 0)
    if time["half"]:
        hour = hour % 12 + (12 if time["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    if not (hour or minute or second or time["zone"]):
        return ""
    zone = (time["zone"] or "Z").upper()
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"T{hour:02}:{minute:02}:{second:02}{zone}"


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (1900 if int(text) >= _CENTURY_TURN else 2000)
