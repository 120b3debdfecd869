"""The listener: accepts WebSocket connections, runs a session for each, and closes them in an orderly way."""

import asyncio
import os
import random
import socket as sockets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Final

import attrs
import structlog

from streamd.access import Access
from streamd.config import WsOptions
from streamd.core.principal import NOBODY
from streamd.edge.connections import OpenConnections
from streamd.edge.origins import Origins
from streamd.edge.socket_writer import SocketWriter
from streamd.edge.ws._bad_messages import BadMessages, TooManyBadMessagesError
from streamd.edge.ws._client import Client
from streamd.edge.ws._handshake import Handshake
from streamd.edge.ws._inbox import ConnectionClosedError, Inbox
from streamd.edge.ws._introduction import close_code_of, introduced
from streamd.edge.ws._session import Session
from streamd.edge.ws._socket import Socket, SocketContext
from streamd.edge.ws._sweeper import sweep
from streamd.engine import Engine
from streamd.errors import BusyError, ForbiddenError, RefusedError, StoreError, UnauthorizedError
from streamd.facts import define
from streamd.ids import time_ordered_id
from streamd.service import Actor, Service
from streamd.wire import replies
from streamd.wire.codes import CloseCode, restart_reason
from streamd.wire.messages.connection_params import ConnectionParams

log = structlog.get_logger(__name__)

_BACKLOG: Final = 1024
"""Connections that the kernel keeps until they are accepted …"""
_ACCEPTS_PER_TURN: Final = 16
"""… so many in one turn of the event loop."""


