"""All configured servers: opened with the daemon, asked for each agent's tools, and ended with the daemon."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import attrs
import orjson
import structlog

from streamd.config import Config
from streamd.facts import frozen
from streamd.mcp._described_tool import DescribedTool
from streamd.mcp._server_settings import server_settings
from streamd.mcp.allow_lists import check_tool_servers, may_use
from streamd.ports.tool import Tool
from streamd.ports.tool_source import NoToolSource, ToolSource

if TYPE_CHECKING:
    from streamd.mcp._server import McpServer

log = structlog.get_logger(__name__)

_MEMORY: Final = ":memory:"
_END_SECONDS: Final = 8.0
"""For servers to end, of which the library gives each process two seconds, and two more after a signal."""
_MOST_LINE: Final = 500


@frozen(eq=False)
class ToolServers:
    """The servers (`streamd.ports.tool_source.ToolSource`)."""

    config: Config
    servers: Sequence["McpServer"]

    def tools_for(self, agent: str) -> Sequence[Tool]:
        """Return the tools that an agent may use, also those of servers that cannot be reached just now."""
        return [
            tool
            for server in self.servers
            for name, tool in server.tools.items()
            if may_use(self.config, agent, server.settings.name, name)
        ]


@asynccontextmanager
async def open_tool_servers(config: Config) -> AsyncIterator[ToolSource]:
    """Connect to all configured servers; waits for the first attempt at each, which has a bound.

    A server that cannot be reached stops nothing: it is tried again while the daemon runs.

    Raises:
        ConfigurationError: a server or an allow-list is not as it must be, or the library is not installed.

    """
    if not config.mcp:
        yield NoToolSource()
        return
    check_tool_servers(config)
    server_class = await asyncio.to_thread(_server_class)
    kept = None if config.store.path == _MEMORY else Path(f"{config.store.path}-mcp.json")
    servers: list[McpServer] = []

    def keep() -> None:
        if kept is not None:
            _write(kept, {server.settings.name: server.described for server in servers})

    for name, options in config.mcp.items():
        servers.append(server_class(server_settings(name, options, os.environ), keep))
    for server in servers:
        server.describe(_read(kept).get(server.settings.name, ()) if kept is not None else ())
    with _Listening() as listening:
        tasks = [
            asyncio.create_task(server.run(listening.file), name=f"mcp {server.settings.name}")
            for server in servers
        ]
        try:
            await asyncio.gather(*(server.tried.wait() for server in servers))
            yield ToolServers(config, servers)
        finally:
            for server in servers:
                server.stop()
            _, late = await asyncio.wait(tasks, timeout=_END_SECONDS)
            for task in late:
                log.warning("mcp_server_end_timed_out", server=task.get_name().removeprefix("mcp "))
                task.cancel()


def _server_class() -> "type[McpServer]":
    from streamd.mcp._server import McpServer

    return McpServer


class _Listening:
    """A file for what servers write to their standard error; the log says it, line by line, in level `debug`."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self.file = os.fdopen(writing, "w")
        self._begun = b""

    def __enter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._reading, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._reading)
        self.file.close()
        os.close(self._reading)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            *lines, begun = (self._begun + os.read(self._reading, 65_536)).split(b"\n")
            self._begun = begun[-_MOST_LINE:]
            for line in lines:
                log.debug("mcp_server_said", line=line.decode("utf-8", "replace")[:_MOST_LINE])


def _read(path: Path) -> dict[str, tuple[DescribedTool, ...]]:
    """Read the lists of tools as they were last, so that calls of before a restart find their tools."""
    try:
        kept = orjson.loads(path.read_bytes())
        return {str(name): tuple(DescribedTool(**tool) for tool in tools) for name, tools in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("mcp_tools_unreadable", path=str(path), error=type(error).__name__)
        return {}


def _write(path: Path, lists: dict[str, tuple[DescribedTool, ...]]) -> None:
    text = orjson.dumps({name: [attrs.asdict(tool) for tool in tools] for name, tools in lists.items()})
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_bytes(text)
        new.replace(path)
    except OSError as error:
        log.warning("mcp_tools_not_kept", path=str(path), error=error.strerror)
