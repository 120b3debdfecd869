"""Reads stored values that do not fit the declaration of their field, as the cells of an import are read."""

from collections.abc import Iterable

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.tables.cells._dates import day_votes, is_ambiguous, period_of
from streamd.tables.cells._reading import BadCellError, CellStyle, read_cell


def mended(value: Value, spec: FieldSpec, *, day_first: bool | None = None) -> Value | None:
    """Return what a stored value should be; itself where it fits, None where it cannot be read as one of the field's kind.

    `day_first` says which of `03/04/2024` is the day; None: nobody knows, and it is not read.
    """
    try:
        return spec.fitted(value)
    except InvalidMessageError:
        pass
    try:
        found = None if day_first is None and is_unclear(value, spec) else _read(value, spec, day_first)
        return None if found is None else spec.fitted(found)
    except (InvalidMessageError, BadCellError):
        return None


def day_first_in(texts: Iterable[str]) -> bool | None:
    """Whether the days come first in dates that belong together; None where none proves it, or they prove both."""
    votes = {day_votes(text) for text in texts if "." not in text} - {0}
    return votes == {1} if len(votes) == 1 else None


def is_unclear(value: Value, spec: FieldSpec) -> bool:
    """Whether a value is a date of which day and month can be told either way."""
    return spec.kind in ("date", "datetime") and isinstance(value, str) and is_ambiguous(value)


def lacks_day(value: Value, spec: FieldSpec) -> bool:
    """Whether a value is a week, a month or a quarter where a day is needed."""
    return spec.kind in ("date", "datetime") and isinstance(value, str) and period_of(value) is not None


def _read(value: Value, spec: FieldSpec, day_first: bool | None) -> Value | None:
    """The value that a text is, as a cell of a table; the text that a number is."""
    if isinstance(value, str):
        return read_cell(value, spec.kind, style=CellStyle(day_first=bool(day_first)), unit=spec.unit)
    if spec.kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None
