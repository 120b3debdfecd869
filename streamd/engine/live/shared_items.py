"""Shared items: the items of a workspace as all runs read them, whole or by what a request names."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from weakref import WeakValueDictionary

from streamd.core.declared.relations import referred_ids, with_names
from streamd.core.declared.removals import Referring, references_against_removal
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import workspace_stream
from streamd.engine.live.item_vocabularies import ItemVocabularies
from streamd.facts import define
from streamd.long_work import ITEMS
from streamd.ports.language import Language
from streamd.ports.store import Store


@define(eq=False)
class Reading:
    """All items of a workspace. Cached only while some run uses it."""

    top: Seq
    """A position whose event is included; it was read first, so later events may be included, too."""
    items: Sequence[Item]
    """With names in their references, where these are clear: agents and people speak of items by name."""
    names: Mapping[ItemId, str]
    stored: Sequence[Item] = ()
    """The same with ids in their references."""


class SharedItems:
    """Reads the store when something changed, and returns the last reading when nothing did."""

    def __init__(self, store: Store, types: ItemTypes, language: Language) -> None:
        self._store = store
        self._types = types
        self.vocabularies: Final = ItemVocabularies(store, types, language)
        self._newest: WeakValueDictionary[str, Reading] = WeakValueDictionary()
        self._pending: dict[tuple[str, Seq], asyncio.Future[Reading]] = {}

    async def read(self, workspace: str) -> Reading:
        """Read the current items, in the order they were added."""
        top = (await self._store.span(workspace_stream(workspace))).top
        while True:
            newest = self._newest.get(workspace)
            if newest is not None and newest.top == top:
                return newest
            pending = self._pending.get((workspace, top))
            if pending is None:
                return await self._read(workspace, top)
            await asyncio.wait([pending])
            if not pending.cancelled():
                return pending.result()
            # The reader was cancelled: another caller has to read.

    async def read_at(self, workspace: str, seq: Seq) -> Reading | None:
        """Read the items as they were at a position; None where what happened since is not kept any more."""
        past = await self._store.items_at(workspace, seq)
        if past is None:
            return None
        return await ITEMS.run(
            lambda: self._reading(seq, [item for block in past.blocks() for item in block])
        )

    async def top(self, workspace: str) -> Seq:
        """Read the position of the newest event."""
        return (await self._store.span(workspace_stream(workspace))).top

    async def of(self, workspace: str, ids: Iterable[ItemId]) -> Sequence[Item]:
        """Read some of the current items, in the order of their ids; those that are gone are left out."""
        items = await self._known(workspace, ids)
        referred = referred_ids(((one.type, one.fields) for one in items), self._types)
        return with_names(items, self._types, await self._known(workspace, referred)) if referred else items

    async def _known(self, workspace: str, ids: Iterable[ItemId]) -> list[Item]:
        keys = [(workspace, item_id) for item_id in ids]
        known = await self._store.known(keys) if keys else {}
        return [item for key in keys if isinstance(item := known.get(key), Item)]

    async def referring_to(
        self, workspace: str, removed: Iterable[Item]
    ) -> tuple[Referring, Mapping[ItemId, str]]:
        """Read the references that stand against the removal of items, and the names of the items that refer to them."""
        gone = {item.id for item in removed if item.type in self._types.referred}
        found = list[Item]()

        def visit(items: Sequence[Item]) -> bool:
            found.extend(item for item in items if any(value in gone for value in _texts(item)))
            return True

        for kind in self._types.references if gone else ():
            await self._store.scan(workspace, kind, visit)
        return references_against_removal(found, self._types), {item.id: item.name for item in found}

    def _reading(self, top: Seq, stored: Sequence[Item]) -> Reading:
        items = with_names(stored, self._types, stored)
        return Reading(top, items, {item.id: item.name for item in items}, stored)

    async def _read(self, workspace: str, top: Seq) -> Reading:
        pending: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._pending[workspace, top] = pending
        try:
            stored = await self._store.items(workspace)
            reading = await ITEMS.run(self._reading, top, stored)
            self._newest[workspace] = reading
            pending.set_result(reading)
            return reading
        finally:
            del self._pending[workspace, top]
            pending.cancel()


def _texts(item: Item) -> Iterable[str]:
    return (value for value in item.fields.values() if isinstance(value, str))
