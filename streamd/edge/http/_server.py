"""The HTTP server: uvicorn's protocol on our sockets, in our loop, with our endings.

uvicorn's own server takes the signals of the process, wakes ten times a second and has no bounds on slow requests; its
protocol, which reads requests and writes responses, is all that is used of it.
"""

import asyncio
import random
import socket as sockets
from collections.abc import Sequence
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import ServerState

from streamd.config import HttpOptions, WsOptions
from streamd.edge.http._app import new_app
from streamd.edge.http._connection import HttpConnection
from streamd.edge.http._context import HttpContext
from streamd.edge.liveness import CONNECTIONS_PER_TURN, interval_of, turns
from streamd.facts import define
from streamd.wire.codes import CloseCode

if TYPE_CHECKING:
    from streamd.edge.http.listener import HttpListener


def _interval(options: HttpOptions, limits: WsOptions) -> float:
    return interval_of(
        options.comment_seconds, options.body_timeout_seconds,
        limits.open_timeout_seconds, limits.stall_timeout_seconds,
    )  # fmt: skip


@define(eq=False, init=False)
class HttpServer:
    """Serves the requests of a listener."""

    listener: "HttpListener"
    state: ServerState
    config: Config
    _context: HttpContext
    _servers: list[asyncio.Server]
    _sweeping: asyncio.Task[None] | None
    _emptied: asyncio.Event | None
    """Set when no connection is left, once the daemon stops."""

    def __init__(self, listener: "HttpListener") -> None:
        self.listener = listener
        self.state = ServerState()
        self._servers, self._sweeping, self._emptied = [], None, None
        self._context = context = HttpContext.of(listener)
        listener.connections.slow_of.append(self._slow)
        self.config = Config(
            new_app(context),
            http=HttpConnection,
            ws=self._new_socket,  # type: ignore[arg-type]  # what makes a protocol, not only a class
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=listener.options.keep_alive_seconds,  # type: ignore[arg-type]  # seconds, for call_later
        )
        self.config.load()

    def _new_socket(self, **_uvicorn: object) -> asyncio.Protocol:
        return self.listener.new_socket()

    @property
    def connections(self) -> set[HttpConnection]:
        """All open connections."""
        return self.state.connections  # type: ignore[return-value]  # all are of our class

    def _slow(self) -> int:
        return sum(1 for connection in self.connections if connection.is_slow)

    async def listen(self, listening: Sequence[sockets.socket]) -> None:
        """Accept connections on these sockets."""
        loop = asyncio.get_running_loop()

        def protocol() -> HttpConnection:
            return HttpConnection(self.config, self.state, {}, loop, self.listener)

        self._tell_date()
        for one in listening:
            self._servers.append(await loop.create_server(protocol, sock=one))
        self._sweeping = loop.create_task(self._sweep(), name="HTTP sweeper")

    async def _sweep(self) -> None:
        """Look after all connections, so that none needs a timer of its own."""
        loop = asyncio.get_running_loop()
        interval = _interval(self.listener.options, self.listener.limits)
        async for late in turns(interval, "http", observe=self._context.watched.loop_lags.observe):
            self._tell_date()
            for turn, connection in enumerate(list(self.connections)):
                if turn % CONNECTIONS_PER_TURN == CONNECTIONS_PER_TURN - 1:
                    await asyncio.sleep(0)
                now = loop.time()
                if late:
                    connection.give_time(now, late)
                connection.check(now)

    def _tell_date(self) -> None:
        self.state.default_headers = [(b"date", formatdate(usegmt=True).encode())]

    async def drain(self, seconds: float, retry_min_ms: int, retry_max_ms: int) -> None:
        """End streams when they have sent everything, and wait until all answers are written and read."""
        for connection in list(self.connections):
            connection.end(random.randint(retry_min_ms, retry_max_ms))  # noqa: S311 - spreads the load, no secret
        self._emptied = asyncio.Event()
        self.forget()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._emptied.wait()

    def forget(self) -> None:
        """Note that a connection is lost."""
        if self._emptied is not None and not self.connections:
            self._emptied.set()

    def close(self) -> None:
        """Accept nothing more, and abort what is left."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for server in self._servers:
            server.close()
        for connection in list(self.connections):
            connection.abort(CloseCode.RESTART)
        for task in list(self.state.tasks):
            task.cancel()
