"""Reads figures and texts out of the fields of items."""

from typing import Final

from streamd.core.item import Item

LARGEST: Final = 1e15
_SMALLEST: Final = 1e-9


def number_in(item: Item, field: str) -> float | None:
    """The number in a field; None without one."""
    value = item.fields.get(field)
    return usable_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def usable_number(number: float) -> float | None:
    """The number if it is usable: within ±1e15, and 0 when it is within 1e-9 of it.

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
