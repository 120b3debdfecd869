"""The stored items that imported rows are about."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from streamd.core.item import Item, ItemId, Known
from streamd.core.values import spellings

if TYPE_CHECKING:
    from streamd.tables import ImportedRow

StoredItems: TypeAlias = Mapping[tuple[str, ItemId], Known]
"""By workspace and id."""


def items_of(
    row: "ImportedRow", stored: StoredItems, workspace: str, twins: Collection[ItemId] = ()
) -> Mapping[ItemId, Item]:
    """The items that there are under any of the ids that a row may have, and of its twins, by that id."""
    return {
        one: known
        for one in (*row.ids, *twins)
        if isinstance(known := known_item(one, stored, workspace), Item)
    }


def known_item(item_id: ItemId, stored: StoredItems, workspace: str) -> Known:
    """The stored state under an id, in either spelling of Unicode."""
    found = (stored.get((workspace, one)) for one in spellings(item_id))
    return next((one for one in found if one is not None), None)
