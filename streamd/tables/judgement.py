"""The judgement of a whole file, made once: how its text is read, and what its columns are. It holds for every row."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NotRequired, TypedDict

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.core.declared.import_options import DateOrder, Decimal
from streamd.facts import frozen
from streamd.tables._demand_columns import DemandColumns
from streamd.tables._identity import Identity
from streamd.tables._import_wording import kept_as_text, text_among_numbers
from streamd.tables.cells import CellKind, CellStyle
from streamd.tables.columns import ITEM_ID, ColumnMap, labels_of
from streamd.tables.files import TextFormat

MAX_COLUMNS_TOLD: Final = 500
_DATED: Final = ("date", "datetime")


class ColumnData(TypedDict):
    """The reading of the cells of a column."""

    column: str
    """Its title, with its position where the title is ambiguous."""
    field: str
    """The field that it holds."""
    kind: NotRequired[str]
    """The kind of its cells; `any`: numbers, truths, lists and objects as JSON writes them."""
    decimal: NotRequired[Decimal]
    """Of numbers: what stands before decimals."""
    dates: NotRequired[DateOrder]
    """Of dates: what comes first in those such as 03/04/2024."""


class JudgementData(TypedDict):
    """The reading of a whole file."""

    encoding: str
    delimiter: str
    header_row: int
    """The row of the header, from 1."""
    keys: dict[str, str]
    """By type: the field that makes the ids of the rows; `name`: they come from names."""
    columns: list[ColumnData]
    """The columns that are read, at most 500."""


@frozen
class ItemColumns:
    """The columns of a file for its rows of one type."""

    columns: ColumnMap
    kinds: Mapping[int, CellKind]
    """The kind of the cells of each column in use."""
    styles: Mapping[int, CellStyle]
    """The format of numbers and dates in each column in use."""
    identity: Identity
    choices: tuple[str, ...]
    """The fields that may be the key, the best first."""
    place: str = ""
    """The field of the place, where the rows of one item are each about one."""
    loose: tuple[str, ...] = ()
    """Fields that are not declared, whose kind their cells decide."""
    notes: tuple[str, ...] = ()


@frozen
class DemandTable:
    """The columns of a table of demand."""

    columns: DemandColumns
    style: CellStyle


@frozen
class Judgement:
    """The reading of a file: the same for its dry run and its import, in whatever parts it came."""

    form: TextFormat
    header: tuple[str, ...]
    """Without outer spaces."""
    header_row: int
    """Rows up to this one are not read; from 1."""
    rows: int
    """Rows after the header that are not blank."""
    type_name: str
    """The type of rows without one of their own; empty when each row has one."""
    reason: str
    """Why it is that type, in words."""
    type_column: int | None = None
    """The column that holds the type of each row."""
    is_export: bool = False
    """Whether the daemon wrote the table."""
    types: Mapping[str, ItemColumns] = attrs.field(factory=dict)
    """The columns for each type that rows have; empty of a table of demand."""
    demand: DemandTable | None = None
    notes: tuple[str, ...] = ()
    """Assumptions about the file as a whole, in words."""

    @property
    def keys(self) -> Mapping[str, str]:
        """By type: the field that makes the ids of its rows."""
        return {name: one.identity.key for name, one in self.types.items()}

    @property
    def lasting_keys(self) -> Mapping[str, str]:
        """Those that later imports should go by, too: a full id says for itself what it is."""
        if self.is_export:
            return {}
        return {
            name: one.identity.key
            for name, one in self.types.items()
            if one.identity.key != ITEM_ID and not one.identity.is_for_once
        }

    def with_key(self, type_name: str, key: str) -> "Judgement":
        """The same with another of the choices for the key of a type."""
        columns = self.types[type_name]
        others = tuple(one for one in columns.choices if one != key)
        identity = Identity((key, *others), columns.identity.is_exported)
        return attrs.evolve(self, types={**self.types, type_name: attrs.evolve(columns, identity=identity)})

    def loose_fields(self, type_name: str) -> Collection[str]:
        """The fields of a type that are not declared, whose kind the cells of the file decide."""
        return () if self.is_export else self.types[type_name].loose

    def with_texts(self, type_name: str, texts: Collection[str], numbers: Collection[str]) -> "Judgement":
        """The same with the fields as texts that have some in the items that are there; told where it is otherwise there.

        `numbers` are those that have none there, but other values.
        """
        columns = self.types[type_name]
        kinds, notes = dict(columns.kinds), list(columns.notes)
        for field, column in columns.columns.in_use():
            if field in texts and kinds[column] == "any":
                kinds[column] = "string"
                notes.append(kept_as_text(field, type_name))
            elif field in numbers and kinds[column] == "string":
                notes.append(text_among_numbers(field, type_name))
        changed = attrs.evolve(columns, kinds=kinds, notes=tuple(notes))
        return attrs.evolve(self, types={**self.types, type_name: changed})

    def as_data(self) -> JudgementData:
        """JSON-ready."""
        return {
            "encoding": self.form.encoding,
            "delimiter": self.form.delimiter,
            "header_row": self.header_row,
            "keys": dict(self.keys),
            "columns": list(islice(self._columns(labels_of(self.header)), MAX_COLUMNS_TOLD)),
        }

    def _columns(self, labels: Sequence[str]) -> Iterator[ColumnData]:
        told: dict[tuple[int, str], None] = {}
        for columns in self.types.values():
            for field, column in columns.columns.in_use():
                if (column, field) not in told:
                    told[column, field] = None
                    yield _column_data(labels[column], field, columns.kinds[column], columns.styles[column])
        if self.demand is not None:
            for column, field, kind in self.demand.columns.fields():
                yield _column_data(labels[column], field, kind, self.demand.style)


def _column_data(label: str, field: str, kind: CellKind, style: CellStyle) -> ColumnData:
    data: ColumnData = {"column": label, "field": field, "kind": kind}
    if kind in NUMERIC_KINDS:
        data["decimal"] = "comma" if style.decimal_comma else "point"
    if kind in _DATED:
        data["dates"] = "dmy" if style.day_first else "mdy"
    return data
