"""Derives names and ids of imported items, so that the same row always has the same id."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item_type import SOURCE_ID, ItemType
from streamd.core.values import MAX_ID_CHARS, Value
from streamd.tables._column_names import slug
from streamd.tables._columns import ITEM_ID

_KEY_ENDS: Final = ("_id", "_number", "_code", "_no")
_NAME_FALLBACKS: Final = ("description", "label")


@attrs.frozen
class Identity:
    """The columns that identify the rows of a table."""

    key_fields: tuple[str, ...]
    """Fields whose values are unique in the table, the best first: they make the id where there is no id column."""
    exported: bool = False
    """Whether `Item ID` holds ids as the daemon knows them, whatever they look like."""

    def id_of(self, type_name: str, fields: Mapping[str, Value]) -> str:
        """The item's id; empty when nothing in the row can make one.

        `Item ID` as it stands (a mere number is taken for an id of the file's own), else `<type>-<ID>`, else
        `<type>-<key>`, else `<type>-<name>` in lower case with hyphens.
        """
        full = str(fields.get(ITEM_ID, ""))
        if full and (self.exported or not full.isdigit()):
            return full
        for field in (ITEM_ID, SOURCE_ID, *self.key_fields):
            if value := _text(fields.get(field)):
                return f"{type_name}-{value}"
        name = slug(_text(fields.get("name")))
        return f"{type_name}-{name}"[:MAX_ID_CHARS] if name else ""

    def name_of(self, item_type: ItemType, fields: Mapping[str, Value]) -> str:
        """The item's name where no column holds one: its key (SKU, order number …), a description, or its id."""
        for field in (*key_fields(item_type), *_NAME_FALLBACKS):
            if value := _text(fields.get(field)):
                return value
        number = _text(fields.get(SOURCE_ID))
        return f"{item_type.title or item_type.name} {number}".strip() if number else ""


def key_fields(item_type: ItemType) -> tuple[str, ...]:
    """Declared text fields that identify items, such as `sku`, `order_number` and `shipment_id`."""
    return tuple(
        name
        for name, spec in item_type.fields.items()
        if spec.kind == "string" and not spec.refers_to and (name == "sku" or name.endswith(_KEY_ENDS))
    )


def unique(values: Sequence[str]) -> bool:
    """Whether the values that are not empty are unique, and there is one."""
    filled = [text for value in values if (text := value.strip())]
    return bool(filled) and len(set(filled)) == len(filled)


def _text(value: Value | None) -> str:
    return "" if value is None else str(value).strip()
