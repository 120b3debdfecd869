"""Reads the cells of one column as values of its field; what comes again is read and checked once."""

from typing import Final

import attrs

from streamd.core.item_type import ItemType
from streamd.core.values import Value, check_fields
from streamd.facts import define
from streamd.tables.cells import CellKind, CellStyle, read_cell, read_written_cell
from streamd.tables.columns import ITEM_ID

MOST_KEPT: Final = 20_000
"""Texts that are kept with their values, of all columns of a file."""
_LONGEST_KEPT: Final = 40


@define
class FieldCells:
    """Reads the cells of a column as values of a field."""

    field: str
    kind: CellKind
    style: CellStyle
    item_type: ItemType
    most_kept: int
    _known: dict[str, Value | None] = attrs.field(factory=dict, init=False)
    """Values by their texts; none that could be changed."""

    def value(self, text: str) -> Value | None:
        """The value in a cell, None where it is empty; it fits the field, unless the daemon wrote the table.

        Raises BadCellError or InvalidMessageError.
        """
        try:
            return self._known[text]
        except KeyError:
            found = self._read(text)
        is_kept = len(text) <= _LONGEST_KEPT and not isinstance(found, list | dict)
        if is_kept and len(self._known) < self.most_kept:
            self._known[text] = found
        return found

    def _read(self, text: str) -> Value | None:
        spec = self.item_type.fields.get(self.field)
        unit = spec.unit if spec else ""
        read = read_written_cell if self.style.is_exported else read_cell
        value = read(text, self.kind, style=self.style, unit=unit)
        if value is not None and self.field != ITEM_ID:
            check_fields({self.field: value})
            if not self.style.is_exported:
                self.item_type.fitted(self.field, value)
        return value
