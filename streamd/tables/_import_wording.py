"""The wording of import reports: why rows are refused and columns skipped, what was assumed, and the report for people."""

from collections.abc import Sequence
from typing import Final

# ── refused rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

NO_NAME_OR_ID: Final = "it has neither a name nor an id"
NO_TYPE: Final = "it does not say the type of the item"
NO_ITEM: Final = "it does not say which item"
NO_DEMAND_COLUMNS: Final = "the table needs columns for item, date and quantity"
NOT_A_PERIOD: Final = "is not a date or a month"
NOT_A_NUMBER: Final = "is not a number"
NOT_A_BOOLEAN: Final = "is neither yes nor no"
NOT_AN_OBJECT: Final = "is not a JSON object"
NOT_A_DATE: Final = "is not a date; write it as 2026-11-20"
DEMAND_OUT_OF_RANGE: Final = "a demand is at most 1e15, a return at least -1e15"


def too_many_cells(cells: int, columns: int) -> str:
    """A row is longer than the header."""
    return f"it has {cells} cells, the header {columns}"


def repeated_id(item_id: str) -> str:
    """Two rows have the same id."""
    return f"an earlier row has the same id: {item_id}"


# ── skipped columns ──────────────────────────────────────────────────────────────────────────────────────────────────

UNNAMED_COLUMN: Final = "it has no name"
EMPTY_COLUMN: Final = "it is empty"
NO_DEMAND_COLUMN: Final = "it is neither item, date nor quantity"


def undeclared_field(type_name: str) -> str:
    """The type takes no further fields."""
    return f"items of type {type_name} have no such field"


def fallback_column(field: str, first: str) -> str:
    """The column is read only where the first one of the field is empty."""
    return f"{field} comes from {first}; this is used only where that is empty"


# ── the type, and assumptions ────────────────────────────────────────────────────────────────────────────────────────

TYPE_AS_GIVEN: Final = "as you said"
TYPE_FROM_COLUMNS: Final = "guessed from its columns"
FILE_NAME: Final = "the file's name"
DECIMAL_COMMA: Final = "decimals are taken to stand after a comma"
NO_DEMAND_FOUND: Final = "no columns for item, date and quantity, nor one column a month, were found"


def type_from_column(column: str) -> str:
    """The type is in a column."""
    return f"the column {column} says so"


def type_from(evidence: Sequence[str]) -> str:
    """The type is inferred from columns or the file name."""
    return f"guessed from {', '.join(evidence)}" if evidence else TYPE_FROM_COLUMNS


def ambiguous_dates(*, day_first: bool) -> str:
    """The order of day and month is assumed."""
    return f"dates such as 03/04/2024 are taken as {'day/month' if day_first else 'month/day'}"


def added_quantities(count: int) -> str:
    """Quantities of one item and date were added up."""
    return f"{count} quantities were added to others of the same item and date"


def netted_returns(count: int) -> str:
    """Negative quantities are returns."""
    return f"{count} quantities below 0 are taken for returns, which reduce the demand of their period and before"


def unknown_type(known: Sequence[str]) -> str:
    """The error when the type is not recognised."""
    return f"the columns do not tell which type of items this is: name it ({', '.join(known) or 'none is declared'})"


def ambiguous_type(first: str, second: str) -> str:
    """The error when two types fit."""
    return f"the columns fit {first} and {second} alike: name the type of the items"


# ── the report for people ────────────────────────────────────────────────────────────────────────────────────────────


def accepted_rows(accepted: int, rows: int, type_name: str, reason: str) -> str:
    """The first line of a report."""
    return f"{accepted} of {rows} rows taken as {type_name} ({reason})"


def mapped_columns(title: str, columns: Sequence[tuple[str, str]]) -> str:
    """The columns and their fields."""
    return f"{title}: {', '.join(f'{column} -> {field}' for column, field in columns)}"
