"""Chooses the ids of imported items among those that their rows may have."""

from collections.abc import Collection, Mapping

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.values import nfc
from streamd.tables._identity import name_key
from streamd.tables._import_wording import repeated_id, twin_key
from streamd.tables.cells import slug
from streamd.tables.import_report import RefusedRow
from streamd.tables.item_rows import ImportedRow
from streamd.text.seen_texts import SeenTexts


class ChosenIds:
    """Chooses the ids of imported items, each once."""

    def __init__(self) -> None:
        self._taken = SeenTexts()

    def choose(
        self, row: ImportedRow, stored: Mapping[ItemId, Item], twins: Collection[ItemId] = ()
    ) -> Item | RefusedRow:
        """The item of a row under its id, or the refusal of one whose id an earlier row has, or of a new one that has a twin.

        Args:
            row: the row.
            stored: the items that there are under any of its ids, and of its twins.
            twins: ids that differ from its own only as spreadsheets change them.

        """
        item_id = _best_id(row, stored)
        known = nfc(item_id)
        if known in self._taken:
            return RefusedRow(row.number, repeated_id(item_id))
        twin = next((one for one in twins if one in stored or nfc(one) in self._taken), None)
        if twin is not None and item_id not in stored:
            return RefusedRow(row.number, twin_key(twin))
        self._taken.add(known)
        return row.item if item_id == row.item.id else attrs.evolve(row.item, id=item_id)


def _best_id(row: ImportedRow, stored: Mapping[ItemId, Item]) -> ItemId:
    """The id under which there is an item of that name, else the first that is not one of a name with other signs."""
    first, *others = row.ids
    if not others:
        return first
    name = row.item.name
    for one in row.ids:
        if (there := stored.get(one)) is not None and name_key(there.name) == name_key(name):
            return one
    there = stored.get(first)
    return others[0] if there is not None and slug(there.name) == slug(name) else first
