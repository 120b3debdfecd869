"""The wording of what an import asks back, or refuses as a whole: each tells what to say or to change."""

from collections.abc import Sequence
from typing import Final

NO_DEMAND_COLUMNS: Final = (
    "no columns for item, date and quantity, nor one column a month, were found: say which columns they are"
)
MAYBE_DEMAND: Final = (
    "this may be demand history, or a list with a date in each row: say the type, demand or that of the items"
)
MAYBE_ORDER_LINES: Final = "its rows may be lines of orders, several of an order or of an item, and no items: say the type of what each row is"
NO_SUCH_DEMAND_FIELD: Final = "a column of demand holds item, date or quantity, or nothing"


def unreadable_header(why: str) -> str:
    """The error when the header cannot be read."""
    return f"the header of the table cannot be read: {why}"


def ambiguous_dates(column: str, sample: str) -> str:
    """The error when nothing tells the order of day and month."""
    return (
        f"dates of the column {column} such as {sample} may begin with the day or with the month: "
        "say dates, dmy or mdy"
    )


def year_or_day(column: str, sample: str) -> str:
    """The error when nothing tells whether the year or the day comes first."""
    return (
        f"dates of the column {column} such as {sample} may begin with the year or with the day: "
        "write years with four digits, or say dates, dmy"
    )


def unit_beside(column: str, unit_column: str, written: str, unit: str) -> str:
    """The error when another column names a unit of each row that is not that of the field."""
    return (
        f"{unit_column} says that {column} is in {written}, and not in {unit}: "
        f"convert it in the file, or say in columns that {unit_column} is none"
    )


def day_or_year(sample: str) -> str:
    """The error when a date is a month and a number, which may be the day or the year."""
    return f"the number in {sample} may be a day or a year: write it in full, as in 2026-01-31, or in 2026-01"


def ambiguous_numbers(column: str, sample: str) -> str:
    """The error when nothing tells decimals from thousands."""
    return (
        f"numbers of the column {column} such as {sample} may have thousands or decimals after the mark: "
        "say decimal, point or comma"
    )


def mixed_currencies(column: str, currencies: Sequence[str]) -> str:
    """The error when a column of amounts has several currencies."""
    return (
        f"the column {column} holds amounts in {' and '.join(sorted(currencies))}, which are not to be mixed: "
        "part the file by currency, or say in columns which other field it is, or none"
    )


def share_or_percent(column: str, sample: str) -> str:
    """The error when nothing tells shares of 1 from percentages."""
    return (
        f"numbers of the column {column} such as {sample} may be percentages, or shares of 1: "
        f"say it in its title, {column} (%) or {column} (share)"
    )


def contradicting_currency(column: str, currencies: Sequence[str]) -> str:
    """The error when amounts are in another currency than a column says of their rows."""
    return (
        f"amounts name another currency than {column} does ({' and '.join(sorted(currencies))}): "
        f"correct it in the file, or say in columns that {column} is none"
    )


def unknown_conversion(column: str, written: str, unit: str) -> str:
    """The error when the title of a column names a unit that cannot be converted into that of its field."""
    return (
        f"the column {column} is in {written}, which cannot be converted into {unit}: "
        "convert it in the file, or say in columns which other field it is, or none"
    )


def lacks_known_key(type_name: str, before: str, other: str) -> str:
    """The error when a file has no column of the key that earlier imports went by."""
    return (
        f"earlier imports of {type_name} went by {before}, which this file does not have: "
        f"add that column, or say key, such as {other}, where its rows are to go by that for once"
    )


def no_such_column(title: str, header: Sequence[str]) -> str:
    """The error when a column is named that the file does not have."""
    return f"the file has no column {title}; it has: {', '.join(filter(None, header[:30]))}"


def no_such_key(key: str, type_name: str) -> str:
    """The error when the key is no field of the file."""
    return f"no column of the file holds {key} of {type_name}: the key is one of its columns or their fields"


def unknown_type(known: Sequence[str]) -> str:
    """The error when the type is not recognised."""
    return f"the columns do not tell which type of items this is: name it ({', '.join(known) or 'none is declared'})"


def too_many_types(column: str) -> str:
    """The error when an export has more types than a file may have."""
    return f"the column {column} names too many types: split the file"


def ambiguous_type(first: str, second: str) -> str:
    """The error when two types fit."""
    return f"the columns fit {first} and {second} alike: name the type of the items"
