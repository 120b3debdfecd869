"""The pool of reading connections."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec, TypeVar

from streamd.stores.sqlite.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """A pool of connections; callers wait while all are in use."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for connection in connections:
            self._idle.put_nowait(connection)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """Borrow a connection for a block."""
        reader = await self._idle.get()
        try:
            yield reader
        finally:
            self._idle.put_nowait(reader)

    async def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Run a function in the thread of a free connection; see `Connection.run`."""
        async with self.one() as reader:
            return await reader.run(work, *arguments, **options)
