"""Codes of items: SKU, order, shipment or tracking number, which name an item as a whole."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from streamd.core.values import Value
from streamd.language._tokens import key_of

_LONGEST_CODE: Final = 40
_CODE_ENDINGS: Final = (
    "sku",
    "id",
    "number",
    "no",
    "code",
    "barcode",
    "ean",
    "upc",
    "serial",
    "reference",
    "ref",
)
_SHORTEST_DIGITS: Final = 8


def codes_of(fields: Mapping[str, Value]) -> list[str]:
    """The keys of an item's codes: SKU, order, shipment or tracking number."""
    found = []
    for field, value in fields.items():
        if isinstance(value, str) and len(value) <= _LONGEST_CODE and _is_code_field(field):
            key = key_of(value)
            bare = key.replace(" ", "")
            if len(bare) > 2 and (not bare.isdigit() or len(bare) >= _SHORTEST_DIGITS):
                found.append(key)
    return found


@lru_cache(maxsize=4096)
def _is_code_field(field: str) -> bool:
    return field != "id" and field.rpartition("_")[2] in _CODE_ENDINGS
