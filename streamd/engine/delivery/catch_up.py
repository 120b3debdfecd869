"""Catch-up: blocks of the journal for cursors below the window, read once and shared by all of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeAlias

import structlog

from streamd.core.item import Seq
from streamd.core.position import StreamName
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import EntryBlock
from streamd.engine.delivery.live_stream import LiveStream
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.journal import CachedEntry
from streamd.errors import StoreError
from streamd.ports.store import Entry, JournalStore

log = structlog.get_logger(__name__)

BLOCK_ENTRIES: Final = 512
_MAX_CACHED_BYTES: Final = 8 * 1024 * 1024
"""Memory limit of the blocks that were read last."""

BlockKey: TypeAlias = tuple[StreamName, Seq, bool]
"""The stream, the position that the block follows, and whether it has what filters by items need."""


class CatchUp:
    """Reads blocks in one task, however many cursors wait: a reconnect storm reads each block once."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._blocks: OrderedDict[BlockKey, EntryBlock] = OrderedDict()
        self._used: set[BlockKey] = set()
        self._bytes = 0
        self._wanted: OrderedDict[BlockKey, tuple[LiveStream, dict[Outbox, Cursor]]] = OrderedDict()
        self._filled = asyncio.Event()
        self.lost: asyncio.Queue[tuple[Outbox, Cursor]] = asyncio.Queue()
        """Cursors whose position the journal no longer holds; the resync task takes them from here."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: Outbox) -> EntryBlock | None:
        """The block with the entry after the cursor; None when it must be read first: then the outbox is flushed."""
        if cursor.awaits_block:
            return None
        # Blocks start at round positions, so that cursors near each other share them. A block that was read when the
        # journal was shorter, or that holds few long entries, is followed by one that starts at the cursor.
        filters = cursor.only is not None and cursor.only.view is not None
        usual = (stream.name, Seq(cursor.position - cursor.position % BLOCK_ENTRIES), filters)
        own = (stream.name, cursor.position, filters)
        for key in (usual, own):
            block = self._blocks.get(key)
            if block is not None and block.holds(cursor.position):
                self._blocks.move_to_end(key)
                self._used.add(key)
                return block
        cursor.awaits_block = True
        wanted = own if usual in self._blocks else usual
        self._wanted.setdefault(wanted, (stream, {}))[1][outbox] = cursor
        self._filled.set()
        return None

    def lose(self, cursor: Cursor, outbox: Outbox) -> None:
        """Report a cursor as lost, unless it waits for a snapshot already."""
        if not cursor.awaits_block:
            cursor.awaits_block = True  # until the snapshot has been inserted
            self.lost.put_nowait((outbox, cursor))

    async def run(self) -> None:
        """Read the requested blocks until cancelled."""
        while True:
            while not self._wanted:
                self._filled.clear()
                await self._filled.wait()
            await self._read_next()  # in a method of its own: while this waits it holds on to no connection

    async def _read_next(self) -> None:
        key, (stream, waiting) = self._wanted.popitem(last=False)
        try:
            block = await self._read(key, stream)
        except StoreError as error:
            log.error("catch_up_failed", stream=stream.name, reason=error.message)  # noqa: TRY400
            block = None
        for outbox, cursor in waiting.items():
            cursor.awaits_block = False
            if outbox.closed:
                continue
            if block is None:
                outbox.sink.fail()
            elif _follows(block, cursor) or stream.window.holds(cursor.position):
                outbox.flush_soon()  # a cursor above the block's end requests a block of its own
            else:
                self.lose(cursor, outbox)

    async def _read(self, key: BlockKey, stream: LiveStream) -> EntryBlock:
        _, after, filters = key
        entries = await self._store.entries(stream.name, after, BLOCK_ENTRIES, with_before=filters)
        whole = _readable(entries, stream)
        last = entries[-1].seq if entries else stream.top
        block = stream.block(whole[0].seq if whole else Seq(last + 1))
        block.extend(whole)
        if key in self._blocks:  # it was read when the journal was shorter
            self._drop(key)
        self._blocks[key] = block
        self._bytes += block.memory
        self._used.add(key)
        while self._bytes > _MAX_CACHED_BYTES and len(self._blocks) > 1:
            self._drop(next(iter(self._blocks)))
        return block

    def forget_unused(self) -> None:
        """Drop the blocks that nobody read since the last call."""
        for key in [key for key in self._blocks if key not in self._used]:
            self._drop(key)
        self._used.clear()

    def _drop(self, key: BlockKey) -> None:
        self._bytes -= self._blocks.pop(key).memory


def _readable(entries: Sequence[Entry], stream: LiveStream) -> Sequence[CachedEntry]:
    """The first entries without a damaged one between them: who follows a workspace must not miss one.

    On the stream of a run it is passed over: other responses make sense without it.
    """
    found: list[CachedEntry] = []
    for entry in entries:
        cached = CachedEntry(entry.seq, entry.body, entry.event_type, entry.item_type, entry.before)
        if not entry.body:
            if stream.kind != "run":
                if found:
                    break
                continue
            cached.encoded.update(stream.silence)
        found.append(cached)
    return found


def _follows(block: EntryBlock, cursor: Cursor) -> bool:
    """Whether no entry between the block's start and the cursor has been trimmed."""
    return block.first <= block.top and block.first <= cursor.position + 1
