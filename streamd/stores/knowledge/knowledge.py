"""The knowledge base over a folder: keeps the index as the folder is, and searches it."""
# ruff: noqa: D102 - the port says it

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
from streamd.ports.knowledge import Extent
from streamd.stores.knowledge.folder import Listing, Stamp, listed
from streamd.stores.knowledge.index import (
    documents,
    drop_unusable,
    extent,
    is_damage,
    make_anew,
    prepare,
    search,
)
from streamd.stores.knowledge.intake import portions, take
from streamd.stores.knowledge.question import question
from streamd.stores.sqlite.connection import Connection, connected
from streamd.stores.sqlite.lock import held_lock

log = structlog.get_logger(__name__)

MEMORY: Final = ":memory:"


@attrs.frozen
class Scan:
    """What a look through the folder came to, in documents."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    skipped: int = 0
    """Files that hold no text, are too large or may not be read, new ones and those known."""


@asynccontextmanager
async def open_knowledge(
    folder: str, *, index_path: str, every_seconds: float = 5.0, max_file_bytes: int = 4_000_000
) -> AsyncIterator["FolderKnowledge"]:
    """Open the knowledge base over a folder. Nothing is read before `watch` or `refresh` is asked for.

    Args:
        folder: where the documents are. It may be missing, and come later.
        index_path: the index, made if there is none; nobody else may have it open. `:memory:`: one that goes at the end.
        every_seconds: between two looks through the folder.
        max_file_bytes: larger files are skipped.

    Raises:
        StoreError: SQLite has no FTS5, the index cannot be written, is open elsewhere or is another program's database.

    """
    async with AsyncExitStack() as stack:
        if index_path == MEMORY:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="streamd-knowledge-"))
            index_path = str(Path(directory, "index.db"))
        stack.enter_context(held_lock(index_path))
        if reason := await asyncio.to_thread(drop_unusable, index_path):
            log.warning("knowledge_index_made_anew", reason=reason)
        writer = await stack.enter_async_context(connected(index_path))
        await writer.run(prepare)
        reader = await stack.enter_async_context(connected(index_path, read_only=True))
        yield FolderKnowledge(folder, writer, reader, every_seconds, max_file_bytes)


class FolderKnowledge:
    """See the port. Searching never waits for the reading of documents."""

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
        """What is in the index, during a look through the folder."""
        self._skipped: dict[str, Stamp | None] = {}
        """What was passed over, and told: read again when it has changed; always where it is None. In memory, so that each
        start tells it once."""
        self._is_damaged = False
        self._scanning = asyncio.Lock()
        self._news = asyncio.Event()
        """The look that goes on just now has brought something, or has ended."""
        self._has_looked = False
        """Through all of the folder, since the start."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:
        asked = question(query)
        if asked is None or limit < 1:
            return ()
        try:
            return await self._reader.run(search, asked, limit)
        except StoreError as error:
            self._is_damaged |= is_damage(error)
            raise

    async def is_empty(self) -> bool:
        while not self._has_looked and not (await self.extent()).passages:
            if self._scanning.locked():
                await self._news.wait()
            else:
                await self.refresh()
        return not (await self.extent()).passages

    async def extent(self) -> Extent:
        return await self._reader.run(extent)

    async def watch(self) -> None:
        """Keep the index as the folder is, for as long as the daemon lives. What fails is told once and tried again."""
        last = ""
        while True:
            try:
                await self.refresh()
            except StoreError as error:
                if error.message != last:
                    log.error("knowledge_scan_failed", folder=self._folder, reason=error.message)  # noqa: TRY400
                last = error.message
            else:
                last = ""
            await asyncio.sleep(self._every_seconds)

    async def refresh(self) -> Scan:
        """Look through the folder once, now. Raises StoreError; what was indexed before stays.

        When the caller is cancelled, what was read so far stays too, and the next look goes on from there.
        """
        async with self._scanning:
            self._news.clear()
            try:
                if self._is_damaged:
                    await self._make_anew()
                scan = await self._scan()
            except StoreError as error:
                self._is_damaged |= is_damage(error)
                raise
            finally:
                self._news.set()
            self._has_looked = True
            return scan

    async def _make_anew(self) -> None:
        await self._writer.run(make_anew)
        self._is_damaged = False
        log.warning("knowledge_index_made_anew", reason="it is damaged")

    async def _scan(self) -> Scan:
        begin = perf_counter()
        try:
            listing = await self._writer.run(lambda _: listed(self._folder))
        except OSError as error:
            raise StoreError(
                f"{self._folder} cannot be read: {error.strerror}; let the daemon's user read it"
            ) from error
        # Asked, not remembered: a look that was cancelled may have written what it did not live to note.
        self._known = await self._writer.run(documents)
        self._note_skipped(listing)
        gone = [path for path in self._known if path not in listing.documents]
        await self._take(gone, {})
        wanted = {path: stamp for path, stamp in listing.documents.items() if not self._is_seen(path, stamp)}
        changed = wanted.keys() & self._known.keys()
        for portion in portions(wanted):
            await self._take([], portion)
        read = wanted.keys() & self._known.keys()
        scan = Scan(len(read - changed), len(read & changed), len(gone), len(self._skipped))
        if read or gone:
            counts = {**attrs.asdict(scan), **attrs.asdict(await self.extent())}
            log.info("knowledge_indexed", **counts, seconds=round(perf_counter() - begin, 3))
        return scan

    async def _take(self, gone: Sequence[str], wanted: Mapping[str, Stamp]) -> None:
        """Read documents and bring the index up to date: one go through the index's thread, one short transaction."""
        if not gone and not wanted:
            return
        read, refused = await self._writer.run(take, self._folder, gone, wanted, self._max_file_bytes)
        for path, error in refused.items():
            if path not in self._skipped:
                log.warning("knowledge_file_skipped", file=path, reason=error.message)
        for path in (*gone, *wanted):
            self._known.pop(path, None)
            self._skipped.pop(path, None)
        self._known |= {path: wanted[path] for path in read}
        self._skipped |= {path: None if error.retryable else wanted[path] for path, error in refused.items()}
        if any(read.values()):
            self._news.set()

    def _is_seen(self, path: str, stamp: Stamp) -> bool:
        return self._known.get(path) == stamp or self._skipped.get(path) == stamp

    def _note_skipped(self, listing: Listing) -> None:
        for path, reason in listing.skipped.items():
            if path not in self._skipped:
                log.warning("knowledge_file_skipped", file=path, reason=reason)
        kept = {path: stamp for path, stamp in self._skipped.items() if path in listing.documents}
        self._skipped = {**kept, **dict.fromkeys(listing.skipped)}
