"""The vocabularies of workspaces: made when a request first needs one, kept up with the events, dropped when unused."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import attrs
import orjson

from streamd.core.item import START, Item, ItemId, Known, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import workspace_stream
from streamd.facts import define
from streamd.long_work import ITEMS
from streamd.ports.language import Language, Vocabulary
from streamd.ports.store import Store

_MAX_ITEMS: Final = 200_000
"""Items in all vocabularies together, about 1 KB each; then those of the workspaces that were used longest ago go."""
_UNUSED_SECONDS: Final = 600.0
_SLICE: Final = 500
"""Items that are learnt in one go, in a thread."""
_IN_LOOP: Final = 20
"""Up to this many changed items are learnt at once."""
_EVENTS_MAX: Final = 20_000
"""Where more has happened since a vocabulary was used, it is made anew if that is less work."""


@define(eq=False)
class _Kept:
    """A vocabulary, and the position of the last event that it follows; later ones may be followed, too."""

    vocabulary: Vocabulary
    position: Seq | None = None
    """None before it is complete."""
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    used: float = attrs.field(factory=time.monotonic)


class ItemVocabularies:
    """Keeps a vocabulary for each workspace in which something is asked."""

    def __init__(self, store: Store, types: ItemTypes, language: Language) -> None:
        self._store = store
        self._types = types
        self._language = language
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    @asynccontextmanager
    async def newest(self, workspace: str) -> AsyncIterator[tuple[Seq, Vocabulary]]:
        """The vocabulary of all items, and a position whose event it follows; nobody else uses it while the block lasts."""
        kept = self._kept.setdefault(workspace, _Kept(self._language.vocabulary(self._types)))
        self._kept.move_to_end(workspace)
        async with kept.lock:
            kept.used = time.monotonic()
            yield await self._follow(workspace, kept), kept.vocabulary
            kept.used = time.monotonic()
        self._drop_above(_MAX_ITEMS)

    def forget_unused(self, seconds: float = _UNUSED_SECONDS) -> None:
        """Drop what nobody has used for some time."""
        since = time.monotonic() - seconds
        for workspace, kept in list(self._kept.items()):
            if kept.used < since and not kept.lock.locked():
                del self._kept[workspace]

    def _drop_above(self, most: int) -> None:
        count = sum(len(kept.vocabulary) for kept in self._kept.values())
        for workspace, kept in list(self._kept.items())[:-1]:
            if count <= most:
                return
            if not kept.lock.locked():
                count -= len(kept.vocabulary)
                del self._kept[workspace]

    async def _follow(self, workspace: str, kept: _Kept) -> Seq:
        """Bring a vocabulary up to the newest event, and return its position."""
        stream = workspace_stream(workspace)
        span = await self._store.span(stream)
        position = kept.position
        if position is not None and span.can_resume(position) and self._is_near(kept, span.top):
            while position < span.top:
                entries = await self._store.entries(stream, position, _SLICE)
                ids = [_item_of(entry.body) for entry in entries if entry.body]
                await self._learn(workspace, kept.vocabulary, dict.fromkeys(one for one in ids if one))
                kept.position = position = entries[-1].seq if entries else span.top
        else:
            kept.position, kept.vocabulary = None, self._language.vocabulary(self._types)
            await self._read(workspace, kept.vocabulary)
        kept.position = span.top
        return span.top

    def _is_near(self, kept: _Kept, top: Seq) -> bool:
        return top - (kept.position or START) <= max(_EVENTS_MAX, len(kept.vocabulary))

    async def _learn(self, workspace: str, vocabulary: Vocabulary, ids: Iterable[ItemId]) -> None:
        known = await self._store.known((workspace, one) for one in ids)
        changed = [(item_id, known.get((workspace, item_id))) for item_id in ids]
        if len(changed) <= _IN_LOOP:
            _apply(vocabulary, changed)
        else:
            await ITEMS.run_to_end(_apply, vocabulary, changed)

    async def _read(self, workspace: str, vocabulary: Vocabulary) -> None:
        after = START
        while page := await self._store.page(workspace, None, after, _SLICE):
            after = page[-1].added
            items = [(item.id, item) for item in page]
            if len(items) <= _IN_LOOP:
                _apply(vocabulary, items)
            else:
                await ITEMS.run_to_end(_apply, vocabulary, items)


def _apply(vocabulary: Vocabulary, changed: Iterable[tuple[ItemId, Known]]) -> None:
    for item_id, known in changed:
        if isinstance(known, Item):
            vocabulary.put(known)
        else:
            vocabulary.remove(item_id)


def _item_of(body: bytes) -> ItemId | None:
    """The item that an event is about; None for a custom event that is about none."""
    item_id = orjson.loads(body).get("item_id")
    return ItemId(item_id) if isinstance(item_id, str) else None
