"""Columns a place: `Current Quantity Main Store`, `In stock [Kiosk]`, `Harbour - Quantity on Hand`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.core.item_type import ItemType
from streamd.facts import frozen
from streamd.tables.cells import words_of
from streamd.tables.columns._system_headers import numeric_field

_FIELDS: Final[Mapping[tuple[str, ...], str]] = {
    ("current", "quantity"): "current stock",
    ("inventory",): "current stock",
    ("stock", "alert", "count"): "reorder point",
    ("reorder", "point"): "reorder point",
    ("new", "quantity"): "",
    ("stock", "alert", "enabled"): "",
    ("restock", "level"): "",
    ("reorder", "amount"): "",
}
"""Words before the place, and a word for the field; nothing where the column only shows that this is a place."""


_IN_BRACKETS: Final = re.compile(r"(?P<field>.+?)\s*\[(?P<place>.+)\]")
_IN_FRONT: Final = re.compile(r"(?P<place>.+?) - (?P<field>.+)")
_QUANTITIES: Final = ("current stock", "reorder point", "min stock", "max stock", "on order")


@frozen
class PlaceColumn:
    """A column with a number for one place."""

    field: str
    place: str


def place_columns(
    header: Sequence[str], item_type: ItemType, field_of: Callable[[str], str]
) -> Mapping[int, PlaceColumn]:
    """The columns that are about one place each.

    A place is what two kinds of columns at least name, or what stands in square brackets, or before a hyphen, where there are
    several of these. `field_of` tells the field of a title.
    """
    marked = _marked(header, item_type, field_of)
    found: dict[int, tuple[str, str]] = {}
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for column, title in enumerate(header):
        words = words_of(title)
        for start, word in _FIELDS.items():
            if words[: len(start)] == start and len(words) > len(start):
                place = " ".join(words[len(start) :])
                kinds.setdefault(place, set()).add(start)
                found[column] = word, place
    return marked | {
        column: PlaceColumn(field, place)
        for column, (word, place) in found.items()
        if word and len(kinds[place]) > 1 and (field := numeric_field(item_type, word))
    }


def _marked(
    header: Sequence[str], item_type: ItemType, field_of: Callable[[str], str]
) -> dict[int, PlaceColumn]:
    """Columns of a quantity whose titles mark the place off."""
    quantities = {name for word in _QUANTITIES if (name := numeric_field(item_type, word))}
    found: dict[int, PlaceColumn] = {}
    for column, title in enumerate(header):
        for pattern in (_IN_BRACKETS, _IN_FRONT):
            parts = pattern.fullmatch(title)
            if parts and (field := field_of(parts["field"])) in quantities:
                found[column] = PlaceColumn(field, parts["place"].strip())
    return found
