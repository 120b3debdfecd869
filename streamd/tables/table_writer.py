"""Writes items as CSV text for spreadsheets, which `read_table` reads back as the same items."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from streamd.core.item import Item
from streamd.core.item_type import SOURCE_ID, ItemType, ItemTypes
from streamd.core.values import Value
from streamd.tables.cells import CellKind, write_cell
from streamd.tables.columns import FieldWords, extra_name, vocabulary_of
from streamd.text.letter_case import capitalised

_LEADING: Final = ("type", "name", "subtitle", SOURCE_ID)
_ACRONYMS: Final = frozenset({"id", "sku"})
_QUOTED: Final = frozenset(',;\t|"\r\n')


class TableWriter:
    """Writes a table of items that are seen twice: the first time for its columns."""

    def __init__(self, types: ItemTypes, type_name: str | None = None) -> None:
        self._types = types
        self._type_name = type_name
        self._having: dict[str, dict[str, None]] = {}
        """By field, in the order they turned up: the types of the items that have it."""
        self._kinds: dict[str, None] = {}
        """Types of the items in the order they turned up."""
        self._fields: tuple[str, ...] = ()

    def see(self, items: Iterable[Item]) -> None:
        """Look at items before any line is written."""
        for item in self._rows(items):
            self._kinds[item.type] = None
            for field in item.fields:
                self._having.setdefault(field, {})[item.type] = None

    def header(self) -> str:
        """The line of titles, once all items have been seen."""
        declared = (
            field for name in self._kinds for field in self._types.get(name).fields if field in self._having
        )
        leading = [field for field in _LEADING if field in self._having or field in ("type", "name")]
        self._fields = tuple(dict.fromkeys((*leading, *declared, *self._having)))
        vocabularies = {name: vocabulary_of(self._types.get(name)) for name in self._kinds}
        titles = [
            _title(field, self._having.get(field, {}), self._types, vocabularies) for field in self._fields
        ]
        return _line(["Item ID", *titles])

    def lines(self, items: Iterable[Item]) -> Iterator[str]:
        """The lines of items, after the header."""
        for item in self._rows(items):
            declared = self._types.get(item.type)
            cells = [
                cell_of(item.fields[field], field, declared) if field in item.fields else ""
                for field in self._fields
            ]
            yield _line([write_cell(item.id, "string"), *cells])

    def _rows(self, items: Iterable[Item]) -> Iterator[Item]:
        return (item for item in items if self._type_name in (None, item.type))


def write_table(items: Iterable[Item], types: ItemTypes, type_name: str | None = None) -> Iterator[str]:
    """Yield lines of CSV with their line ends: the header, then one an item, in the order given.

    Fields come in the order of their declaration, further ones as they turn up; those that no item has are left out.
    Other types than `type_name`, if it is given, are passed over.
    """
    rows = list(items)
    writer = TableWriter(types, type_name)
    writer.see(rows)
    yield writer.header()
    yield from writer.lines(rows)


def cell_of(value: Value, field: str, item_type: ItemType) -> str:
    """The text of the cell that stands for the value of a field of an item."""
    spec = item_type.fields.get(field)
    kind: CellKind = "any" if spec is None else spec.kind
    return write_cell(value, "string" if field in ("type", "name", "subtitle") else kind)


def _title(
    field: str, having: Collection[str], types: ItemTypes, vocabularies: Mapping[str, FieldWords]
) -> str:
    """The title of a field, if it maps back to that field in every type, else its name in brackets."""
    if field == "type":
        return "Type"
    spec = next((found for name in sorted(having) if (found := types.get(name).fields.get(field))), None)
    words = spec.title if spec else field.replace("_", " ")
    title = " ".join(word.upper() if word in _ACRONYMS else capitalised(word) for word in words.split())
    for name in having:
        match = vocabularies[name].match(title)
        if (match.field if match else extra_name(title, types.get(name))) != field:
            return f"[{field}]"
    return title


def _line(cells: Iterable[str]) -> str:
    return ",".join(_quoted(cell) for cell in cells) + "\n"


def _quoted(cell: str) -> str:
    """Quote a cell that contains a possible delimiter or a line end."""
    return '"' + cell.replace('"', '""') + '"' if _QUOTED & set(cell) else cell
