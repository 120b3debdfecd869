"""One connection to a server, through the library: started, asked for its tools, called, and closed in good order.

Cancellation goes by the library's own scopes (anyio): it ends a server's process within a shield, which a cancelled task
would break.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TextIO

import anyio
import attrs
import httpx2
import orjson
import structlog
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from mcp_types import (
    CONNECTION_CLOSED,
    REQUEST_TIMEOUT,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    Implementation,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolListChangedNotification,
)
from pydantic import ValidationError

from streamd import __version__
from streamd.core.prompts.abridging import abridged
from streamd.errors import RefusedError
from streamd.facts import define
from streamd.mcp._described_tool import DescribedTool, TellProgress
from streamd.mcp._server_settings import ServerSettings
from streamd.ports.tool import IdempotencyKey

log = structlog.get_logger(__name__)
for _name in ("mcp", "client"):  # loggers of the library; what matters to operators is logged here, once
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_MOST_PAGES: Final = 50
MOST_RESULT: Final = 60_000
"""Characters of a result: about 15,000 tokens. Of a longer one the middle is left out, and the gap is marked."""
_PROGRESS_SECONDS: Final = 0.25
"""Between two notifications of progress that are passed on, at least."""
_MOST_PROGRESS: Final = 500
_KEY: Final = "streamd/idempotency_key"
_NO_PROXY: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


class LostConnectionError(Exception):
    """The connection to the server broke; the call may be done or not."""


@define(eq=False)
class ServerConnection:
    """An open connection."""

    settings: ServerSettings
    changed: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the list of tools is no longer what it was."""
    opened: Client | None = None

    @property
    def client(self) -> Client:
        """The client, once it is connected."""
        assert self.opened is not None
        return self.opened

    async def hear(self, message: object) -> None:
        """Take in what a server of before 2026-07-28 notifies by itself."""
        if isinstance(message, ToolListChangedNotification):
            self.changed.set()

    async def tools(self) -> tuple[DescribedTool, ...]:
        """Ask for all tools. Raises what the library raises."""
        found: list[DescribedTool] = []
        cursor: str | None = None
        with anyio.fail_after(self.settings.connect_seconds):
            for _ in range(_MOST_PAGES):
                page = await self.client.list_tools(cursor=cursor, cache_mode="bypass")
                found += [
                    DescribedTool(
                        tool.name,
                        tool.description or tool.title or "",
                        tool.input_schema,
                        tool.annotations is not None and bool(tool.annotations.read_only_hint),
                    )
                    for tool in page.tools
                ]
                cursor = page.next_cursor
                if not cursor:
                    break
        return tuple(found)

    async def watch(self) -> None:
        """Set `changed` when the server says so, until the connection is lost. Raises what the library raises."""
        async with self.client.listen(tools_list_changed=True) as events:
            async for _ in events:
                self.changed.set()

    async def call(
        self, name: str, arguments: Mapping[str, object], key: IdempotencyKey, progress: TellProgress
    ) -> str:
        """Call a tool, and tell the progress that its server notifies of.

        Raises:
            RefusedError: the tool failed, was refused, did not answer in time or not as the protocol says; the message is for the
                model.
            LostConnectionError: the connection broke.

        """
        seconds = self.settings.timeout_seconds
        try:
            with anyio.fail_after(seconds):
                result = await self.client.call_tool(
                    name,
                    dict(arguments),
                    read_timeout_seconds=seconds,
                    meta=_meta(key),
                    progress_callback=_paced(progress),
                )
        except TimeoutError:
            self.changed.set()  # is it still there? It is looked at now, and started again if it does not answer
            raise _late(name, seconds) from None
        except MCPError as error:
            if error.code == REQUEST_TIMEOUT:
                self.changed.set()
                raise _late(name, seconds) from None
            if error.code == CONNECTION_CLOSED:
                raise LostConnectionError from None
            raise RefusedError(f"{name} was refused: {abridged(error.message, MOST_RESULT)}") from None
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, httpx2.TransportError, OSError):
            raise LostConnectionError from None
        except ValidationError:
            raise RefusedError(
                f"{name} was executed, but its server's answer is not as the protocol says; go on without the result"
            ) from None
        text = abridged(_text(result), MOST_RESULT)
        if result.is_error:
            raise RefusedError(text or f"{name} failed, and its server does not say why")
        return text


