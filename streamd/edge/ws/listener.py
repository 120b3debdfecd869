"""The listener: `websockets.serve`, one session a connection, and an orderly end."""

import asyncio
import random
import socket as sockets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import attrs
import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from streamd.core.principal import ANONYMOUS_PRINCIPAL, Principal
from streamd.edge.ws.client import Client
from streamd.edge.ws.handshake import Handshake
from streamd.edge.ws.session import Session, TooManyBadMessagesError
from streamd.edge.ws.socket import Socket
from streamd.edge.ws.sweeper import Timing, sweep
from streamd.engine.engine import Engine
from streamd.errors import ForbiddenError, StoreError
from streamd.ids import time_ordered_id
from streamd.service import Actor, Service
from streamd.wire import replies
from streamd.wire.codes import CloseCode, restart_reason
from streamd.wire.connection_params import ConnectionParams
from streamd.wire.frames import MEMORY_LEVEL, WINDOW_BITS

log = structlog.get_logger(__name__)

_BACKLOG: Final = 1024
_LOW_WATER_SHARE: Final = 4


PrincipalFor: TypeAlias = Callable[[ConnectionParams], Principal]


def everybody_anonymous(_params: ConnectionParams) -> Principal:
    """Nobody has to prove who they are: everybody is anonymous and may do everything."""
    return ANONYMOUS_PRINCIPAL


@attrs.frozen
class ListenerLimits:
    """See `[ws]` in `config.toml`."""

    max_connections: int
    max_message_bytes: int
    max_queue_messages: int
    max_bad_messages: int
    open_timeout_seconds: float
    close_timeout_seconds: float
    user_timeout_seconds: float
    write_high_water_bytes: int
    compression: bool
    allowed_origins: tuple[str, ...]
    public: bool
    """Whether the host is more than loopback."""
    timing: Timing


