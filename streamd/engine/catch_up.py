"""Catch-up: blocks read from the journal for cursors that stand below the window, shared by all that stand there."""

import asyncio
from collections import OrderedDict
from typing import Final, TypeAlias

import structlog

from streamd.core.item import Seq
from streamd.core.position import StreamName
from streamd.engine.outbox import Cursor, Outbox
from streamd.engine.segment import Held, Segment
from streamd.engine.streams import LiveStream
from streamd.errors import StoreError
from streamd.ports.store import Store

log = structlog.get_logger(__name__)

BLOCK_ENTRIES: Final = 512
_MAX_CACHED_BYTES: Final = 8 * 1024 * 1024
"""What the blocks read lately may take in memory."""
_ENTRY_BYTES: Final = 480
"""What an entry takes besides its body, its frame and its share of a joined chunk, which are about as long each."""

BlockKey: TypeAlias = tuple[StreamName, int]


class CatchUp:
    """Reads blocks in one task, however many wait: a reconnect storm reads each block once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._blocks: OrderedDict[BlockKey, Segment] = OrderedDict()
        self._bytes = 0
        self._wanted: OrderedDict[BlockKey, tuple[LiveStream, dict[Outbox, Cursor]]] = OrderedDict()
        self._filled = asyncio.Event()
        self.lost: asyncio.Queue[tuple[Outbox, Cursor]] = asyncio.Queue()
        """Cursors whose position the journal no longer holds; whoever makes snapshots takes them from here."""

    def block(self, stream: LiveStream, cursor: Cursor, outbox: Outbox) -> Segment | None:
        """The block that holds what follows the cursor; None when it has to be read first: then the outbox is flushed."""
        if cursor.awaited:
            return None
        key = (stream.name, cursor.position // BLOCK_ENTRIES)
        block = self._blocks.get(key)
        if block is not None and block.holds(cursor.position):
            self._blocks.move_to_end(key)
            return block
        cursor.awaited = True
        self._wanted.setdefault(key, (stream, {}))[1][outbox] = cursor
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
                elif block.holds(cursor.position) or stream.window.holds(cursor.position):
                    outbox.flush_soon()
                else:
                    cursor.awaited = True  # until the snapshot is in
                    self.lost.put_nowait((outbox, cursor))

    async def _read(self, key: BlockKey, stream: LiveStream) -> Segment:
        after = Seq(key[1] * BLOCK_ENTRIES)
        entries = await self._store.entries(stream.name, after, BLOCK_ENTRIES)
        first = entries[0].seq if entries else Seq(after + 1)
        block = Segment(first, stream.prepare)
        block.extend([Held(entry.seq, entry.body, entry.event_type, entry.item_type) for entry in entries])
        replaced = self._blocks.pop(key, None)  # it was read when the journal was shorter
        if replaced is not None:
            self._bytes -= _cost(replaced)
        self._blocks[key] = block
        self._bytes += _cost(block)
        while self._bytes > _MAX_CACHED_BYTES and len(self._blocks) > 1:
            _, oldest = self._blocks.popitem(last=False)
            self._bytes -= _cost(oldest)
        return block


def _cost(block: Segment) -> int:
    """Bytes of memory that a block takes once its entries have been told, about."""
    return block.bytes * 3 + (block.top - block.first + 1) * _ENTRY_BYTES
