"""Decides which column holds which field, and what becomes of the others: none that is filled is dropped in silence."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from streamd.core.item_type import COMMON_FIELDS, SOURCE_ID, ItemType
from streamd.facts import define
from streamd.tables._import_wording import (
    EMPTY_COLUMN,
    SAID_TO_SKIP,
    UNNAMED_COLUMN,
    fallback_column,
    other_column,
    undeclared_field,
)
from streamd.tables.columns._field_words import ITEM_ID, ColumnMatch, extra_name, labels_of, vocabulary_of
from streamd.tables.columns._place_columns import place_columns

_NOTHING_SAID: Final[Mapping[int, str]] = MappingProxyType({})
_SAID: Final = -1
_OF_A_SYSTEM: Final = 3
_NAME: Final = "name"


@define
class ColumnMap:
    """The columns of one table, read as items of one type."""

    sources: dict[str, tuple[int, ...]] = attrs.field(factory=dict)
    """The columns of each field, the most reliable first."""
    mapped: dict[str, str] = attrs.field(factory=dict)
    """Column to field, for fields that the type declares and those that every item has."""
    kept: dict[str, str] = attrs.field(factory=dict)
    """Column to field, for further fields."""
    skipped: dict[str, str] = attrs.field(factory=dict)
    """Column to the reason why nothing, or not everything, was taken from it."""
    also: dict[int, str] = attrs.field(factory=dict)
    """Further columns of the name, and where they are kept when they say something else than the first."""
    places: dict[str, dict[str, int]] = attrs.field(factory=dict)
    """By field: the column of each place, where there are several."""

    def in_use(self) -> Iterator[tuple[str, int]]:
        """Each field with each column that it is read from."""
        for field, columns in self.sources.items():
            yield from ((field, column) for column in columns)
        for field, places in self.places.items():
            yield from ((field, column) for column in places.values())


def map_columns(
    header: Sequence[str],
    item_type: ItemType,
    *,
    filled: Sequence[bool],
    exported: bool = False,
    type_column: int | None = None,
    said: Mapping[int, str] = _NOTHING_SAID,
) -> ColumnMap:
    """Map, keep or skip every column of the header.

    Args:
        header: the titles.
        item_type: whose fields they are.
        filled: whether each column has any content.
        exported: the daemon wrote the table: an emptied column of it clears its field.
        type_column: the column that holds the type of each row.
        said: fields of columns that whoever imports has named; to nothing: the column is skipped.

    """
    found, labels = ColumnMap(), labels_of(header)
    matches = _matches(header, item_type, filled, said, found)
    claims: dict[str, list[tuple[bool, int, int, int]]] = {}
    owners: dict[int, tuple[str, int]] = {}
    """Columns that do not hold the field that they match, with that field and the column that does."""
    for column, title in enumerate(header):
        match = matches.get(column)
        if column == type_column:
            continue
        if column in said and not said[column]:
            found.skipped[labels[column]] = SAID_TO_SKIP
        elif match is not None:
            order = (match.quality != _SAID and not filled[column], match.quality, match.place, column)
            claims.setdefault(match.field, []).append(order)
        elif any(column in places.values() for places in found.places.values()):
            continue
        elif filled[column] or (exported and title):
            owners[column] = ("", column)
        elif title:
            found.skipped[labels[column]] = EMPTY_COLUMN
    known = {ITEM_ID, SOURCE_ID, *COMMON_FIELDS, *item_type.fields}
    for field, columns in claims.items():
        first, *others = (column for *_, column in sorted(columns))
        found.sources[field] = (first,)
        (found.mapped if field in known else found.kept)[labels[first]] = field
        for other in others:
            if filled[other]:
                owners[other] = (field, first)
            else:
                found.skipped[labels[other]] = EMPTY_COLUMN
    for column, (field, first) in sorted(owners.items()):
        _keep(column, field, labels[first], labels[column], header, item_type, found)
    found.sources = dict(sorted(found.sources.items(), key=lambda one: one[1]))
    return found


def _matches(
    header: Sequence[str],
    item_type: ItemType,
    filled: Sequence[bool],
    said: Mapping[int, str],
    found: ColumnMap,
) -> Mapping[int, ColumnMatch]:
    """The fields that columns mean; those of several places are put into the map."""
    vocabulary = vocabulary_of(item_type)
    matches = {column: ColumnMatch(field, _SAID) for column, field in said.items() if field}
    for column, title in enumerate(header):
        if column not in said and (match := vocabulary.match(title)):
            matches[column] = match

    def field_of(title: str) -> str:
        match = vocabulary.match(title)
        return match.field if match else ""

    at_places = {
        column: one
        for column, one in place_columns(header, item_type, field_of).items()
        if filled[column] and column not in said
    }
    is_split = len({one.place for one in at_places.values()}) > 1
    labels = labels_of(header) if at_places else ()
    for column, one in at_places.items():
        if is_split:
            found.places.setdefault(one.field, {})[one.place] = column
            found.mapped[labels[column]] = one.field
            matches.pop(column, None)
        else:
            matches[column] = ColumnMatch(one.field, _OF_A_SYSTEM)
    return matches


def _keep(
    column: int,
    second: str,
    first: str,
    label: str,
    header: Sequence[str],
    item_type: ItemType,
    found: ColumnMap,
) -> None:
    """Keep a column that no declared field has, or not alone, as a field of its own."""
    taken = {ITEM_ID, SOURCE_ID, *COMMON_FIELDS, *item_type.fields, *found.sources, *found.also.values()}
    own = extra_name(header[column], item_type)
    while own and own in taken:
        own = f"{own}_{column + 1}"
    why = UNNAMED_COLUMN if not own else ""
    if own and not item_type.other_fields:
        why = other_column(second, first) if second else undeclared_field(item_type.name)
    if second == _NAME:
        # It is the same name in most tables, and the only one in rows without the first.
        found.sources[second] = (*found.sources[second], column)
        if not why:
            found.also[column] = own
        found.skipped[label] = fallback_column(second, first, "" if why else own)
    elif why:
        found.skipped[label] = why
    else:
        found.sources[own] = (column,)
        found.kept[label] = own