@attrs.define(eq=False)
class WebSocketListener:
    """Takes connections in and lets them go."""

    service: Service
    limits: ListenerLimits
    principal_for: PrincipalFor
    draining: bool = False
    _open: dict[Socket, None] = attrs.field(factory=dict)
    _server: Server | None = None

    @property
    def engine(self) -> Engine:
        """The engine behind the service."""
        return self.service.engine

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        assert self._server is not None
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    @property
    def count(self) -> int:
        """Connections that are open."""
        return len(self._open)

    async def converse(self, connection: ServerConnection) -> None:
        """One connection, from its first message to its last."""
        assert isinstance(connection, Socket)
        socket = connection
        outbox = socket.outbox = self.engine.open_outbox(socket.open_writer())
        params = socket.params
        client = socket.client = Client(
            service=self.service,
            outbox=outbox,
            actor=Actor.of(self.principal_for(params), params.workspace, params.user_id),
            connection_id=params.connection_id or time_ordered_id("conn", self.engine.clock.now_ms()),
            heartbeat_seconds=self.limits.timing.heartbeat_seconds,
        )
        session = Session(client, self.limits.max_bad_messages)
        self._open[socket] = None
        started = asyncio.get_running_loop().time()
        messages = 0
        try:
            await session.open(params)
            while await session.receive(await socket.recv(decode=False)):
                messages += 1
            await socket.leave(CloseCode.NORMAL)
        except ConnectionClosed:
            pass
        except ForbiddenError as error:
            client.send(replies.error(error))
            await socket.leave(CloseCode.FORBIDDEN)
        except TooManyBadMessagesError:
            await socket.leave(CloseCode.BAD_PROTOCOL)
        except StoreError as error:
            log.error("session_failed", connection=client.connection_id, reason=error.message)  # noqa: TRY400
            await socket.leave(CloseCode.INTERNAL)
        except Exception:
            log.exception("session_failed", connection=client.connection_id)
            await socket.leave(CloseCode.INTERNAL)
        finally:
            del self._open[socket]
            session.close()
            log.debug(
                "session_finished",
                connection=client.connection_id,
                workspace=client.actor.workspace,
                messages=messages,
                code=socket.close_code,
                seconds=round(asyncio.get_running_loop().time() - started, 3),
            )

    async def drain(self, seconds: float, retry_min_ms: int, retry_max_ms: int) -> None:
        """Tell everyone what is still to be told, then ask them, one after the other, to come back in a while."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        telling = [
            asyncio.create_task(socket.outbox.drained(), name=f"tell {socket.id}")
            for socket in self._open
            if socket.outbox is not None
        ]
        if telling:
            _, late = await asyncio.wait(telling, timeout=seconds)
            for task in late:
                log.info("client_late", task=task.get_name())
                task.cancel()
        reason = restart_reason(retry_min_ms, retry_max_ms)
        open_now = list(self._open)
        spread = max(0.0, min(deadline - loop.time(), len(open_now) / 1000))
        async with asyncio.TaskGroup() as leaving:
            for socket in open_now:
                delay = random.uniform(0, spread)  # noqa: S311 - to spread the load, not to hide anything
                leaving.create_task(_leave_later(socket, delay, reason), name=f"leave {socket.id}")


async def _leave_later(socket: Socket, delay: float, reason: str) -> None:
    await asyncio.sleep(delay)
    await socket.leave(CloseCode.RESTART, reason)


@asynccontextmanager
async def open_listener(
    service: Service,
    host: str,
    port: int,
    limits: ListenerLimits,
    *,
    principal_for: PrincipalFor = everybody_anonymous,
) -> AsyncIterator[WebSocketListener]:
    """Listen. At the end no new connection is taken, and those that are left are cut.

    `principal_for` says who is at the other end of a connection, by what its address says.
    """
    engine = service.engine
    listener = WebSocketListener(service, limits, principal_for)
    door = Handshake(
        allowed_origins=limits.allowed_origins,
        max_connections=limits.max_connections,
        open_connections=lambda: listener.count + 1,
        public=limits.public,
        draining=lambda: listener.draining,
        healthy=lambda: not listener.draining and not engine.journal.failing,
    )
    server = await serve(
        listener.converse,
        host,
        port,
        create_connection=Socket,
        process_request=door,  # type: ignore[arg-type]  # it is given the connections that create_connection makes
        compression=None,
        extensions=[_compression()] if limits.compression else None,
        open_timeout=limits.open_timeout_seconds,
        ping_interval=None,  # the sweeper pings
        close_timeout=limits.close_timeout_seconds,
        max_size=limits.max_message_bytes,
        max_queue=limits.max_queue_messages,
        write_limit=(limits.write_high_water_bytes, limits.write_high_water_bytes // _LOW_WATER_SHARE),
        server_header=None,
        backlog=_BACKLOG,
    )
    listener._server = server  # noqa: SLF001 - the two are made for each other
    for listening in server.sockets:
        # Accepted connections inherit it. It ends those whose peer takes nothing in, even when our buffers are full.
        listening.setsockopt(
            sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, int(limits.user_timeout_seconds * 1000)
        )
    try:
        async with asyncio.TaskGroup() as tasks:
            sweeping = tasks.create_task(sweep(listener._open, limits.timing), name="sweeper")  # noqa: SLF001
            yield listener
            sweeping.cancel()
    finally:
        server.close(close_connections=False)
        for socket in list(listener._open):  # noqa: SLF001
            socket.cut(CloseCode.RESTART)
        async with asyncio.timeout(limits.close_timeout_seconds + limits.open_timeout_seconds):
            await server.wait_closed()


def _compression() -> ServerPerMessageDeflateFactory:
    """Without context takeover, so that one compressed frame fits everyone and an idle connection holds no window."""
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=WINDOW_BITS,
        client_max_window_bits=WINDOW_BITS,
        compress_settings={"memLevel": MEMORY_LEVEL},
    )
