"""Lists items in memory."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.item import Item, ItemId, Tombstone
from streamd.core.lists.item_words import has_words
from streamd.ports.store import VisitItems

_BLOCK: Final = 500


def items(
    stored: Mapping[tuple[str, ItemId], Item | Tombstone],
    workspace: str,
    item_types: frozenset[str] | None = None,
) -> list[Item]:
    """List the items of a workspace."""
    found = [item for (where, _), item in stored.items() if where == workspace and isinstance(item, Item)]
    return sorted(
        (item for item in found if item_types is None or item.type in item_types),
        key=lambda item: item.added,
    )


def visit_all(found: Sequence[Item], words: Sequence[str] | None, visit: VisitItems) -> None:
    """Hand those that have all the words to `visit`, in blocks."""
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        if words is not None:
            block = [item for item in block if has_words(item.fields, words)]
        if block and not visit(block):
            return
