"""The time of day where the users are."""

from datetime import UTC, datetime


def local_time(at_ms: int, time_zone: str) -> datetime:
    """Return a Unix time as the time of day in a zone; an empty one is the machine's."""
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(time_zone) if time_zone else None)
