"""Reads stored values that do not fit the declaration of their field, as the cells of an import are read."""

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.tables._cells import BadCellError, CellStyle, read_cell


def mended(value: Value, spec: FieldSpec) -> Value | None:
    """Return what a stored value should be; itself where it fits, None where it cannot be read as one of the field's kind."""
    try:
        return spec.fitted(value)
    except InvalidMessageError:
        pass
    try:
        found = _read(value, spec)
        return None if found is None else spec.fitted(found)
    except (InvalidMessageError, BadCellError):
        return None


def _read(value: Value, spec: FieldSpec) -> Value | None:
    """The value that a text is, as a cell of a table; the text that a number is."""
    if isinstance(value, str):
        return read_cell(value, spec.kind, style=CellStyle(), unit=spec.unit)
    if spec.kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None
