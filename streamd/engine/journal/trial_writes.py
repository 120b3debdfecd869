"""Tries changes without committing any of them, for a report of what they would do."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.change import Change
from streamd.core.declared.relations import ItemIndex
from streamd.core.event import Author
from streamd.core.item import START, Item, ItemId, Known
from streamd.core.item_type import ItemTypes
from streamd.engine.journal._known_items import ItemKey
from streamd.engine.journal._write_decision import decide_write
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import ItemWrite, Receipt, WriteResult
from streamd.errors import RefusedError
from streamd.long_work import ITEMS
from streamd.ports.store import ItemStore


@attrs.frozen
class Trial:
    """The results that changes would have, and the items as they would be."""

    outcomes: Sequence[WriteResult]
    """One per change."""
    after: Mapping[ItemId, Known]
    """Of the items that were changed."""


async def try_each(
    journal: Journal,
    store: ItemStore,
    types: ItemTypes,
    workspace: str,
    author: Author,
    changes: Sequence[Change],
    known: Mapping[ItemKey, Known],
) -> Trial:
    """Decide changes one by one, as a write each: each sees the effect of those before it.

    Args:
        journal: the journal that would commit them.
        store: the committed items.
        types: the declared item types.
        workspace: where they would be made.
        author: whose changes they would be.
        changes: the changes.
        known: the committed state of the items that they are about, in every spelling of their ids.

    """
    await journal.flushed(workspace)
    related = await store.items(workspace, types.related) if types.related else ()
    return await ITEMS.run(_tried, types, workspace, author, changes, known, related)


def _tried(
    types: ItemTypes,
    workspace: str,
    author: Author,
    changes: Sequence[Change],
    known: Mapping[ItemKey, Known],
    related: Sequence[Item],
) -> Trial:
    index = ItemIndex(types) if types.related else None
    if index is not None:
        for item in related:
            index.replace(None, item)
    now, after, top = dict(known), dict[ItemId, Known](), START
    outcomes: list[WriteResult] = []
    for change in changes:
        write = ItemWrite(workspace, (change,), author, lambda _: None)
        try:
            decided = decide_write(write, types, now, index, top, 0, "")
        except RefusedError as refusal:
            outcomes.append(refusal.with_traceback(None))
            continue
        top = decided.top
        now |= {(workspace, item_id): item for item_id, item in decided.changed.items()}
        after |= decided.changed
        outcomes.append(Receipt(decided.results))
    return Trial(outcomes, after)
