"""Converts cells to values and values to cells, so that a written value reads back unchanged.

A leading apostrophe marks literal text, as in a spreadsheet. It is written where a spreadsheet
would take the text for a formula, and where the text would otherwise be read as something else; it is dropped on
reading only there, so that `'90s` stays what it is.
"""

import json
import re
from fractions import Fraction
from typing import Final, Literal, NoReturn, TypeAlias

from streamd.core.declared.field_spec import FieldKind
from streamd.core.values import Value, check_value
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables.cells._dates import date_of, serial_date
from streamd.tables.cells._numerals import number_of, parted_unit, plain_number
from streamd.tables.cells._units import converted, is_share, written_unit
from streamd.tables.cells._wording import NOT_A_BOOLEAN, NOT_A_DATE, NOT_A_NUMBER, NOT_AN_OBJECT, other_unit

CellKind: TypeAlias = FieldKind | Literal["any"]
"""`any`: a field that is not declared; its kind is inferred from the value."""

FORMULA_STARTS: Final = "=+-@\t\r"
_NO_TEXT: Final = frozenset(
    {"-", "--", "\u2014", "\u2013", "n/a", "#n/a", "null", "(null)", "none", "(none)", "nan", "nil"}
)
_LONGEST_NOTHING: Final = 16
_NOTHING: Final = _NO_TEXT | {"na", "?", "tbd", "unknown", "not stocked"}
_TRUE: Final = frozenset({"true", "yes", "y", "1", "on", "x", "t", "wahr", "vrai", "ja", "oui"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "off", "f", "falsch", "faux", "nein", "non"})
_FORMULA_TEXT: Final = re.compile(r'="((?:[^"]|"")*)"')
_MARKED_NUMBER: Final = re.compile(r"'[+-]?[0-9][0-9.,]*")
_COMMA_NUMBER: Final = re.compile(r"-?[0-9]+,[0-9]+")
_LIST_MARKS: Final = (";", "|", "\n", ",")


@frozen
class CellStyle:
    """The format of the cells of a column."""

    decimal_comma: bool = False
    day_first: bool = False
    factor: Fraction | None = None
    """What its numbers are multiplied with, where its title names another unit than that of the field."""
    is_exported: bool = False
    """Whether the daemon wrote the table: then a text is that text, whatever it looks like."""


class BadCellError(Exception):
    """A cell that is not valid for its field. The text is the reason, to follow the cell's."""


def read_cell(text: str, kind: CellKind, *, style: CellStyle, unit: str = "") -> Value | None:
    """The value in a cell, None when it is empty. Raises BadCellError."""
    if text[:2] == '="':
        text = plain_text(text)
    if not text or text.isspace():
        return None
    if not style.is_exported:
        if len(text) < _LONGEST_NOTHING and text.strip().casefold() in _NO_TEXT:
            return None
        if text[0] == "'" and _MARKED_NUMBER.fullmatch(text):
            text = text[1:]
            kind = "string" if kind == "any" else kind
    match kind:
        case "string" | "reference":
            return _unguarded(text)
        case "any":
            guarded = text.startswith("'") and _needs_guard(text[1:], loose=True)
            return text[1:] if guarded else exact_value(text.strip(), decimal_comma=style.decimal_comma)
        case "date" | "datetime":
            return text[1:] if text.startswith("'") else _date(text.strip(), style)
        case "array":
            return _list(_unguarded(text))
        case "number" | "integer" | "decimal" | "boolean" | "object":
            stripped = text.strip()
            return None if stripped.casefold() in _NOTHING else _bare(stripped, kind, style, unit)


def plain_text(text: str) -> str:
    """The text of a cell that was written as a formula, so that a spreadsheet keeps it: `00123` of `="00123"`."""
    found = _FORMULA_TEXT.fullmatch(text.strip())
    return found[1].replace('""', '"') if found else text


def is_nothing(text: str) -> bool:
    """Whether a cell of a table that people made is empty, or says so in words."""
    return not text or (len(text) < _LONGEST_NOTHING and text.casefold() in _NO_TEXT)


def _bare(
    text: str, kind: Literal["number", "integer", "decimal", "boolean", "object"], style: CellStyle, unit: str
) -> Value:
    match kind:
        case "number" | "integer" | "decimal":
            return _number(text, style, unit)
        case "boolean":
            if text.casefold() in _TRUE or text.casefold() in _FALSE:
                return text.casefold() in _TRUE
            raise BadCellError(NOT_A_BOOLEAN)
        case "object":
            value = _json(text)
            if not isinstance(value, dict):
                raise BadCellError(NOT_AN_OBJECT)
            return value


