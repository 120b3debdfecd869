"""Tries changes without committing any of them, for a report of what they would do."""

from collections.abc import Mapping, Sequence

from streamd.core.change import Change
from streamd.core.declared.relations import ItemIndex
from streamd.core.event import Author
from streamd.core.item import START, Item, Known, Seq
from streamd.core.item_type import ItemTypes
from streamd.engine.journal._known_items import ItemKey
from streamd.engine.journal._write_decision import decide_write
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import ItemWrite, Receipt, WriteResult
from streamd.errors import RefusedError
from streamd.long_work import ITEMS
from streamd.ports.store import ItemStore


class Trial:
    """Decides changes one by one, as a write each, on what is committed and on the changes before them."""

    def __init__(
        self, types: ItemTypes, workspace: str, author: Author, related: Sequence[Item] | None
    ) -> None:
        self._types = types
        self._workspace = workspace
        self._author = author
        self._index = None if related is None else ItemIndex(types)
        for item in related or ():
            if self._index is not None:
                self._index.replace(None, item)
        self._top: Seq = START

    @classmethod
    async def begin(
        cls, journal: Journal, store: ItemStore, types: ItemTypes, workspace: str, author: Author
    ) -> "Trial":
        """Begin a trial of changes in a workspace, on all that was submitted to the journal so far."""
        await journal.flushed(workspace)
        related = await store.items(workspace, types.related) if types.related else None
        return await ITEMS.run(cls, types, workspace, author, related)

    def outcomes(self, changes: Sequence[Change], known: Mapping[ItemKey, Known]) -> Sequence[WriteResult]:
        """The results that some more changes would have.

        Args:
            changes: the changes, each of an item that was not changed in this trial before.
            known: the committed state of their items, in every spelling of their ids.

        """
        now: dict[ItemKey, Known] = dict(known)
        found: list[WriteResult] = []
        for change in changes:
            write = ItemWrite(self._workspace, (change,), self._author, lambda _: None)
            try:
                decided = decide_write(write, self._types, now, self._index, self._top, 0, "")
            except RefusedError as refusal:
                found.append(refusal.with_traceback(None))
                continue
            if decided.entries:
                self._top = decided.entries[-1].seq
            now |= {(self._workspace, item_id): item for item_id, item in decided.changed.items()}
            found.append(Receipt(decided.results))
        return found
