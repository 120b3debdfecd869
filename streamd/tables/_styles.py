"""Finds how numbers and dates are written, column by column; asks where that cannot be told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.declared.import_options import ImportOptions
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables._evidence import ColumnEvidence, Votes
from streamd.tables._import_questions import (
    ambiguous_dates,
    ambiguous_numbers,
    mixed_currencies,
    share_or_percent,
    unit_beside,
    unknown_conversion,
    year_or_day,
)
from streamd.tables._import_wording import (
    DECIMAL_COMMA,
    by_delimiter,
    converted_column,
    other_measure,
    serial_dates,
)
from streamd.tables.cells import (
    CellKind,
    CellStyle,
    compact_singular,
    currency_of,
    different_currencies,
    is_share,
    says_percent,
    scale_of_title,
    unit_of_title,
    without_remark,
    written_unit,
)
from streamd.tables.columns import label_of
from streamd.tables.files import TextFormat

_DATED: Final = ("date", "datetime")
_UNIT_WORDS: Final = ("unit", "uom", "unit of measure")


@frozen
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

    A column is as its cells are that can be read in one way only; where these contradict each other, any that can be read in two is
    asked. Where it has none of the first, and any of the second, it is as the other columns and the delimiter say (semicolons stand beside decimal commas), if these agree.
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
        if commas is None and one.evidence.commas.unclear and options.decimal is None:
            notes[by_delimiter(label, one.evidence.commas.unclear, comma=comma)] = None
        if comma and not by_comma and options.decimal is None:
            notes[DECIMAL_COMMA] = None
        styles[one.column] = attrs.evolve(styles[one.column], decimal_comma=comma)
    for one in dates:
        told = None if options.dates is None else options.dates == "dmy"
        day_first = _way(one.evidence.days, days, by_comma or None) if told is None else told
        label = label_of(header, one.column)
        if day_first is None:
            raise InvalidMessageError(ambiguous_dates(label, one.evidence.days.unclear), path="dates")
        if told is None and one.evidence.years.unclear and not one.evidence.years.no:
            raise InvalidMessageError(year_or_day(label, one.evidence.years.unclear), path="dates")
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


def check_units_beside(
    columns: Sequence[StyledColumn],
    header: Sequence[str],
    evidence: Sequence[ColumnEvidence],
    said: Mapping[int, str],
) -> None:
    """Raise InvalidMessageError where a column such as `Lead Time Unit` names another unit than that of the field."""
    beside = {compact_singular(title): column for column, title in enumerate(header) if column not in said}
    for one in columns:
        unit = one.spec.unit if one.spec else ""
        bare = without_remark(header[one.column])
        other = next(
            (beside[key] for word in _UNIT_WORDS if (key := compact_singular(f"{bare} {word}")) in beside),
            None,
        )
        if not unit or other is None or one.kind not in NUMERIC_KINDS:
            continue
        for word in sorted(evidence[other].words):
            written = written_unit(word, unit)
            if written is not None and written.factor != 1 and not written.is_measure:
                label, unit_label = label_of(header, one.column), label_of(header, other)
                raise InvalidMessageError(unit_beside(label, unit_label, word, unit), path="columns")


def _common(columns: Iterable[Votes]) -> bool | None:
    """The way in which all columns are written that can be read in one way only."""
    ways = {way for one in columns if (way := one.majority) is not None}
    return ways.pop() if len(ways) == 1 else None


def _way(votes: Votes, others: bool | None, delimiter: bool | None) -> bool | None:
    """The way in which a column is written; None where it may be both."""
    if votes.yes and votes.no and votes.unclear:
        return None
    if votes.majority is not None:
        return votes.majority
    hints = {way for way in (others, delimiter) if way is not None}
    if votes.unclear and len(hints) != 1:
        return None
    return delimiter if others is None and delimiter is not None else bool(others)


def _in_unit(
    style: CellStyle, one: StyledColumn, label: str, header: Sequence[str]
) -> tuple[CellStyle, Sequence[str]]:
    """The style with the unit that the title names, if it is another than that of the field."""
    currencies = different_currencies((currency_of(header[one.column]), *one.evidence.currencies))
    if one.kind in NUMERIC_KINDS and one.evidence.currencies and len(currencies) > 1:
        raise InvalidMessageError(mixed_currencies(label, sorted(currencies)), path="columns")
    unit = one.spec.unit if one.spec else ""
    share = one.evidence.shares.unclear
    if (
        is_share(unit)
        and share
        and not says_percent(header[one.column])
        and unit_of_title(header[one.column], unit) is None
    ):
        raise InvalidMessageError(share_or_percent(label, share), path="columns")
    if (scale := scale_of_title(header[one.column])) and scale != unit:
        raise InvalidMessageError(unknown_conversion(label, scale, unit or "single ones"), path="columns")
    if one.spec is None or not unit:
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