def _number(text: str, style: CellStyle, unit: str) -> int | float:
    factor = style.factor
    if "%" in text and unit:
        if not is_share(unit):
            raise BadCellError(other_unit("%", unit))
        factor = None
    number = plain_number(text) if not style.decimal_comma else None
    if number is None:
        bare, word = parted_unit(text)
        named = written_unit(word.casefold(), unit) if word else None
        if named is not None:
            text, factor = bare, named.factor
            if factor is None:
                raise BadCellError(other_unit(word, unit))
        number = number_of(text, decimal_comma=style.decimal_comma)
    if number is None:
        raise BadCellError(NOT_A_NUMBER)
    try:
        return number if factor is None or factor == 1 else converted(number, factor)
    except OverflowError:
        raise BadCellError(NOT_A_NUMBER) from None


def read_written_cell(text: str, kind: CellKind, *, style: CellStyle, unit: str = "") -> Value | None:
    """The value in a cell of an export; of one that does not fit its field, what `write_cell` may have written so."""
    try:
        return read_cell(text, kind, style=style, unit=unit)
    except BadCellError:
        return read_cell(text, "any", style=style)


def write_cell(value: Value, kind: CellKind) -> str:
    """The text of a cell that `read_cell` reads as this value. Control characters that no table can hold are replaced."""
    if isinstance(value, str):
        value = value.replace("\x00", "\ufffd")
        if kind in ("date", "datetime"):
            return value if _reads_as(value, value, kind) else f"'{value}"
        return f"'{value}" if _needs_guard(value, loose=kind == "any") else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if kind == "array" and isinstance(value, list) and all(isinstance(member, str) for member in value):
        joined = "; ".join(str(member) for member in value)
        guarded = f"'{joined}" if joined and _needs_guard(joined, loose=False) else joined
        if "\x00" not in guarded and _reads_as(guarded, value, kind):
            return guarded
    return json.dumps(value, ensure_ascii=False)


def loose_value(text: str) -> Value:
    """A number, a truth, a JSON list or object where the text is one as JSON writes it, else the text itself."""
    if text in ("true", "false"):
        return text == "true"
    number = plain_number(text)
    found: Value | None = number if number is not None else _json(text) if text[:1] in ("[", "{") else None
    if found is None:
        return text
    try:
        check_value(found, "value")
    except InvalidMessageError:
        return text  # such as a tracking number of twenty digits
    return found


def exact_value(text: str, *, decimal_comma: bool = False) -> Value:
    """The same, but a number only where writing it gives the same text again; so `1.10` and `1E2` are texts."""
    if decimal_comma and _COMMA_NUMBER.fullmatch(text):
        text = text.replace(",", ".")
    found = loose_value(text)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return text if is_number and repr(found) != text else found


def _unguarded(text: str) -> str:
    if text.startswith("'") and _needs_guard(text[1:], loose=False):
        return text[1:]
    return text.strip()


def _needs_guard(text: str, *, loose: bool) -> bool:
    """Whether the text, less its apostrophes, would be a formula, be stripped, be dropped, or be read as no text."""
    bare = text.lstrip("'")
    if not bare or bare[0] in FORMULA_STARTS or bare[0].isspace() or bare[-1].isspace():
        return True
    return loose and not isinstance(loose_value(bare), str)


def _reads_as(text: str, value: Value, kind: CellKind) -> bool:
    try:
        return read_cell(text, kind, style=CellStyle(is_exported=True)) == value
    except BadCellError:
        return False


def _date(text: str, style: CellStyle) -> str | None:
    if text.casefold() in _NOTHING:
        return None
    found = date_of(text, day_first=style.day_first) or serial_date(text)
    if found is None:
        raise BadCellError(NOT_A_DATE)
    return found


def _list(text: str) -> list[object]:
    if text.startswith("["):
        value = _json(text)
        if isinstance(value, list):
            return value
    mark = next((mark for mark in _LIST_MARKS if mark in text), None)
    members = text.split(mark) if mark else [text]
    return [stripped for member in members if (stripped := member.strip())]


def _json(text: str) -> list[object] | dict[str, object] | None:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list | dict) else None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
