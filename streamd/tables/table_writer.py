"""Writes items as CSV text for spreadsheets, which `read_table` reads back as the same items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from streamd.core.item import Item
from streamd.core.item_type import SOURCE_ID, ItemTypes
from streamd.tables._cells import CellKind, write_cell
from streamd.tables._columns import FieldWords, extra_name, vocabulary_of
from streamd.text.letter_case import capitalised

_LEADING: Final = ("type", "name", "subtitle", SOURCE_ID)
_ACRONYMS: Final = frozenset({"id", "sku"})
_QUOTED: Final = frozenset(',;\t|"\r\n')


def write_table(items: Iterable[Item], types: ItemTypes, type_name: str | None = None) -> Iterator[str]:
    """Yield lines of CSV with their line ends: the header, then one an item, in the order given.

    Fields come in the order of their declaration, further ones as they turn up; those that no item has are left out.
    Other types than `type_name`, if it is given, are passed over.
    """
    rows = [item for item in items if type_name in (None, item.type)]
    used = dict.fromkeys(field for item in rows for field in item.fields)
    declared = (
        field
        for name in dict.fromkeys(item.type for item in rows)
        for field in types.get(name).fields
        if field in used
    )
    leading = [field for field in _LEADING if field in used or field in ("type", "name")]
    fields = tuple(dict.fromkeys((*leading, *declared, *used)))
    vocabularies = {name: vocabulary_of(types.get(name)) for name in {item.type for item in rows}}
    titles = [_title(field, rows, types, vocabularies) for field in fields]
    yield _line(["Item ID", *titles])
    for item in rows:
        kinds = types.get(item.type).fields
        yield _line(
            [
                write_cell(item.id, "string"),
                *(
                    write_cell(
                        item.fields[field], _kind(field, kinds[field].kind if field in kinds else "any")
                    )
                    if field in item.fields
                    else ""
                    for field in fields
                ),
            ]
        )


def _kind(field: str, kind: CellKind) -> CellKind:
    return "string" if field in ("type", "name", "subtitle") else kind


def _title(field: str, rows: Sequence[Item], types: ItemTypes, vocabularies: Mapping[str, FieldWords]) -> str:
    """The title of a field, if it maps back to that field in every type, else its name in brackets."""
    if field == "type":
        return "Type"
    having = {item.type for item in rows if field in item.fields}
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
