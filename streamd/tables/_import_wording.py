"""The wording of import reports: why rows are refused and columns skipped, what was assumed, and the report for people."""

from collections.abc import Mapping, Sequence
from typing import Final

# ── refused rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

NO_NAME_OR_ID: Final = "it has neither a name nor an id"
EMPTIED_NAME: Final = "its name was emptied: an item keeps one"
NO_TYPE: Final = "it does not say the type of the item"
NO_ITEM: Final = "it does not say which item"
NOT_A_PERIOD: Final = "is not a date or a month"
DEMAND_OUT_OF_RANGE: Final = "a demand is at most 1e15, a return at least -1e15"
STRAY_QUOTE: Final = (
    "a quote in it is opened and not closed where its cell ends, so that it may hold further rows"
)
ROWS_IN_A_CELL: Final = (
    "its last cell has several lines with delimiters, which may be further rows after a stray quote"
)
CUT_NUMBER: Final = (
    "a cell stands under no title, and two numbers side by side, which may be one with a comma: put it in quotes, or name "
    "the column"
)
HEADER_AGAIN: Final = "it repeats the header"
TOTALS_ROW: Final = "it is a row of totals"
FOOTER: Final = "it is a footer of the table"
LONG_CELL: Final = "a cell in it holds more than 65,536 bytes"


def broken_bytes(encoding: str) -> str:
    """A row has bytes that are no text."""
    return f"it has bytes that are not {encoding} text"


def too_many_columns(cells: int, most: int) -> str:
    """A row is longer than any table may be."""
    return f"it has {cells:,} cells, a table has at most {most:,} columns"


def too_many_cells(cells: int, columns: int) -> str:
    """A row is longer than the header."""
    return f"it has {cells} cells, the header {columns}"


def repeated_id(item_id: str) -> str:
    """Two rows have the same id."""
    return f"an earlier row has the same id: {item_id}"


TOO_LARGE_SUM: Final = "the sum over its places is too large"
NO_PLACE: Final = "other rows of this item are each about a place, and this one says none"


def unread_place(number: int) -> str:
    """Another row of an item with stock at several places is refused."""
    return f"row {number} is about the same item and cannot be read, so that the whole is not known"


def repeated_place(item_id: str, place: str) -> str:
    """Two rows are about the same item at the same place."""
    return f"an earlier row is about {item_id} at {place}, too"


def no_key(field: str) -> str:
    """A row has nothing in the field that identifies it."""
    return f"it has no {field}, which identifies the rows"


def shortened_key(sample: str) -> str:
    """The key of a row lost digits."""
    return (
        f"{sample} is a number that a spreadsheet shortened, so that other rows may be called so, too: "
        "format its column as text there, and write it in full"
    )


def twin_key(item_id: str) -> str:
    """There is an item whose key differs in zeros in front only."""
    return (
        f"there is {item_id}, whose key differs only in zeros in front, which spreadsheets drop: write it alike, "
        "or give an id of its own in a column Item ID"
    )


# ── skipped columns ──────────────────────────────────────────────────────────────────────────────────────────────────

UNNAMED_COLUMN: Final = "it has no name"
EMPTY_COLUMN: Final = "it is empty"
NO_DEMAND_COLUMN: Final = "it is neither item, date nor quantity"


def undeclared_field(type_name: str) -> str:
    """The type takes no further fields."""
    return f"items of type {type_name} have no such field"


def fallback_column(field: str, first: str, own: str) -> str:
    """The column is read where the first one of the field is empty, and kept where it says something else."""
    kept = f", and is kept as {own} where it says something else" if own else ""
    return f"{field} comes from {first}; this is used where that is empty{kept}"


def other_column(field: str, first: str) -> str:
    """Another column of a field, of a type that takes no further fields."""
    return f"{field} comes from {first}"


SAID_TO_SKIP: Final = "as you said"


# ── the type, and assumptions ────────────────────────────────────────────────────────────────────────────────────────

TYPE_AS_GIVEN: Final = "as you said"
TYPE_FROM_COLUMNS: Final = "guessed from its columns"
FILE_NAME: Final = "the file's name"
DECIMAL_COMMA: Final = "decimals are taken to stand after a comma"


def type_from_column(column: str) -> str:
    """The type is in a column."""
    return f"the column {column} says so"


def type_from(evidence: Sequence[str]) -> str:
    """The type is inferred from columns or the file name."""
    return f"guessed from {', '.join(evidence)}" if evidence else TYPE_FROM_COLUMNS


def likely_encoding(encoding: str) -> str:
    """The encoding is likely, but others fit as well."""
    return f"the text is taken for {encoding}; where letters with accents are wrong, say the encoding"


