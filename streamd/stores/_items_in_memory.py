"""Lists items and their demand in memory."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.lists.item_words import has_words
from streamd.ports.store import DemandKey, VisitItems

_BLOCK: Final = 500


Stored: TypeAlias = Sequence[tuple[tuple[str, ItemId], Item | Tombstone]]
"""Items and tombstones with their workspaces and ids."""


def items(stored: Stored, workspace: str, item_types: frozenset[str] | None = None) -> list[Item]:
    """List the items of a workspace."""
    found = [item for (where, _), item in stored if where == workspace and isinstance(item, Item)]
    return sorted(
        (item for item in found if item_types is None or item.type in item_types),
        key=lambda item: item.added,
    )


def encoded(stored: Stored, workspace: str, item_types: frozenset[str] | None) -> list[bytes]:
    """List the items of a workspace as JSON."""
    return [orjson.dumps(item.flat()) for item in items(stored, workspace, item_types)]


def page(stored: Stored, workspace: str, item_type: str | None, after: Seq) -> list[Item]:
    """List the items (of a type) that were added after a position."""
    found = items(stored, workspace, None if item_type is None else frozenset({item_type}))
    return [item for item in found if item.added > after]


def ids_beginning(stored: Stored, workspace: str, prefix: str, limit: int) -> list[ItemId]:
    """List the ids of present items that begin so."""
    found = (
        item_id
        for (place, item_id), item in stored
        if place == workspace and isinstance(item, Item) and item_id.startswith(prefix)
    )
    return sorted(found, key=lambda one: one.encode("utf-8", "surrogatepass"))[:limit]


def visit_all(
    stored: Stored,
    workspace: str,
    item_type: str | None,
    after: Seq,
    words: Sequence[str] | None,
    visit: VisitItems,
) -> None:
    """Hand those that have all the words to `visit`, in blocks."""
    found = page(stored, workspace, item_type, after)
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        if words is not None:
            block = [item for item in block if has_words(item, words, numbers=False)]
        if block and not visit(block):
            return


def demand(
    quantities: Mapping[DemandKey, float], workspace: str, ids: Collection[ItemId] | None
) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
    """List the demand of a workspace (of these items) by item, in the order of the dates."""
    history: dict[ItemId, list[tuple[str, float]]] = {}
    for (where, item_id, date), quantity in sorted(quantities.items()):
        if where == workspace and (ids is None or item_id in ids):
            history.setdefault(item_id, []).append((date, quantity))
    return history
