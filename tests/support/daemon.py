"""The real daemon as a process, and a client to talk to it, for tests that start it as a user would."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import attrs
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from streamd.core.event import fold
from tests.support.forked import ForkedDaemon, is_measured

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 60.0

Message = dict[str, Any]

WITH_HTTP: Mapping[str, str] = {"STREAMD_HTTP__ENABLED": "true"}
"""Environment of a daemon that has its HTTP listener, too."""
MEASURED: Mapping[str, str] = {"MEASURED_TOO": "1"}
"""Environment of a daemon whose coverage is measured, where that of the tests is; it is slower then."""


@attrs.define
class Daemon:
    """`streamd serve` on a port of its own, with a store in a directory of its own."""

    directory: Path
    environ: Mapping[str, str] = attrs.field(factory=dict)
    module: str | None = None
    """What Python runs; None to fork the daemon instead, from a process that has imported what it needs."""
    flags: tuple[str, ...] = ()
    """Of the command, where it runs a module."""
    port: int = 0
    http_port: int = 0
    process: asyncio.subprocess.Process | ForkedDaemon | None = None
    log: list[str] = attrs.field(factory=list)
    _reading: asyncio.Task[None] | None = None
    _logged: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> Self:
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "STREAMD_WS__PORT": str(self.port),
            "STREAMD_HTTP__ENABLED": "false",  # most tests do without; see `WITH_HTTP`
            "STREAMD_HTTP__PORT": str(self.http_port),
            "STREAMD_STORE__PATH": str(self.directory / "streamd.db"),
            **self.environ,
        }
        if self.module is None:
            self.process = await ForkedDaemon.start(self.directory, environ)
        else:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.module, "serve", *self.flags,
                cwd=self.directory, env=environ, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        ready = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(ready))
        async with asyncio.timeout(PATIENCE_SECONDS):
            self.port = await ready
        return self

    async def _read(self, ready: "asyncio.Future[int]") -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            text = line.decode().rstrip()
            self.log.append(text)
            self._logged.set()
            found = re.search(r"ready on ws://\S+:(\d+)(?: and http://\S+:(\d+))?", text)
            if found and found[2]:
                self.http_port = int(found[2])
            if found and not ready.done():
                ready.set_result(int(found[1]))
        if not ready.done():
            ready.set_exception(RuntimeError("the daemon did not start:\n" + "\n".join(self.log)))

    async def logs(self, *words: str, count: int = 1) -> list[str]:
        """The first so many lines of its log that have all these words, past lines included."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = [line for line in self.log if all(word in line for word in words)]
                if len(found) >= count:
                    return found[:count]
                self._logged.clear()
                await self._logged.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it as a service manager would. Returns the exit status."""
        return await self._end(signal.SIGTERM)

    def ask_to_stop(self) -> None:
        """Send the signal of a service manager, and do not wait."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """The exit status, once it has ended."""
        assert self.process is not None
        assert self._reading is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await self.process.wait()
            await self._reading
        return status

    @asynccontextmanager
    async def client(self, path: str = "/", **query: object) -> AsyncIterator["Client"]:
        """A client that has read the greeting."""
        async with connect(
            f"{self.url}{path}?{urlencode(query)}", max_size=None, compression=None, ping_interval=None
        ) as socket:
            client = Client(socket)
            client.greeting = await client.next()
            try:
                yield client
            finally:
                # With many messages unread it would not read on, and wait in vain for the answer to its goodbye.
                socket.recv_messages.high = None
                socket.transport.resume_reading()

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def running(directory: Path, *, module: str | None = None, **environ: str) -> AsyncIterator[Daemon]:
    """A daemon that is ended with the test. With the module `streamd` it is the command itself.

    Otherwise it is forked, which costs a tenth: tests of the start, the end and of memory need a new interpreter.
    """
    daemon = Daemon(directory, environ, module=module)
    try:
        await daemon.start()
        yield daemon
    finally:
        await (daemon.stop() if is_measured({**os.environ, **environ}) else daemon.kill())


@attrs.define
class Client:
    """One WebSocket client. It keeps what it heard, and the items as the events make them."""

    socket: ClientConnection
    greeting: Message = attrs.field(factory=dict)
    events: list[Message] = attrs.field(factory=list)
    responses: list[Message] = attrs.field(factory=list)
    feeds: list[Message] = attrs.field(factory=list)
    """Broadcasts of progress and quality."""
    items: dict[str, dict[str, object]] = attrs.field(factory=dict)
    seq: int = 0
    _pages: list[Message] = attrs.field(factory=list)

    async def send(self, **message: object) -> None:
        await self.socket.send(orjson.dumps(message), text=True)

    async def next(self) -> Message:
        """The next message, within a bound."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message: Message = orjson.loads(await self.socket.recv(decode=False))
        self._take(message)
        return message

    async def closed(self) -> None:
        """Wait until the daemon has closed the connection.

        It reads meanwhile: with many messages unread the socket reads no further, and would wait for the end in vain.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv(decode=False)

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message from now on that is wanted."""
        while True:
            message = await self.next()
            if wanted(message):
                return message

    async def reply(self, request_id: object) -> Message:
        """The reply to a message that carried this request_id: the last of them where there are several."""
        return await self.until(
            lambda message: (
                message.get("request_id") == request_id
                and message.get("type") not in ("progress", "start", "intent_analysis")
            )
        )

    async def ask(self, **message: object) -> Message:
        """Send a message and wait for its reply."""
        request_id = f"r{len(self.events)}-{len(self.responses)}"
        await self.send(**message, request_id=request_id)
        return await self.reply(request_id)

    async def request(self, user_input: str, context: Mapping[str, object] | None = None) -> list[Message]:
        """Make a request; everything that its run tells, in order."""
        await self.send(type="user_request", user_input=user_input, context=context or {})
        told: list[Message] = []
        while not told or told[-1]["type"] not in ("complete", "error", "cancelled", "interrupt"):
            told.append(await self.until(lambda message: "run_seq" in message))
        return told

    async def heard(self, seq: int) -> None:
        """Wait until the event at this position has come."""
        while self.seq < seq:
            await self.next()

    def _take(self, message: Message) -> None:
        if "event_type" in message and "seq" not in message:
            self.feeds.append(message)
        elif "event_type" in message:
            self.events.append(message)
            self.seq = message["seq"]
            fold(self.items, message["event_type"], message.get("item_id"), message["data"])
        elif message["type"] == "snapshot":
            self._pages.append(message)
            if not message["more"]:
                self.items = {item["id"]: item for page in self._pages for item in page["items"]}
                self.seq = message["seq"]
                self._pages = []
        else:
            self.responses.append(message)
