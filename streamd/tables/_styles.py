"""Finds how numbers and dates are written, column by column; asks where that cannot be told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.declared.import_options import ImportOptions
from streamd.errors import InvalidMessageError
from streamd.tables._columns import label_of
from streamd.tables._evidence import ColumnEvidence, Votes
from streamd.tables._import_wording import (
    DECIMAL_COMMA,
    ambiguous_dates,
    ambiguous_numbers,
    converted_column,
    mixed_currencies,
    other_measure,
    serial_dates,
    unknown_conversion,
)
from streamd.tables.cells import CellKind, CellStyle, unit_of_title
from streamd.tables.grid import TextFormat

_DATED: Final = ("date", "datetime")


@attrs.frozen
class StyledColumn:
    """A column whose style is sought."""

    column: int
    kind: CellKind
    evidence: ColumnEvidence
    spec: FieldSpec | None = None
    """The field that it holds, where it is declared."""


def styles_of(
    columns: Sequence[StyledColumn],
    header: Sequence[str],
    form: TextFormat,
    options: ImportOptions,
    *,
    exported: bool,
) -> tuple[Mapping[int, CellStyle], Sequence[str]]:
    """Find the format of each column, with notes on what was assumed.

    A column is as most of its cells are that can be read in one way only. Where it has none, and any that can be read in two, it
    is as the other columns and the delimiter say (semicolons stand beside decimal commas), if these agree.
    Raises InvalidMessageError where they do not, for several currencies, and for units that cannot be converted.
    """
    numbers = [one for one in columns if one.kind in NUMERIC_KINDS or (one.kind == "any" and exported)]
    dates = [one for one in columns if one.kind in _DATED]
    commas = _common(one.evidence.commas for one in numbers if one.kind != "any")
    days = _common(one.evidence.days for one in dates)
    by_comma = {";": True, ",": False}.get(form.delimiter)
    styles = dict.fromkeys((one.column for one in columns), CellStyle(is_exported=exported))
    notes: dict[str, None] = {}
    for one in numbers:
        if options.decimal is not None:
            comma: bool | None = options.decimal == "comma"
        elif one.kind == "any":
            comma = bool(commas if by_comma is None else by_comma)
        else:
            comma = _way(one.evidence.commas, commas, by_comma)
        label = label_of(header, one.column)
        if comma is None:
            raise InvalidMessageError(ambiguous_numbers(label, one.evidence.commas.unclear), path="decimal")
        if comma and not by_comma and options.decimal is None:
            notes[DECIMAL_COMMA] = None
        styles[one.column] = attrs.evolve(styles[one.column], decimal_comma=comma)
    for one in dates:
        told = None if options.dates is None else options.dates == "dmy"
        day_first = _way(one.evidence.days, days, by_comma or None) if told is None else told
        label = label_of(header, one.column)
        if day_first is None:
            raise InvalidMessageError(ambiguous_dates(label, one.evidence.days.unclear), path="dates")
        if one.evidence.serials:
            notes[serial_dates(label)] = None
        styles[one.column] = attrs.evolve(styles[one.column], day_first=day_first)
    if not exported:
        for one in numbers:
            styles[one.column], told_of = _in_unit(
                styles[one.column], one, label_of(header, one.column), header
            )
            notes |= dict.fromkeys(told_of)
    return styles, tuple(notes)


def _common(columns: Iterable[Votes]) -> bool | None:
    """The way in which all columns are written that can be read in one way only."""
    ways = {way for one in columns if (way := one.majority) is not None}
    return ways.pop() if len(ways) == 1 else None


def _way(votes: Votes, others: bool | None, delimiter: bool | None) -> bool | None:
    """The way in which a column is written; None where it may be both."""
    if votes.majority is not None:
        return votes.majority
    hints = {way for way in (others, delimiter) if way is not None}
    if votes.unclear and (len(hints) != 1 or votes.yes):
        return None
    return delimiter if others is None and delimiter is not None else bool(others)


def _in_unit(
    style: CellStyle, one: StyledColumn, label: str, header: Sequence[str]
) -> tuple[CellStyle, Sequence[str]]:
    """The style with the unit that the title names, if it is another than that of the field."""
    if one.kind in NUMERIC_KINDS and len(one.evidence.currencies) > 1:
        raise InvalidMessageError(mixed_currencies(label, sorted(one.evidence.currencies)), path="columns")
    if one.spec is None or not one.spec.unit:
        return style, ()
    written = unit_of_title(header[one.column], one.spec.unit)
    if written is None or written.factor == 1:
        return style, ()
    if written.factor is not None:
        told = converted_column(label, written.word, one.spec.unit)
        return attrs.evolve(style, factor=written.factor), (told,)
    if written.is_measure:
        return style, (other_measure(label, written.word),)
    raise InvalidMessageError(unknown_conversion(label, written.word, one.spec.unit), path="columns")
