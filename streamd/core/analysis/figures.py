"""Reading figures out of items, and writing them the way people and JSON like them."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.item import Item
from streamd.core.values import MAX_INTEGER

DAYS_PER_YEAR: Final = 365
_DECIMALS: Final = 4
LARGEST: Final = 1e15
_SMALLEST: Final = 1e-9


def number_in(item: Item, field: str) -> float | None:
    """The number in a field; None when there is none, or something else stands there."""
    value = item.fields.get(field)
    return figure(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def figure(number: float) -> float | None:
    """The number if one can calculate with it: within ±1e15, and nought when it is nearer to it than 1e-9.

    So products and quotients of figures stay finite.
    """
    if not -LARGEST <= number <= LARGEST:  # NaN is not either
        return None
    return 0.0 if abs(number) < _SMALLEST else float(number)


def text_in(item: Item, field: str) -> str:
    """The text in a field, without outer spaces; empty when there is none."""
    value = item.fields.get(field)
    return value.strip() if isinstance(value, str) else ""


def texts_in(item: Item, field: str) -> tuple[str, ...]:
    """The texts of a list field; a plain text counts as a list of one."""
    value = item.fields.get(field)
    members = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text for member in members if isinstance(member, str) and (text := member.strip()))


def plain(number: float) -> int | float:
    """A number as JSON should carry it: at most four decimals, whole numbers without a point."""
    rounded = float(round(number, _DECIMALS))
    return int(rounded) if rounded.is_integer() and abs(rounded) <= MAX_INTEGER else rounded


def words(number: float) -> str:
    """A number as a person writes it: `1,250`, `12.5`, `0.27`; small ones keep two digits, large ones no decimals."""
    if number == 0 or abs(number) >= 100 or float(number).is_integer():
        return f"{number:,.0f}"
    if abs(number) >= 1:
        return f"{number:,.1f}".removesuffix(".0")
    return f"{number:.2g}" if abs(number) >= 0.01 else f"{number:.1g}"


def money(amount: float) -> str:
    """An amount of money with two decimals and thousands separators."""
    return f"{amount:,.2f}"


def listing(names: Sequence[str], *, at_most: int = 3) -> str:
    """Names for a sentence: `A, B and C`, or `A, B, C and 4 more`."""
    if len(names) > at_most:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def without_none(table: Mapping[str, object]) -> dict[str, object]:
    """The table without its empty places: on the wire what is not known is absent, not null."""
    return {key: value for key, value in table.items() if value is not None}
