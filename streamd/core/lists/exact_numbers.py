"""Sums and products of numbers as the decimals that they are written as."""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final

_EXACT: Final = Context(prec=1_000, traps=[])
"""Enough digits for the exact sum or product of any two doubles below 2^53."""


def exact_sum(numbers: Iterable[float]) -> float:
    """Add numbers as the decimals that they are written as, and round once: 0.1 + 0.2 is 0.3. Whole ones stay whole."""
    total = ExactSum()
    for number in numbers:
        total.add(number)
    return total.value


class ExactSum:
    """A sum as of `exact_sum`, number by number."""

    def __init__(self) -> None:
        self._whole = 0
        self._decimal: Decimal | None = None

    def add(self, number: float) -> None:
        """Add a number."""
        if type(number) is int:
            self._whole += number
        else:
            self._decimal = _EXACT.add(self._decimal or Decimal(0), _decimal(number))

    @property
    def value(self) -> float:
        """The sum, rounded to a double if a part of it was one."""
        return (
            self._whole if self._decimal is None else float(_EXACT.add(self._decimal, Decimal(self._whole)))
        )


def exact_product(left: float, right: float) -> float:
    """Multiply two numbers as the decimals that they are written as, and round once: 3 * 0.1 is 0.3."""
    if type(left) is int and type(right) is int:
        return left * right
    return float(_EXACT.multiply(_decimal(left), _decimal(right)))


def _decimal(number: float) -> Decimal:
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))
