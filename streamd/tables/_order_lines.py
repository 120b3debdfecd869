"""Tells tables of order lines, each of which is about an order and an item, from tables of items and of orders."""

from collections.abc import Iterable, Sequence
from typing import Final

from streamd.tables._demand_columns import item_column, quantity_column
from streamd.tables.cells import words_of
from streamd.tables.files import Row
from streamd.text.seen_texts import SeenTexts
from streamd.text.wordlist import words

_ORDERS: Final = words(
    "order orders po so invoice sale sales receipt transaction ticket bill delivery purchase document"
)
_BY_THEMSELVES: Final = frozenset({"order", "po", "invoice", "receipt", "transaction"})
"""Those whose number needs no word for it; `Sales` alone is a quantity."""
_NUMBERS: Final = frozenset(["id", "number", "no", "nr", "num", "ref", "reference"])
_MOVED: Final = frozenset(["sold", "ordered", "shipped", "delivered", "invoiced", "picked", "returned"])


def may_be_order_lines(header: Sequence[str], rows: Iterable[Row]) -> bool:
    """Whether rows may be lines of orders: they have an order's number, an item and a quantity, and items come again or are sold.

    `rows` are those below the header.
    """
    item, quantity = item_column(header), quantity_column(header)
    if item is None or quantity is None or not any(map(_is_order_number, header)):
        return False
    if _MOVED & set(words_of(header[quantity])):
        return True
    seen = SeenTexts()
    texts = (row.cell(item).strip() for row in rows)
    return any(seen.add(text) for text in texts if text)


def _is_order_number(title: str) -> bool:
    """Whether a title is that of an order's number: `Order Number`, `Invoice No`, `Order #`."""
    words = words_of(title)
    if len(words) > 1 and words[-1] in _NUMBERS:
        return set(words[:-1]) <= _ORDERS
    return len(words) == 1 and words[0] in _BY_THEMSELVES