@asynccontextmanager
async def connected(settings: ServerSettings, errors: TextIO) -> AsyncIterator[ServerConnection]:
    """Connect to a server; at exit its process is ended, if it has one here. Raises what the library raises, or TimeoutError.

    Args:
        settings: where it is.
        errors: a file for what a process writes to its standard error.

    """
    with anyio.CancelScope(deadline=anyio.current_time() + settings.connect_seconds) as scope:
        async with AsyncExitStack() as stack:
            connection = ServerConnection(settings)
            client = _client(settings, errors, stack, connection.hear)
            connection.opened = await stack.enter_async_context(client)
            scope.deadline = math.inf
            yield connection
    if scope.cancelled_caught:
        raise TimeoutError


def reason(error: BaseException, settings: ServerSettings) -> str:
    """Say in a few words why a server cannot be reached, without a secret."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case TimeoutError():
            told = f"no answer within {settings.connect_seconds:g} s"
        case MCPError():
            told = error.message
        case OSError():
            told = error.strerror or type(error).__name__
        case _:
            told = type(error).__name__
    return settings.without_secrets(told)[:300]


def _client(
    settings: ServerSettings, errors: TextIO, stack: AsyncExitStack, hear: Callable[[object], Awaitable[None]]
) -> Client:
    common: dict[str, Any] = {
        "client_info": Implementation(name="streamd", version=__version__), "message_handler": hear, "cache": None,
    }  # fmt: skip
    if settings.command:
        process = StdioServerParameters(
            command=settings.command,
            args=list(settings.args),
            env=dict(settings.env),
            encoding_error_handler="replace",  # or one wrong byte ends the reading, and every call waits for its time
        )
        return Client(stdio_client(process, errlog=errors), **common)
    http = httpx2.AsyncClient(
        headers=dict(settings.headers),
        timeout=httpx2.Timeout(settings.timeout_seconds + 5, connect=settings.connect_seconds),
        mounts=_NO_PROXY,
    )
    stack.push_async_callback(http.aclose)
    return Client(streamable_http_client(settings.url, http_client=http), **common)


def _meta(key: IdempotencyKey) -> Any:
    return {_KEY: key}


def _paced(tell: TellProgress) -> ProgressFnT:
    """Pass on what a server notifies of, as often as people can read it."""
    told_at = -math.inf

    async def told(progress: float, total: float | None, message: str | None) -> None:
        nonlocal told_at
        now = anyio.current_time()
        if now - told_at < _PROGRESS_SECONDS:
            return
        told_at = now
        text = f"{progress:g}" if total is None else f"{progress:g} of {total:g}"
        fraction = progress / total if total and 0 <= progress <= total else None
        await tell(abridged(message, _MOST_PROGRESS) if message else text, fraction)

    return told


def _late(name: str, seconds: float) -> RefusedError:
    return RefusedError(
        f"{name} did not answer within {seconds:g} s, and what it was to do may be done or not; go on without it, and say so"
    )


def _text(result: CallToolResult) -> str:
    """Return a result in words for a model; what is no text is named."""
    parts = [_of_block(block) for block in result.content]
    if not parts and result.structured_content is not None:
        return orjson.dumps(result.structured_content).decode()
    return "\n\n".join(parts)


def _of_block(block: ContentBlock) -> str:
    match block:
        case TextContent():
            return block.text
        case EmbeddedResource(resource=TextResourceContents() as resource):
            return f"{resource.uri}:\n{resource.text}"
        case ResourceLink():
            return f"{block.name}: {block.uri}"
        case _:
            return f"[{block.type}: not shown, as it is no text]"
