"""Today in words: what a model has to know to tell what is overdue, or due tomorrow."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def today_in_words(now_ms: int, time_zone: str) -> str:
    """Name the day of a Unix time and the time zone; an empty zone is the machine's."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(time_zone) if time_zone else None)
    offset = now.strftime("%z")
    zone = f"{time_zone or now.tzname()} (UTC{offset[:3]}:{offset[3:5]})"
    return f"Today is {_DAYS[now.weekday()]}, {now.date().isoformat()}, in the time zone {zone}."


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
