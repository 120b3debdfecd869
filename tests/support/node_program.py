"""Programs for node: bundled from TypeScript, run, and read line by line."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import orjson

from tests.support.daemon import PATIENCE_SECONDS, ROOT, Message

PROJECTS = ROOT / "tests" / "npm" / "projects"


async def bundled(esbuild: Path, entry: str, *flags: str) -> str:
    """One of the programs in `tests/npm/projects` with everything it needs, as JavaScript."""
    process = await asyncio.create_subprocess_exec(
        esbuild, entry, "--bundle", "--jsx=automatic", "--log-level=error", *flags,
        cwd=PROJECTS, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        text, _ = await process.communicate()
    assert process.returncode == 0
    return text.decode()


@attrs.define
class NodeProgram:
    """A program that runs."""

    process: asyncio.subprocess.Process
    lines: list[Message] = attrs.field(factory=list)

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """The first line of JSON from now on that is wanted."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                line: Message = orjson.loads(await self.process.stdout.readline())
                self.lines.append(line)
                if wanted(line):
                    return line

    async def text_with(self, text: str) -> str:
        """What it has written, up to a text."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.process.stdout.readuntil(text.encode())).decode()

    async def rest(self) -> str:
        """What it writes from now on until it ends, which it has to do well."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            text = await self.process.stdout.read()
            assert await self.process.wait() == 0
        return text.decode()


@asynccontextmanager
async def node_program(script: Path, *arguments: str, **environ: str) -> AsyncIterator[NodeProgram]:
    """A program that is ended at the end, unless it has."""
    process = await asyncio.create_subprocess_exec(
        "node", script, *arguments, stdout=asyncio.subprocess.PIPE, env={**os.environ, **environ}
    )
    try:
        yield NodeProgram(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
