"""Judges the columns of a file for its rows of one type: fields, kinds, formats, key and currencies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item_type import SOURCE_ID, ItemType
from streamd.errors import InvalidMessageError
from streamd.tables._evidence import ColumnEvidence
from streamd.tables._identity import Identity, key_choices
from streamd.tables._import_questions import contradicting_currency, lacks_known_key, no_such_key
from streamd.tables._import_wording import (
    another_key,
    another_key_for_once,
    columns_by_place,
    several_currencies,
    shortened_numbers,
)
from streamd.tables._styles import StyledColumn, check_units_beside, styles_of
from streamd.tables.cells import CellKind, currency_of, different_currencies
from streamd.tables.columns import (
    BARCODE,
    ITEM_ID,
    ColumnMap,
    by_place_field,
    label_of,
    map_columns,
    named_column,
)
from streamd.tables.files import TextFormat
from streamd.tables.judgement import ItemColumns

_CURRENCY: Final = "currency"
_TEXTS: Final = ("string", "any")


def columns_of(
    item_type: ItemType,
    header: Sequence[str],
    evidence: Sequence[ColumnEvidence],
    form: TextFormat,
    type_column: int | None,
    said: Mapping[int, str],
    options: ImportOptions,
    key: str | None,
    *,
    exported: bool,
) -> ItemColumns:
    """Judge the columns of a file for its rows of one type."""
    filled = [one.is_filled for one in evidence]
    columns = map_columns(
        header, item_type, filled=filled, exported=exported, type_column=type_column, said=said
    )
    kinds = {
        column: _kind(item_type, field, evidence[column], exported=exported)
        for field, column in columns.in_use()
    }
    styled = [
        StyledColumn(column, kinds[column], evidence[column], item_type.fields.get(field))
        for field, column in columns.in_use()
    ]
    styles, notes = styles_of(styled, header, form, options, exported=exported)
    if not exported:
        check_units_beside(styled, header, evidence, said)
        notes = (*notes, *_currencies(item_type, header, columns, evidence))
    choices = key_choices(item_type, columns.sources)
    identity = _identity(item_type, header, columns, choices, options, key, exported=exported)
    if identity.key != key and key is not None and options.key is not None:
        told = another_key_for_once if identity.is_for_once else another_key
        notes = (*notes, told(item_type.name, key, identity.key))
    notes = (*notes, *_shortened(header, columns, kinds, evidence, identity))
    if columns.places:
        notes = (*notes, columns_by_place(by_place_field(item_type)))
    loose = tuple(
        field
        for field, column in columns.in_use()
        if evidence[column].is_filled and _is_loose(item_type, field)
    )
    return ItemColumns(columns, kinds, styles, identity, choices, loose=loose, notes=notes)


def _shortened(
    header: Sequence[str],
    columns: ColumnMap,
    kinds: Mapping[int, CellKind],
    evidence: Sequence[ColumnEvidence],
    identity: Identity,
) -> Iterator[str]:
    """Notes on texts that a spreadsheet took for numbers and shortened; in the key they are refused by row."""
    for field, column in columns.in_use():
        sample = evidence[column].shortened
        if sample and kinds[column] in _TEXTS and field != identity.key and not identity.is_exported:
            yield shortened_numbers(label_of(header, column), sample)


def _currencies(
    item_type: ItemType, header: Sequence[str], columns: ColumnMap, evidence: Sequence[ColumnEvidence]
) -> Sequence[str]:
    """A note where a column says of each row in which currency its amounts are, and they are not all the same.

    Raises InvalidMessageError where the amounts name another one.
    """
    amounts = [
        column
        for field, column in columns.in_use()
        if field in item_type.fields and "money" in item_type.fields[field].unit
    ]
    column = next(iter(columns.sources.get(_CURRENCY, ())), None)
    if not amounts or column is None:
        return ()
    named = {
        one for amount in amounts for one in (currency_of(header[amount]), *evidence[amount].currencies)
    } - {""}
    found = different_currencies(named | evidence[column].currencies)
    if named and len(found) > 1:
        raise InvalidMessageError(
            contradicting_currency(label_of(header, column), sorted(found)), path="columns"
        )
    if len(evidence[column].currencies) < 2:
        return ()
    return (several_currencies(label_of(header, column), sorted(evidence[column].currencies)),)


def _identity(
    item_type: ItemType,
    header: Sequence[str],
    columns: ColumnMap,
    choices: Sequence[str],
    options: ImportOptions,
    remembered: str | None,
    *,
    exported: bool,
) -> Identity:
    """The key that is said, else that of earlier imports, else the best by what it is.

    Raises InvalidMessageError where the file has no column of the key of earlier imports: another would add its items again.
    """
    if options.key is not None:
        said = _said_key(item_type, header, columns, options.key)
        is_for_once = remembered is not None and remembered not in columns.sources
        return Identity((said,), is_exported=exported, is_for_once=is_for_once)
    best, *_ = choices
    if exported or best == ITEM_ID or remembered is None or remembered == best:
        return Identity(tuple(choices), is_exported=exported)
    if remembered not in columns.sources:
        raise InvalidMessageError(lacks_known_key(item_type.name, remembered, best), path="key")
    others = tuple(one for one in choices if one != remembered)
    return Identity((remembered, *others))


def _said_key(item_type: ItemType, header: Sequence[str], columns: ColumnMap, said: str) -> str:
    """The field that is said to be the key, by its name or that of its column."""
    if said in columns.sources:
        return said
    column = named_column(header, said)
    for field, sources in columns.sources.items():
        if column in sources:
            return field
    raise InvalidMessageError(no_such_key(said, item_type.name), path="key")


def _kind(item_type: ItemType, field: str, evidence: ColumnEvidence, *, exported: bool) -> CellKind:
    """The kind of a column as declared; of a further field text, unless the table is an export or all cells agree on another."""
    if field in item_type.fields:
        return item_type.fields[field].kind
    if field in ("name", "subtitle", ITEM_ID):
        return "string"
    is_loose = exported or (_is_loose(item_type, field) and evidence.is_loose)
    return "any" if is_loose else "string"


def _is_loose(item_type: ItemType, field: str) -> bool:
    """Whether the cells of a field decide its kind."""
    return field not in item_type.fields and field not in ("name", "subtitle", ITEM_ID, SOURCE_ID, BARCODE)
