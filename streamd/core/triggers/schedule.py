"""Schedules: cron texts in a time zone. Times are Unix milliseconds, of whole minutes.

A schedule with fixed hours follows the clock on the wall as cron does on Debian: what falls into an hour that is skipped is
due once, when the hour has passed, and what falls into one that comes twice is due the first time only. One for every hour
(`*` or `*/n`) goes by the time that passes.
"""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from streamd.facts import frozen

_FIELDS: Final = 5
_MOST_STEPS: Final = 10_000
"""Far more than a schedule has times in the hour that the clock is set back by."""


@frozen
class Schedule:
    """The times at which something is due."""

    text: str
    zone: ZoneInfo
    _cron: str

    @property
    def fingerprint(self) -> str:
        """Text and zone: a position belongs to them."""
        return f"{self.text} {self.zone.key}"

    def next_after(self, ms: int) -> int | None:
        """The first due time after an instant; None where there is none within fifty years."""
        times = CronSim(self._cron, _at(ms, self.zone))
        for _ in range(
            _MOST_STEPS
        ):  # from within the second of two equal hours, those of the first one are found before it
            found = next(times, None)
            if found is None:
                return None
            if (due := _ms(found)) > ms:
                return due
        return None

    def last_until(self, ms: int) -> int | None:
        """The last due time that is not after an instant; None where there is none."""
        times = CronSim(self._cron, _at(ms + 1000, self.zone), reverse=True)
        for _ in range(_MOST_STEPS):
            found = next(times, None)
            if found is None:
                return None
            if (due := _ms(found)) <= ms:
                break
        else:
            return None
        for _ in range(
            _MOST_STEPS
        ):  # backwards, the first of two equal hours is passed over from within the second
            after = self.next_after(due)
            if after is None or after > ms:
                break
            due = after
        return due


def schedule_from(text: str, zone: str) -> Schedule:
    """Parse a cron text of five fields, in a time zone. Raises ValueError with what is wrong, and whether with `zone` or the text."""
    parts = text.split()
    if len(parts) != _FIELDS:
        raise CronTextError(
            "must have five fields: minute, hour, day of the month, month, day of the week, such as 0 7 * * 1-5"
        )
    try:
        found = ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise TimeZoneError("is no time zone that there is; write it like Europe/Berlin or UTC") from None
    if not parts[1].startswith("*") and parts[0].startswith("*"):
        parts[0] = (
            "0-59" + parts[0][1:]
        )  # else it would go by the time that passes, and lose what a skipped hour has
    cron = " ".join(parts)
    try:
        CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise CronTextError(f"{str(error)[:1].lower()}{str(error)[1:]}; write it like 0 7 * * 1-5") from None
    schedule = Schedule(text, found, cron)
    if schedule.next_after(0) is None:
        raise CronTextError("is never due")
    return schedule


class CronTextError(ValueError):
    """The cron text cannot be read."""


class TimeZoneError(ValueError):
    """There is no such time zone."""


def _at(ms: int, zone: ZoneInfo) -> datetime:
    # Fractions of a second would be a step of their own backwards.
    return datetime.fromtimestamp(ms // 1000, zone)


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