def by_delimiter(column: str, sample: str, *, comma: bool) -> str:
    """Nothing but the delimiter tells decimals from thousands."""
    mark, delimiter, other = ("comma", "semicolons", "point") if comma else ("point", "commas", "comma")
    return (
        f"numbers of the column {column} such as {sample} are read with decimals after a {mark}, "
        f"for {delimiter} stand between the cells: say decimal, {other}, where that is wrong"
    )


def converted_column(column: str, written: str, unit: str) -> str:
    """The numbers of a column are converted."""
    return f"{column} is converted from {written} into {unit}"


def other_measure(column: str, written: str) -> str:
    """The numbers of a column are counted in something else than single units."""
    return f"{column} is taken as it stands, in {written}"


def stock_by_place(key: str, place: str, by_place: str) -> str:
    """Rows are put together, one of each place."""
    return (
        f"rows with the same {key} and another {place} are one item: quantities are summed up, and {by_place} says "
        "what differs there"
    )


def columns_by_place(by_place: str) -> str:
    """Columns are put together, one of each place."""
    return f"columns of several places are summed up, and {by_place} says what is where"


def several_currencies(column: str, currencies: Sequence[str]) -> str:
    """The amounts of a table are in several currencies, each of which is kept with its row."""
    return (
        f"amounts are in several currencies ({', '.join(sorted(currencies))}), as {column} says of each row"
    )


def shortened_numbers(column: str, sample: str) -> str:
    """Texts that lost digits."""
    return f"{column} has numbers that a spreadsheet shortened, such as {sample}: their digits are lost in the file"


def kept_as_text(field: str, type_name: str) -> str:
    """Numbers come into a field of texts."""
    return f"numbers in {field} are kept as texts, as in the {type_name} that are there"


def text_among_numbers(field: str, type_name: str) -> str:
    """Texts come into a field of numbers."""
    return (
        f"{field} has cells that are no numbers, so that all of it is kept as texts; in the {type_name} that are there "
        "it has numbers"
    )


def another_key(type_name: str, before: str, now: str) -> str:
    """Imports go by another key from this one on."""
    return (
        f"from now on imports of {type_name} go by {now}, and not by {before}: what was imported by {before} keeps its ids, "
        "and is not found by others"
    )


def another_key_for_once(type_name: str, before: str, now: str) -> str:
    """An import goes by another key, as it has not that of the others."""
    return f"this import goes by {now}, later ones of {type_name} again by {before}, which this file does not have"


def serial_dates(column: str) -> str:
    """Numbers are taken for dates."""
    return f"numbers in {column} are taken as spreadsheets keep dates: days since 1899-12-30"


def added_quantities(count: int) -> str:
    """Quantities of one item and date were added up."""
    return f"{count} quantities were added to others of the same item and date"


def netted_returns(count: int) -> str:
    """Negative quantities are returns."""
    return f"{count} quantities below 0 are taken for returns, which reduce the demand of their period and before"


def empty_quantities(count: int) -> str:
    """Rows of demand without a quantity."""
    return f"{count} rows have no quantity: they say nothing of the demand of their period, and are not taken for 0"


# ── the report for people ────────────────────────────────────────────────────────────────────────────────────────────


def accepted_rows(accepted: int, rows: int, type_name: str, reason: str) -> str:
    """The first line of a report."""
    return f"{accepted} of {rows} rows taken as {type_name} ({reason})"


def mapped_columns(title: str, columns: Sequence[tuple[str, str]]) -> str:
    """The columns and their fields."""
    return f"{title}: {', '.join(f'{column} -> {field}' for column, field in columns)}"


def read_as(
    encoding: str, delimiter: str, keys: Mapping[str, str], decimals: Sequence[str], dates: Sequence[str]
) -> str:
    """The reading of the whole file."""
    cells = {"\t": "tabs", "|": "bars", ";": "semicolons", ",": "commas"}[delimiter]
    parts = [f"read as {encoding}, {cells} between cells"]
    if decimals:
        parts.append(f"decimals after a {' or '.join(decimals)}")
    if dates:
        parts.append(f"dates {' or '.join(dates)}")
    fields = dict.fromkeys("the item's id" if field == "id" else field for field in keys.values())
    if fields:
        parts.append(f"rows known by {', '.join(fields)}")
    return ", ".join(parts)


def taken_for_year(sample: str, year: int) -> str:
    """A note on months with a number that may be a day, which is taken for their year."""
    return (
        f"dates such as «{sample}» are read as months of {year}; where the number is the day of each month, write the dates with "
        "their year, for example 2026-01-08"
    )
