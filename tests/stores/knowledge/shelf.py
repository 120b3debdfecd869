"""A knowledge base over a folder of real files."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import structlog

from streamd.stores.knowledge import FolderKnowledge, open_knowledge

Event = structlog.typing.EventDict


@attrs.frozen
class Shelf:
    """Where the documents are, and where the index is."""

    folder: Path
    index: Path

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a document; folders are made."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        is_new = not path.exists()
        before = 0 if is_new else path.stat().st_mtime_ns
        path.write_bytes(content)
        if not is_new:  # two writes within one tick of the file system's clock
            os.utime(path, ns=(before + 1_000_000, before + 1_000_000))
        return path

    @asynccontextmanager
    async def opened(self, max_file_bytes: int = 100_000) -> AsyncIterator[FolderKnowledge]:
        """Nothing is read yet."""
        async with open_knowledge(
            str(self.folder), index_path=str(self.index), every_seconds=0.001, max_file_bytes=max_file_bytes
        ) as knowledge:
            yield knowledge

    @asynccontextmanager
    async def read(self) -> AsyncIterator[FolderKnowledge]:
        """All is read."""
        async with self.opened() as knowledge:
            await knowledge.refresh()
            yield knowledge


async def until(knowledge: FolderKnowledge, is_so: Callable[[], bool]) -> None:
    """Go on asking the knowledge base until something is so."""
    async with asyncio.timeout(20):
        while not is_so():
            await knowledge.extent()


async def sources(knowledge: FolderKnowledge, query: str, limit: int = 5) -> Sequence[str]:
    """Which documents are found, best first."""
    return [passage.source for passage in await knowledge.search(query, limit)]


def told(events: Sequence[Event], name: str) -> Sequence[Event]:
    """The events of a name."""
    return [event for event in events if event["event"] == name]
