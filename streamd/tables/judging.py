"""Judges a whole file: finds how its text is read and what its columns are, where whoever imports has not said so."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import Final

import attrs

from streamd.core.declared.import_options import ImportOptions
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.tables._column_judging import columns_of
from streamd.tables._demand_columns import (
    DEMAND,
    demand_columns,
    is_demand_title,
)
from streamd.tables._demand_judging import demand_style, holds_demand
from streamd.tables._evidence import ColumnEvidence, FileEvidence, evidence_of
from streamd.tables._import_questions import (
    MAYBE_ORDER_LINES,
    NO_DEMAND_COLUMNS,
)
from streamd.tables._import_wording import (
    TYPE_AS_GIVEN,
    TYPE_FROM_COLUMNS,
    likely_encoding,
    stock_by_place,
)
from streamd.tables._order_lines import may_be_order_lines
from streamd.tables._other_rows import header_row
from streamd.tables._place_rows import place_field
from streamd.tables._recognition import Recognition, is_export, recognise, row_type
from streamd.tables.columns import by_place_field, said_columns, vocabulary_of
from streamd.tables.files import (
    FoundEncoding,
    TableFile,
    TextFormat,
    checked_encoding,
    encoding_of,
    format_of,
    records,
)
from streamd.tables.judgement import DemandTable, Judgement

_NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})


def judge(
    file: TableFile, options: ImportOptions, types: ItemTypes, *, keys: Mapping[str, str] = _NO_KEYS
) -> Judgement:
    """Judge a file by all of its rows.

    Args:
        file: the file.
        options: what whoever imports says, which is believed.
        types: the declared types.
        keys: by type, the key of earlier imports.

    Raises:
        InvalidMessageError: no text, no header, an unknown type, or what stays ambiguous: then it says what to name.
        TooLargeError: what no table has.

    """
    if options.encoding is None:
        encoding = encoding_of(file)
    else:
        encoding = FoundEncoding(checked_encoding(options.encoding))
    form = format_of(file, encoding.name, options.delimiter)
    start = header_row(records(file, form), _known_titles(types))
    found, total = evidence_of(records(file, form), start)
    said = said_columns(found.header, options.columns)
    notes = () if encoding.is_certain else (likely_encoding(encoding.name),)
    if holds_demand(file, form, found, options, types):
        columns = demand_columns(found.header, said, options.dates)
        if columns is None:
            raise InvalidMessageError(NO_DEMAND_COLUMNS, path="columns")
        style, assumed = demand_style(file, columns, found.header, total, form, options)
        return Judgement(
            form=form,
            header=found.header,
            header_row=found.header_row,
            rows=found.rows,
            type_name=DEMAND,
            reason=TYPE_AS_GIVEN if options.type_name else TYPE_FROM_COLUMNS,
            demand=DemandTable(columns, style),
            notes=(*notes, *assumed),
        )
    if options.type_name is None and not is_export(found.header):
        with closing(records(file, form)) as rows:
            below = (row for row in rows if row.number > found.header_row)
            is_of_orders = may_be_order_lines(found.header, below)
        if is_of_orders:
            raise InvalidMessageError(MAYBE_ORDER_LINES, path="item_type")
    judged = _of_items(form, found, total, said, options, types, keys)
    return attrs.evolve(_by_place(file, judged, types), notes=notes)


def _known_titles(types: ItemTypes) -> Callable[[str], bool]:
    """Whether a title is one of any declared type, or of demand."""
    vocabularies = [vocabulary_of(one) for one in types]
    return lambda title: is_demand_title(title) or any(one.match(title) for one in vocabularies)


def _of_items(
    form: TextFormat,
    found: FileEvidence,
    total: Sequence[ColumnEvidence],
    said: Mapping[int, str],
    options: ImportOptions,
    types: ItemTypes,
    keys: Mapping[str, str],
) -> Judgement:
    recognition = recognise(found, types, type_name=options.type_name, file_name=options.file_name)
    exported = is_export(found.header)
    judged = {
        name: columns_of(
            types.get(name), found.header, evidence, form, recognition.type_column, said, options, keys.get(name),
            exported=exported,
        )
        for name, evidence in _by_type(found, total, recognition, types, exported=exported).items()
    }  # fmt: skip
    return Judgement(
        form=form,
        header=found.header,
        header_row=found.header_row,
        rows=found.rows,
        type_name=recognition.name,
        reason=recognition.reason,
        type_column=recognition.type_column,
        is_export=exported,
        types=judged,
    )


def _by_place(file: TableFile, judged: Judgement, types: ItemTypes) -> Judgement:
    """The judgement that finds rows of one item at several places."""
    if judged.is_export or judged.type_column is not None:
        return judged
    ((name, columns),) = judged.types.items()
    rows = (row for row in records(file, judged.form) if row.number > judged.header_row)
    place = place_field(types.get(name), columns, rows)
    if not place:
        return judged
    told = stock_by_place(columns.identity.key, place, by_place_field(types.get(name)))
    return attrs.evolve(
        judged, types={name: attrs.evolve(columns, place=place, notes=(*columns.notes, told))}
    )


def _by_type(
    found: FileEvidence,
    total: Sequence[ColumnEvidence],
    recognition: Recognition,
    types: ItemTypes,
    *,
    exported: bool,
) -> Mapping[str, Sequence[ColumnEvidence]]:
    """The evidence of the rows of each type, in the order in which the types turn up."""
    if recognition.type_column is None:
        return {recognition.name: total}
    place = found.type_columns.index(recognition.type_column)
    by_type: dict[str, list[ColumnEvidence]] = {}
    for words, columns in found.groups.items():
        try:
            name = row_type(words[place], recognition.name, types, exported=exported)
        except InvalidMessageError:
            continue  # its rows are refused one by one
        merged = by_type.setdefault(name, [ColumnEvidence() for _ in found.header])
        for one, further in zip(merged, columns, strict=True):
            one.add(further)
    if not by_type and recognition.name:
        by_type[recognition.name] = [ColumnEvidence() for _ in found.header]
    return by_type
