"""English months and days of the week, and how many days a month, a quarter and a year have."""

from collections.abc import Mapping
from typing import Final

DAYS_PER_YEAR: Final = 365.25
DAYS_PER_QUARTER: Final = DAYS_PER_YEAR / 4
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12
DAYS_IN: Final[Mapping[str, float]] = {
    "day": 1.0,
    "week": 7.0,
    "fortnight": 14.0,
    "month": DAYS_PER_MONTH,
    "quarter": DAYS_PER_QUARTER,
    "year": DAYS_PER_YEAR,
}
"""The length of each unit in days; of months, quarters and years the mean over leap years."""
DAYS_PER_ACCOUNTING_YEAR: Final = 365
"""The year of formulas for inventory and cost, in which turnover, holding costs and order quantities are stated."""
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
