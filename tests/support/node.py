"""Programs for node among the tests: clients that are not ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import orjson

from tests.support.daemon import PATIENCE_SECONDS, ROOT

_LINE_BYTES = 1 << 24


@attrs.define
class Program:
    """A running program, which prints lines of JSON."""

    process: asyncio.subprocess.Process

    async def next(self) -> object:
        """The next line. Raises StopAsyncIteration when it has ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self.process.stdout.readline()
        if not line:
            raise StopAsyncIteration
        return orjson.loads(line)

    async def rest(self) -> list[object]:
        """All lines to its end."""
        lines: list[object] = []
        try:
            while True:
                lines.append(await self.next())
        except StopAsyncIteration:
            return lines


@asynccontextmanager
async def node(program: str, *arguments: str) -> AsyncIterator[Program]:
    """Run a program of `tests/npm`. On exit it is killed, as a page that is closed."""
    process = await asyncio.create_subprocess_exec(
        "node", ROOT / "tests" / "npm" / program, *arguments,
        stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES,
    )  # fmt: skip
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
