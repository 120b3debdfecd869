"""The HTTP listener: binds its addresses at once, and serves as soon as what that needs is imported.

Until then the kernel keeps what connects. Its connections are closed in order at a shutdown: streams first, then those
whose answers are written.
"""

import asyncio
import importlib.util
import socket as sockets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from streamd.access import Access
from streamd.config import HttpOptions, WsOptions
from streamd.edge.connections import OpenConnections
from streamd.edge.origins import Origins
from streamd.errors import ListenError
from streamd.facts import define
from streamd.service import Service

if TYPE_CHECKING:
    from streamd.edge.http._server import HttpServer

log = structlog.get_logger(__name__)

_BACKLOG: Final = 1024
_PACKAGES: Final = ("starlette", "uvicorn", "httptools", "prometheus_client")
"""What serving needs beside what the daemon needs anyway."""


@define(eq=False)
class HttpListener:
    """Answers HTTP requests, and hands connections that become WebSockets over."""

    service: Service
    options: HttpOptions
    limits: WsOptions
    origins: Origins
    connections: OpenConnections
    new_socket: Callable[[], asyncio.Protocol]
    """Makes the protocol of a connection that asks for a WebSocket."""
    access: Access
    bound: list[sockets.socket] = attrs.field(factory=list)
    """Those that listen."""
    draining: bool = False
    _server: "HttpServer | None" = None

    @property
    def addresses(self) -> list[str]:
        """The listening addresses as URLs."""
        named = [one.getsockname()[:2] for one in self.bound]
        return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" for host, port in named]

    @property
    def count(self) -> int:
        """Number of open connections that are no WebSockets."""
        return 0 if self._server is None else len(self._server.connections)

    async def serve(self) -> None:
        """Import what serving needs, in a thread, and accept connections from then on."""

        def imported() -> "type[HttpServer]":
            from streamd.edge.http._server import HttpServer

            return HttpServer

        server = (await asyncio.to_thread(imported))(self)
        await server.listen(self.bound)
        self._server = server

    def refuse_requests(self) -> None:
        """Refuse new requests: the daemon is stopping. Health is told all the same."""
        self.draining = True

    async def drain(self, seconds: float, retry_min_ms: int, retry_max_ms: int) -> None:
        """End the streams, once what is committed is sent, and wait for the answers that are being written.

        Clients of streams are told a random time to come back at.
        """
        if self._server is not None:
            await self._server.drain(seconds, retry_min_ms, retry_max_ms)

    def connection_lost(self) -> None:
        """Note that a connection is lost."""
        if self._server is not None:
            self._server.forget()

    def close(self) -> None:
        """Accept no more, and abort what is left."""
        if self._server is not None:
            self._server.close()
        for one in self.bound:
            one.close()


@asynccontextmanager
async def open_http_listener(
    service: Service,
    options: HttpOptions,
    limits: WsOptions,
    origins: Origins,
    connections: OpenConnections,
    new_socket: Callable[[], asyncio.Protocol],
    access: Access,
) -> AsyncIterator[HttpListener]:
    """Listen on the configured addresses. On exit no new connection is accepted, and those that are left are aborted.

    Raises OSError where an address cannot be listened on, and ListenError where a package is not installed.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ListenError(
            f"cannot serve HTTP: not installed here: {', '.join(missing)}; "
            "install streamd again with its dependencies, or set http.enabled = false to serve WebSockets only"
        )
    listener = HttpListener(service, options, limits, origins, connections, new_socket, access)
    try:
        for host in options.hosts:
            listener.bound += await _listening(host, options.port, limits)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(listener.serve(), name="serve HTTP")
            yield listener
            serving.cancel()
    finally:
        listener.close()


async def _listening(host: str, port: int, limits: WsOptions) -> list[sockets.socket]:
    """Sockets that listen on all addresses of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=sockets.SOCK_STREAM, flags=sockets.AI_PASSIVE)
    listening: list[sockets.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = sockets.socket(family, kind, protocol)
            listening.append(one)
            one.setblocking(False)
            one.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            if family == sockets.AF_INET6:
                one.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 1)
            # Accepted connections inherit it. It closes those whose peer acknowledges nothing.
            one.setsockopt(
                sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, int(limits.user_timeout_seconds * 1000)
            )
            one.bind(address)
            one.listen(_BACKLOG)
    except OSError:
        for one in listening:
            one.close()
        raise
    return listening
