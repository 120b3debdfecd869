"""The periods of a demand history."""

from datetime import date, timedelta
from typing import Final

from streamd.facts import frozen
from streamd.text.time_words import DAYS_PER_MONTH

_UNITS: Final = {1: "month", 3: "quarter", 12: "year"}


@frozen
class Period:
    """The length of the periods of a history: whole months, or days."""

    months: int = 0
    """The number of months; 0 for a period of days."""
    days: int = 1
    ahead: int = 0
    """Days by which each period begins before its month, or its multiple of so many days, does."""

    @property
    def length_days(self) -> float:
        """The length in days, of months the mean."""
        return self.months * DAYS_PER_MONTH if self.months else float(self.days)

    @property
    def unit(self) -> str:
        """The noun for the period: `day`, `week`, `month`."""
        if self.months:
            return _UNITS.get(self.months, f"{self.months} months")
        return {1: "day", 7: "week"}.get(self.days, f"{self.days} days")

    def number(self, day: date) -> int:
        """The number of the period that contains a day, from an arbitrary origin."""
        moved = day + timedelta(self.ahead)
        if self.months:
            return (moved.year * 12 + moved.month - 1) // self.months
        return (moved.toordinal() - 1) // self.days

    def start(self, number: int) -> date:
        """The first day of a period."""
        if self.months:
            moved = date(number * self.months // 12, number * self.months % 12 + 1, 1)
        else:
            moved = date.fromordinal(number * self.days + 1)
        return moved - timedelta(self.ahead)


DAILY: Final = Period()
WEEKLY: Final = Period(days=7)
