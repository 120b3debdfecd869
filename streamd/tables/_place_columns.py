"""Columns a place: `Current Quantity Main Store` and `Current Quantity Harbour`."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item_type import ItemType
from streamd.tables._system_headers import numeric_field
from streamd.tables.cells import words_of

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


@attrs.frozen
class PlaceColumn:
    """A column with a number for one place."""

    field: str
    place: str


def place_columns(header: Sequence[str], item_type: ItemType) -> Mapping[int, PlaceColumn]:
    """The columns that are about one place each. It is one where two kinds of columns at least name it."""
    found: dict[int, tuple[str, str]] = {}
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for column, title in enumerate(header):
        words = words_of(title)
        for start, word in _FIELDS.items():
            if words[: len(start)] == start and len(words) > len(start):
                place = " ".join(words[len(start) :])
                kinds.setdefault(place, set()).add(start)
                found[column] = word, place
    return {
        column: PlaceColumn(field, place)
        for column, (word, place) in found.items()
        if word and len(kinds[place]) > 1 and (field := numeric_field(item_type, word))
    }
