"""`wscat` from npm as a process: what people try first."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import orjson

from tests.support.daemon import PATIENCE_SECONDS, Message

_LINE_BYTES = 1 << 20


@attrs.define
class Wscat:
    """A wscat with its keyboard and its screen."""

    process: asyncio.subprocess.Process
    shown: list[Message] = attrs.field(factory=list)

    @property
    def events(self) -> list[Message]:
        return [message for message in self.shown if "event_type" in message]

    @property
    def told(self) -> list[Message]:
        """What runs told it."""
        return [message for message in self.shown if "run_seq" in message]

    async def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message from now on that is wanted."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                line = await self.process.stdout.readline()
                assert line, "wscat has ended"
                text = line.decode().strip().removeprefix("> ").strip()
                if not text:
                    continue
                message: Message = orjson.loads(text)
                self.shown.append(message)
                if wanted(message):
                    return message

    async def heard(self, seq: int) -> None:
        """Wait until the event at this position is on the screen."""
        if not any(event["seq"] == seq for event in self.events):
            await self.until(lambda message: message.get("seq") == seq and "event_type" in message)


@asynccontextmanager
async def wscat(command: Path, url: str) -> AsyncIterator[Wscat]:
    """`wscat -c URL`, once it has shown the greeting; it ends as with Ctrl-D."""
    process = await asyncio.create_subprocess_exec(
        command, "--no-color", "-c", url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES,
    )  # fmt: skip
    one = Wscat(process)
    try:
        await one.until(lambda message: message.get("type") == "connected")
        yield one
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
