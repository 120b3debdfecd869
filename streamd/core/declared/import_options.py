"""Statements of whoever imports a file about it; the rest is found in the file."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

import attrs

from streamd.facts import frozen

Decimal: TypeAlias = Literal["point", "comma"]
DECIMALS: Final[tuple[Decimal, ...]] = get_args(Decimal)
DateOrder: TypeAlias = Literal["dmy", "mdy"]
DATE_ORDERS: Final[tuple[DateOrder, ...]] = get_args(DateOrder)
Delimiter: TypeAlias = Literal[",", ";", "\t", "|"]
DELIMITERS: Final[tuple[Delimiter, ...]] = get_args(Delimiter)


def _as_dict(columns: Mapping[str, str]) -> dict[str, str]:
    return dict(columns)


@frozen
class ImportOptions:
    """Statements about a file, which hold against what the file looks like."""

    type_name: str | None = None
    """The rows' type, by any of its names, or `demand`."""
    file_name: str = ""
    """Counts as a hint where the type must be told from the table."""
    columns: Mapping[str, str] = attrs.field(factory=dict, converter=_as_dict)
    """Column, by its title, to the field it holds; to nothing: the column is skipped."""
    key: str | None = None
    """The column or field that identifies the rows."""
    encoding: str | None = None
    delimiter: Delimiter | None = None
    decimal: Decimal | None = None
    dates: DateOrder | None = None
    """What comes first in dates such as 03/04/2024."""