@define(eq=False)
class WebSocketListener:
    """Runs a session for each connection and closes all of them at a shutdown."""

    service: Service
    options: WsOptions
    access: Access
    origins: Origins
    connections: OpenConnections
    hello_seconds: float
    draining: bool = False
    _open: dict[Socket, Session] = attrs.field(factory=dict)
    _sessions: set[asyncio.Task[None]] = attrs.field(factory=set)
    _numbers: Iterator[int] = attrs.field(factory=count)
    """Of connections."""
    _server: asyncio.Server | None = None
    _context: SocketContext = attrs.field(init=False)

    @property
    def engine(self) -> Engine:
        """The engine behind the service."""
        return self.service.engine

    @property
    def address(self) -> str:
        """The listening address as a URL."""
        assert self._server is not None
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    @property
    def count(self) -> int:
        """Number of open connections."""
        return len(self._open)

    def new_socket(self) -> Socket:
        """Make the protocol of a connection that asks, or may ask, for a WebSocket."""
        return Socket(self._context)

    def open_session(
        self, socket: Socket, writer: SocketWriter, inbox: Inbox, params: ConnectionParams
    ) -> None:
        """Begin the session of a connection whose WebSocket is open."""
        admission, refusal = None, None
        try:
            admission = self.access.admit(params.token)
        except (
            UnauthorizedError
        ) as error:  # told on the WebSocket: a page cannot read the answer to its handshake
            refusal = error
        principal = NOBODY if admission is None else admission.principal
        actor = Actor.of(principal, params.workspace, params.user_id, next(self._numbers))
        outbox = socket.outbox = self.engine.open_outbox(writer, actor.flow.account)
        outbox.keys = actor.flow.keys
        client = socket.client = Client(
            service=self.service,
            outbox=outbox,
            actor=actor,
            connection_id=params.connection_id or time_ordered_id("conn", self.engine.clock.now_ms()),
            heartbeat_seconds=self.options.heartbeat_seconds,
            access=self.access,
            lost=partial(self._lose, socket),
            admission=admission,
        )
        if admission is not None:
            self.access.hold(admission, client, client.lost)
        session = Session(client, BadMessages(self.options.max_bad_messages), drop_messages=inbox.abandon)
        socket.gone = session.leave
        self._open[socket] = session
        self.connections.by_kind["websocket"] += 1
        task = asyncio.create_task(
            self._serve(socket, session, inbox, params, refusal), name=client.connection_id
        )
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _serve(
        self,
        socket: Socket,
        session: Session,
        inbox: Inbox,
        params: ConnectionParams,
        refusal: UnauthorizedError | None,
    ) -> None:
        """Run a session, from its first message to its end."""
        client = session.client
        started = asyncio.get_running_loop().time()
        messages = 0
        try:
            first = (
                None
                if refusal is None
                else await introduced(client, inbox, params.token, refusal, self.hello_seconds)
            )
            await session.open(params)
            if first is not None:
                await session.receive(first)
            while await session.receive(await inbox.next()):
                messages += 1
            await socket.close_in_time(CloseCode.NORMAL)
        except ConnectionClosedError:
            pass
        except UnauthorizedError as error:
            client.send(replies.error(error))
            log.info(
                "connection_refused", connection=client.connection_id, reason=error.details.get("reason")
            )
            await socket.close_in_time(close_code_of(error))
        except ForbiddenError as error:
            client.send(replies.error(error))
            await socket.close_in_time(CloseCode.FORBIDDEN)
        except BusyError as error:
            client.send(replies.error(error))
            await socket.close_in_time(CloseCode.TRY_LATER)
        except RefusedError as error:  # a filter in the address that is not there any more
            client.send(replies.error(error))
            await socket.close_in_time(CloseCode.POLICY, "the address asks for something that is not there")
        except TooManyBadMessagesError:
            await socket.close_in_time(CloseCode.BAD_PROTOCOL)
        except StoreError as error:
            log.error("session_failed", connection=client.connection_id, reason=error.message)  # noqa: TRY400
            await socket.close_in_time(CloseCode.INTERNAL)
        except Exception:
            log.exception("session_failed", connection=client.connection_id)
            await socket.close_in_time(CloseCode.INTERNAL)
        finally:
            del self._open[socket]
            self.connections.by_kind["websocket"] -= 1
            session.close()
            client.dismiss()
            socket.release()
            log.debug(
                "session_finished",
                connection=client.connection_id,
                workspace=client.actor.workspace,
                messages=messages,
                code=socket.close_code,
                seconds=round(asyncio.get_running_loop().time() - started, 3),
            )

    def _lose(self, socket: Socket, error: UnauthorizedError) -> None:
        """Send a client away whose token opens nothing any more."""
        if socket.client is None:
            return
        socket.client.send(replies.error(error))
        task = asyncio.create_task(socket.close_in_time(close_code_of(error)), name=f"close {socket.name}")
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    def slow(self) -> int:
        """Count the clients that read more slowly than they are written to."""
        return sum(1 for socket in self._open if socket.writer is not None and not socket.writer.ready)

    def refuse_connections(self) -> None:
        """Refuse new connections: the daemon is stopping."""
        self.draining = True

    def refuse_reads(self) -> None:
        """Refuse what sessions ask for that only reads, what waits already, too."""
        for session in self._open.values():
            session.drain()

    async def drain(self, seconds: float, retry_min_ms: int, retry_max_ms: int) -> None:
        """Flush all outboxes, then close the connections one after the other with a random time to reconnect at."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        flushing = [
            asyncio.create_task(socket.outbox.drained(), name=f"flush {socket.name}")
            for socket in self._open
            if socket.outbox is not None
        ]
        if flushing:
            _, late = await asyncio.wait(flushing, timeout=seconds)
            for task in late:
                log.info("flush_timed_out", task=task.get_name())
                task.cancel()
        reason = restart_reason(retry_min_ms, retry_max_ms)
        open_now = list(self._open)
        spread = max(0.0, min(deadline - loop.time(), len(open_now) / 1000))
        async with asyncio.TaskGroup() as closing:
            for socket in open_now:
                delay = random.uniform(0, spread)  # noqa: S311 - spreads the load, no secret
                closing.create_task(_close_later(socket, delay, reason), name=f"close {socket.name}")

    async def sessions_ended(self, seconds: float) -> None:
        """Wait until the sessions of closed connections have ended; cancel those that are late."""
        if not self._sessions:
            return
        _, late = await asyncio.wait(self._sessions, timeout=seconds)
        for task in late:
            log.warning("session_late", task=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=seconds)


async def _close_later(socket: Socket, delay: float, reason: str) -> None:
    await asyncio.sleep(delay)
    await socket.close_in_time(CloseCode.RESTART, reason)


@asynccontextmanager
async def open_listener(
    service: Service,
    options: WsOptions,
    *,
    public: bool = False,
    connections: OpenConnections | None = None,
    access: Access | None = None,
    hello_seconds: float = 10.0,
) -> AsyncIterator[WebSocketListener]:
    """Listen on an address. On exit no new connection is accepted, and those that are left are aborted.

    `public` says whether the daemon can be reached from other machines; `connections` counts those of another listener,
    too; `access` tells who holds a token (None: nobody needs one), which a client's first message brings within
    `hello_seconds` where its handshake did not.
    """
    engine = service.engine
    connections = connections or OpenConnections(options.max_connections)
    access = access or Access(required=False, clock=engine.clock)
    origins = Origins(options.allowed_origins, public=public)
    listener = WebSocketListener(service, options, access, origins, connections, hello_seconds)
    connections.slow_of.append(listener.slow)
    handshake = Handshake(
        origins=listener.origins,
        connections=connections,
        draining=lambda: listener.draining,
        healthy=lambda: not listener.draining and not engine.journal.failing,
    )
    context = listener._context = SocketContext(options, handshake, listener.open_session)  # noqa: SLF001 - as below
    server = await asyncio.get_running_loop().create_server(
        listener.new_socket, options.host, options.port, backlog=_ACCEPTS_PER_TURN
    )
    listener._server = server  # noqa: SLF001 - the server needs the listener, the listener the server
    for listening in server.sockets:
        # Accepted connections inherit it. It closes those whose peer acknowledges nothing, even when our buffers are full.
        listening.setsockopt(
            sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, int(options.user_timeout_seconds * 1000)
        )
        with sockets.socket(fileno=os.dup(listening.fileno())) as same:
            same.listen(_BACKLOG)  # for asyncio both bounds are one
    try:
        async with asyncio.TaskGroup() as tasks:
            sweeping = tasks.create_task(sweep(context.sockets, options, connections), name="sweeper")
            yield listener
            sweeping.cancel()
    finally:
        server.close()
        for socket in list(context.sockets):
            socket.abort(CloseCode.RESTART)
        await listener.sessions_ended(options.close_timeout_seconds)
