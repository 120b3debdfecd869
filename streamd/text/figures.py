"""Writes numbers the way people and JSON like them."""

from typing import Final

from streamd.core.values import MAX_INTEGER

_DECIMALS: Final = 4


def plain(number: float) -> int | float:
    """Round a number for JSON: at most four decimals, whole numbers without a point."""
    rounded = float(round(number, _DECIMALS))
    return int(rounded) if rounded.is_integer() and abs(rounded) <= MAX_INTEGER else rounded


def words(number: float) -> str:
    """Format a number for people: `1,250`, `12.5`, `0.27`; small ones keep two digits, large ones no decimals."""
    if number == 0 or abs(number) >= 100 or float(number).is_integer():
        return f"{number:,.0f}"
    if abs(number) >= 1:
        return f"{number:,.1f}".removesuffix(".0")
    return f"{number:.2g}" if abs(number) >= 0.01 else f"{number:.1g}"


def money(amount: float) -> str:
    """Format an amount of money with two decimals and thousands separators."""
    return f"{amount:,.2f}"
