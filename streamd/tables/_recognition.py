"""Recognises the item type of a table from the request, its `Type` column, its headers and its file name."""

from collections.abc import Sequence
from typing import Final

from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._evidence import FileEvidence
from streamd.tables._header_evidence import HeaderEvidence, own_words
from streamd.tables._import_questions import (
    ambiguous_type,
    too_many_types,
    unknown_type,
)
from streamd.tables._import_wording import (
    NO_TYPE,
    TYPE_AS_GIVEN,
    type_from,
    type_from_column,
)
from streamd.tables.cells import CellStyle, compact, compact_singular, read_cell

_LEAST_LEAD: Final = 1.2
"""How much more than the second one the best type must score."""


@frozen
class Recognition:
    """The item types of a table's rows."""

    name: str
    """The type of rows without one of their own; empty when each row has one."""
    reason: str
    type_column: int | None = None
    """The column that holds the type of each row."""


def recognise(
    found: FileEvidence, types: ItemTypes, *, type_name: str | None, file_name: str = ""
) -> Recognition:
    """Recognise the types of the rows. Raises InvalidMessageError when they are ambiguous."""
    column = _type_column(found, types)
    if type_name:
        name = type_by_word(type_name, types) or type_name
        types.get(name)
        return Recognition(name, TYPE_AS_GIVEN, column)
    if column is not None:
        return Recognition("", type_from_column(found.header[column]), column)
    return _by_headers(found.header, types, file_name)


def type_by_word(word: str, types: ItemTypes) -> str | None:
    """The declared type that goes by this name, title or alias, in the singular or plural."""
    for spell in (compact, compact_singular):
        for item_type in types:
            if spell(word) and spell(word) in {spell(own) for own in own_words(item_type)}:
                return item_type.name
    return None


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


def is_export(header: Sequence[str]) -> bool:
    """Whether this is a table that `write_table` wrote."""
    return {"itemid", "type"} <= {compact(title) for title in header}


def _type_column(found: FileEvidence, types: ItemTypes) -> int | None:
    """The column `Type` (or `Item Type`), when what stands in it are types of items."""
    for column in found.type_columns:
        words = found.words(column)
        if words is None and is_export(found.header):
            raise InvalidMessageError(too_many_types(found.header[column]), path="text")
        if is_export(found.header) or (words and all(type_by_word(word, types) for word in words)):
            return column
    return None


def _by_headers(header: Sequence[str], types: ItemTypes, file_name: str) -> Recognition:
    """The type whose fields the columns match. Raises InvalidMessageError where none does, or two do alike."""
    found = HeaderEvidence.of(header, types, file_name)
    ranked = found.ranked()
    if not ranked or not found.is_enough(ranked[0]):
        raise InvalidMessageError(unknown_type(tuple(types.declared)), path="item_type")
    best = ranked[0]
    if len(ranked) > 1 and best.score < _LEAST_LEAD * ranked[1].score:
        raise InvalidMessageError(ambiguous_type(best.name, ranked[1].name), path="item_type")
    return Recognition(best.name, type_from(list(dict.fromkeys(best.titles))[:3]))
