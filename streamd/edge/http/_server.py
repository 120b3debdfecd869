"""The HTTP server: uvicorn's protocol on our sockets, in our loop, with our endings.

uvicorn's own server takes the signals of the process, wakes ten times a second and has no bounds on slow requests; its
protocol, which reads requests and writes responses, is all that is used of it.
"""

import asyncio
import socket as sockets
from collections.abc import Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

import attrs
from uvicorn.config import Config
from uvicorn.server import ServerState

from streamd.edge.http._app import new_app
from streamd.edge.http._connection import HttpConnection
from streamd.edge.http._context import HttpContext
from streamd.wire.codes import CloseCode

if TYPE_CHECKING:
    from streamd.edge.http.listener import HttpListener

_SWEEP_SECONDS: Final = 1.0


@attrs.define(eq=False, init=False)
class HttpServer:
    """Serves the requests of a listener."""

    listener: "HttpListener"
    state: ServerState
    config: Config
    _servers: list[asyncio.Server]
    _sweeping: asyncio.Task[None] | None

    def __init__(self, listener: "HttpListener") -> None:
        self.listener = listener
        self.state = ServerState()
        self._servers, self._sweeping = [], None
        self.config = Config(
            new_app(HttpContext(listener)),
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
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._tell_date()
            now = loop.time()
            for connection in list(self.connections):
                connection.check(now)

    def _tell_date(self) -> None:
        self.state.default_headers = [(b"date", formatdate(usegmt=True).encode())]

    async def drain(self, seconds: float) -> None:
        """End streams when they have sent everything, and wait for answers that are being written."""
        for connection in list(self.connections):
            connection.end()
        tasks = [*self.state.tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

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
