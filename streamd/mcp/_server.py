"""One server: connected as long as the daemon runs, again and again if need be, and known by its last list of tools."""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, TextIO

import anyio
import attrs
import structlog

from streamd.errors import RefusedError
from streamd.facts import define
from streamd.mcp._connection import LostConnectionError, ServerConnection, connected, reason
from streamd.mcp._described_tool import DescribedTool, TellProgress, tools_of_server
from streamd.mcp._server_settings import ServerSettings
from streamd.ports.tool import IdempotencyKey, Tool

log = structlog.get_logger(__name__)

_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 30.0
"""Between two looks at the list of a server that tells nothing of changes; one that is gone is found out so, too."""


@define(eq=False)
class McpServer:
    """A server, and the tools that it has or had last."""

    settings: ServerSettings
    keep: Callable[[], None]
    """Called when the list of tools has changed."""
    described: tuple[DescribedTool, ...] = ()
    tools: Mapping[str, Tool] = attrs.field(factory=dict)
    """By the server's names."""
    tried: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the first attempt to connect is over, in whatever way."""
    _connection: ServerConnection | None = None
    _lost: asyncio.Event = attrs.field(factory=asyncio.Event)
    _scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)
    _is_told: bool = False
    """Whether the log says that it cannot be reached."""

    def describe(self, described: tuple[DescribedTool, ...]) -> None:
        """Take over a list of tools."""
        if described != self.described:
            self.described = described
            self.tools = tools_of_server(self.settings.name, described, self.call)

    async def run(self, errors: TextIO) -> None:
        """Stay connected until `stop`."""
        pause = _FIRST_PAUSE_SECONDS
        with self._scope:
            while True:
                try:
                    async with connected(self.settings, errors) as connection:
                        await self._take_tools(connection)
                        pause = _FIRST_PAUSE_SECONDS
                        await self._stay(connection)
                except Exception as error:  # noqa: BLE001 - whatever a server does, the daemon goes on
                    self._tell_lost(error)
                finally:
                    self._connection = None
                    self.tried.set()
                await anyio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads attempts
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    def stop(self) -> None:
        """Let `run` close the connection and end."""
        self._scope.cancel()

    async def call(
        self, name: str, arguments: Mapping[str, object], key: IdempotencyKey, progress: TellProgress
    ) -> str:
        """Call a tool. Raises RefusedError with a message for the model."""
        connection, server = self._connection, self.settings.name
        if connection is None:
            raise RefusedError(
                f"the server {server}, which has {name}, cannot be reached just now, and nothing was done; "
                "go on without it, and say so"
            )
        try:
            return await connection.call(name, arguments, key, progress)
        except LostConnectionError:
            if self._connection is connection:
                self._connection = None
                self._lost.set()
            raise RefusedError(
                f"the connection to the server {server} broke during the call of {name}, and what it was to do may be done "
                "or not; go on without it, and say so"
            ) from None

    async def _take_tools(self, connection: ServerConnection) -> None:
        before = self.described
        self.describe(await connection.tools())
        self._connection = connection
        if self.described != before:
            self.keep()
        if self._is_told or not self.tried.is_set() or self.described != before:
            log.info("mcp_server_connected", server=self.settings.name, tools=len(self.tools))
        self._is_told = False
        self.tried.set()

    async def _stay(self, connection: ServerConnection) -> None:
        """Take over changes of the list until the connection is lost, and raise then."""
        self._lost.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, connection)
            while True:
                await self._something(connection)
                if self._lost.is_set():
                    raise LostConnectionError
                connection.changed.clear()
                await self._take_tools(connection)

    async def _something(self, connection: ServerConnection) -> None:
        """Wait for a change, for the loss of the connection, or for the next look."""
        with anyio.move_on_after(_LOOK_SECONDS):
            async with anyio.create_task_group() as tasks:

                async def until(event: asyncio.Event) -> None:
                    await event.wait()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(until, connection.changed)
                tasks.start_soon(until, self._lost)

    async def _watch(self, connection: ServerConnection) -> None:
        with suppress(Exception):  # servers of before 2026-07-28 cannot be listened to: they are looked at
            await connection.watch()
            connection.changed.set()
            return
        connection.changed.set()

    def _tell_lost(self, error: Exception) -> None:
        """Log it once, until the server is there again."""
        if not self._is_told:
            self._is_told = True
            log.warning(
                "mcp_server_unreachable", server=self.settings.name, why=reason(error, self.settings),
                what="it is tried again, at most a minute apart; its tools answer that it cannot be reached",
            )  # fmt: skip
