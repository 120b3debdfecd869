"""Catch-up: blocks read from the journal for cursors that stand below the window, shared by all that stand there."""

import asyncio
from collections import OrderedDict
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
from streamd.ports.store import JournalStore

log = structlog.get_logger(__name__)

BLOCK_ENTRIES: Final = 512
_LEAST_ENTRIES: Final = 16
_BLOCK_BYTES: Final = 1024 * 1024
"""Bodies of one block, about."""
_MAX_CACHED_BYTES: Final = 8 * 1024 * 1024
"""What the blocks read lately may take in memory."""
_ENTRY_BYTES: Final = 480
"""What an entry takes besides its body, its frame and its share of a joined chunk, which are about as long each."""

BlockKey: TypeAlias = tuple[StreamName, Seq]
"""The stream, and the position that the block follows."""


class CatchUp:
    """Reads blocks in one task, however many wait: a reconnect storm reads each block once."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._blocks: OrderedDict[BlockKey, EntryBlock] = OrderedDict()
        self._bytes = 0
        self._wanted: OrderedDict[BlockKey, tuple[LiveStream, dict[Outbox, Cursor]]] = OrderedDict()
        self._filled = asyncio.Event()
        self.lost: asyncio.Queue[tuple[Outbox, Cursor]] = asyncio.Queue()
        """Cursors whose position the journal no longer holds; whoever makes snapshots takes them from here."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: Outbox) -> EntryBlock | None:
        """The block that holds what follows the cursor; None when it has to be read first: then the outbox is flushed."""
        if cursor.awaited:
            return None
        # Blocks begin at round positions, so that those who are near each other share them. One that was read when the
        # journal was shorter, or that holds few long entries, is followed by one that begins where the cursor is.
        usual = (stream.name, Seq(cursor.position - cursor.position % BLOCK_ENTRIES))
        own = (stream.name, cursor.position)
        for key in (usual, own):
            block = self._blocks.get(key)
            if block is not None and block.holds(cursor.position):
                self._blocks.move_to_end(key)
                return block
        cursor.awaited = True
        wanted = own if usual in self._blocks else usual
        self._wanted.setdefault(wanted, (stream, {}))[1][outbox] = cursor
        self._filled.set()
        return None

    async def run(self) -> None:
        """Read what is wanted, for as long as the daemon lives."""
        while True:
            while not self._wanted:
                self._filled.clear()
                await self._filled.wait()
            key, (stream, waiting) = self._wanted.popitem(last=False)
            try:
                block = await self._read(key, stream)
            except StoreError as error:
                log.error("catch_up_failed", stream=stream.name, reason=error.message)  # noqa: TRY400
                block = None
            for outbox, cursor in waiting.items():
                cursor.awaited = False
                if outbox.closed:
                    continue
                if block is None:
                    outbox.sink.fail()
                elif _follows(block, cursor) or stream.window.holds(cursor.position):
                    outbox.flush_soon()  # when the block ends below the cursor, it asks again, for one of its own
                else:
                    cursor.awaited = True  # until the snapshot is in
                    self.lost.put_nowait((outbox, cursor))

    async def _read(self, key: BlockKey, stream: LiveStream) -> EntryBlock:
        after = key[1]
        entries = await self._store.entries(stream.name, after, _block_entries(stream))
        first = entries[0].seq if entries else Seq(stream.top + 1)
        block = stream.block(first)
        block.extend(
            [CachedEntry(entry.seq, entry.body, entry.event_type, entry.item_type) for entry in entries]
        )
        replaced = self._blocks.pop(key, None)  # it was read when the journal was shorter
        if replaced is not None:
            self._bytes -= _cost(replaced)
        self._blocks[key] = block
        self._bytes += _cost(block)
        while self._bytes > _MAX_CACHED_BYTES and len(self._blocks) > 1:
            _, oldest = self._blocks.popitem(last=False)
            self._bytes -= _cost(oldest)
        return block


def _follows(block: EntryBlock, cursor: Cursor) -> bool:
    """Whether nothing between the block's beginning and the cursor is gone."""
    return block.first <= block.top and block.first <= cursor.position + 1


def _block_entries(stream: LiveStream) -> int:
    """How many entries to read at once: fewer when those of the stream are long."""
    held = stream.window.top - stream.window.first + 1
    mean = stream.window.bytes // held if held else 0
    return min(BLOCK_ENTRIES, max(_LEAST_ENTRIES, _BLOCK_BYTES // max(1, mean)))


def _cost(block: EntryBlock) -> int:
    """Bytes of memory that a block takes once its entries have been told, about."""
    return block.bytes * 3 + (block.top - block.first + 1) * _ENTRY_BYTES
