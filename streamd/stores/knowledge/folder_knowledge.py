"""The knowledge base over a folder: synchronizes the index with the folder, and searches it."""
# ruff: noqa: D102 - documented at the port

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

import attrs
import structlog

from streamd.core.document_passage import Passage
from streamd.errors import StoreError
from streamd.facts import frozen
from streamd.ports.knowledge import Extent
from streamd.stores._search_words import any_word_or_compound
from streamd.stores.knowledge._folder import Listing, Stamp, list_documents
from streamd.stores.knowledge._index import (
    documents,
    drop_unusable,
    extent,
    is_damage,
    prepare,
    recreate_tables,
    search,
)
from streamd.stores.knowledge._indexing import batches, index_documents
from streamd.stores.sqlite import Connection, connected, held_lock

log = structlog.get_logger(__name__)

MEMORY: Final = ":memory:"


@frozen
class Scan:
    """The result of a scan, in numbers of documents."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    skipped: int = 0
    """Files without text, too large or unreadable, including those known from earlier scans."""


@asynccontextmanager
async def open_knowledge(
    folder: str, *, index_path: str, every_seconds: float = 5.0, max_file_bytes: int = 4_000_000
) -> AsyncIterator["FolderKnowledge"]:
    """Open the knowledge base over a folder. Nothing is read before `watch` or `refresh` is called.

    Args:
        folder: the folder of documents. It may be missing, and created later.
        index_path: file of the index, created if missing and locked while open. `:memory:` is a temporary one.
        every_seconds: pause between two scans of the folder.
        max_file_bytes: larger files are skipped.

    Raises:
        StoreError: SQLite has no FTS5, or the index cannot be written, is open elsewhere or is another program's database.

    """
    async with AsyncExitStack() as stack:
        if index_path == MEMORY:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="streamd-knowledge-"))
            index_path = str(Path(directory, "index.db"))
        stack.enter_context(held_lock(index_path))
        if reason := await asyncio.to_thread(drop_unusable, index_path):
            log.warning("knowledge_index_recreated", reason=reason)
        writer = await stack.enter_async_context(connected(index_path))
        await writer.run(prepare)
        reader = await stack.enter_async_context(connected(index_path, read_only=True))
        yield FolderKnowledge(folder, writer, reader, every_seconds, max_file_bytes)


class FolderKnowledge:
    """Implements `streamd.ports.knowledge.Knowledge`. Searches never wait for the indexing of documents."""

    def __init__(
        self,
        folder: str,
        writer: Connection,
        reader: Connection,
        every_seconds: float,
        max_file_bytes: int,
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._reader = reader
        self._every_seconds = every_seconds
        self._max_file_bytes = max_file_bytes
        self._known: dict[str, Stamp] = {}
        """Stamps of the indexed documents, current during a scan."""
        self._skipped: dict[str, Stamp | None] = {}
        """Skipped files that have been logged: read again when the stamp changes, at every scan where it is None. Not persisted,
        so that each start logs them once."""
        self._is_damaged = False
        self._scanning = asyncio.Lock()
        self._progressed = asyncio.Event()
        """Set when the scan in progress has indexed something, or has ended."""
        self._has_scanned = False
        """Whether a whole scan was completed since the start."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:
        expression = any_word_or_compound(query)
        if not expression or limit < 1:
            return ()
        try:
            return await self._reader.run(search, expression, limit)
        except StoreError as error:
            self._is_damaged |= is_damage(error)
            raise

    async def is_empty(self) -> bool:
        while not self._has_scanned and not (await self.extent()).passages:
            if self._scanning.locked():
                await self._progressed.wait()
            else:
                await self.refresh()
        return not (await self.extent()).passages

    async def extent(self) -> Extent:
        return await self._reader.run(extent)

    async def watch(self) -> None:
        """Scan the folder periodically, until cancelled. A repeated failure is logged once and retried at every scan."""
        last_failure = ""
        while True:
            try:
                await self.refresh()
            except StoreError as error:
                if error.message != last_failure:
                    log.error("knowledge_scan_failed", folder=self._folder, reason=error.message)  # noqa: TRY400
                last_failure = error.message
            else:
                last_failure = ""
            await asyncio.sleep(self._every_seconds)

    async def refresh(self) -> Scan:
        """Scan the folder once. Raises StoreError; the index keeps its documents.

        When the caller is cancelled, documents indexed so far stay, and the next scan continues from there.
        """
        async with self._scanning:
            self._progressed.clear()
            try:
                if self._is_damaged:
                    await self._recreate()
                scan = await self._scan()
            except StoreError as error:
                self._is_damaged |= is_damage(error)
                raise
            finally:
                self._progressed.set()
            self._has_scanned = True
            return scan

    async def _recreate(self) -> None:
        await self._writer.run(recreate_tables)
        self._is_damaged = False
        log.warning("knowledge_index_recreated", reason="it is damaged")

    async def _scan(self) -> Scan:
        started = perf_counter()
        try:
            listing = await self._writer.run(lambda _: list_documents(self._folder))
        except OSError as error:
            raise StoreError(
                f"{self._folder} cannot be read: {error.strerror}; let the daemon's user read it"
            ) from error
        # Read from the index, not from memory: a cancelled scan may have committed documents without recording them here.
        self._known = await self._writer.run(documents)
        self._note_skipped(listing)
        removed = [path for path in self._known if path not in listing.documents]
        await self._index(removed, {})
        differing = {
            path: stamp for path, stamp in listing.documents.items() if not self._is_seen(path, stamp)
        }
        changed = differing.keys() & self._known.keys()
        for batch in batches(differing):
            await self._index([], batch)
        indexed = differing.keys() & self._known.keys()
        scan = Scan(len(indexed - changed), len(indexed & changed), len(removed), len(self._skipped))
        if indexed or removed:
            counts = {**attrs.asdict(scan), **attrs.asdict(await self.extent())}
            log.info("knowledge_indexed", **counts, seconds=round(perf_counter() - started, 3))
        return scan

    async def _index(self, removed: Sequence[str], changed: Mapping[str, Stamp]) -> None:
        """Index documents and remove others: one call in the index's thread, one short transaction."""
        if not removed and not changed:
            return
        indexed, unreadable = await self._writer.run(
            index_documents, self._folder, removed, changed, self._max_file_bytes
        )
        for path, error in unreadable.items():
            if path not in self._skipped:
                log.warning("knowledge_file_skipped", file=path, reason=error.message)
        for path in (*removed, *changed):
            self._known.pop(path, None)
            self._skipped.pop(path, None)
        self._known |= {path: changed[path] for path in indexed}
        self._skipped |= {
            path: None if error.retryable else changed[path] for path, error in unreadable.items()
        }
        if any(indexed.values()):
            self._progressed.set()

    def _is_seen(self, path: str, stamp: Stamp) -> bool:
        return self._known.get(path) == stamp or self._skipped.get(path) == stamp

    def _note_skipped(self, listing: Listing) -> None:
        for path, reason in listing.skipped.items():
            if path not in self._skipped:
                log.warning("knowledge_file_skipped", file=path, reason=reason)
        still_there = {path: stamp for path, stamp in self._skipped.items() if path in listing.documents}
        self._skipped = {**still_there, **dict.fromkeys(listing.skipped)}
