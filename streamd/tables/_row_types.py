"""The item type of one row."""

from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables._cells import CellStyle, read_cell
from streamd.tables._import_wording import NO_TYPE
from streamd.tables._recognition import type_by_word


def row_type(cell: str, default: str, types: ItemTypes, *, exported: bool) -> str:
    """The type that a cell names: in an export the exact type, else any name of a declared type; the default where it is empty.

    Raises InvalidMessageError.
    """
    word = str(read_cell(cell, "string", style=CellStyle(is_exported=exported)) or "")
    if not word:
        if not default:
            raise InvalidMessageError(NO_TYPE, path="type")
        return default
    if exported:
        return types.get(word).name
    return type_by_word(word, types) or types.get(word).name
