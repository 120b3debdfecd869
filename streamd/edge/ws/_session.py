"""Sessions: dispatch the messages of one client to their lanes. Know messages and replies, not sockets."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Final

import attrs
import structlog

from streamd.edge.ws._bad_messages import BadMessages
from streamd.edge.ws._client import Client
from streamd.edge.ws._join import join
from streamd.edge.ws._routes import ROUTES, Route, only_reads
from streamd.errors import BusyError, DrainingError, RefusedError, StreamdError
from streamd.facts import define
from streamd.long_work import LONG_BYTES, REQUESTS
from streamd.service import unwatch_runs
from streamd.wire import replies
from streamd.wire.codec import parse
from streamd.wire.messages.client_message import ClientMessage
from streamd.wire.messages.connection_messages import DisconnectMessage, HelloMessage
from streamd.wire.messages.connection_params import ConnectionParams
from streamd.wire.refusals import request_id_of

log = structlog.get_logger(__name__)

_EDITS_MAX: Final = 256
"""Edits of one session that wait for their commit; its next message waits for one of them."""
_QUERIES_MAX: Final = 8
"""Concurrent queries of one session; its next message waits for one of them."""
_SERIAL_MAX: Final = 16
"""Serial jobs of one session (bulk edits, imports, exports, undo) that may be queued."""
_WORK_PER_BYTE: Final = 32
"""Memory that a parsed message and what is made of it take, for each of its bytes, about."""
_LEFT_SECONDS: Final = 3.0
"""So long what a client said before it left is still begun. Its acknowledgement reaches nobody any more."""


@define(eq=False)
class Session:
    """Receives the messages of one client and runs each in its lane."""

    client: Client
    bad: BadMessages
    left_seconds: float = _LEFT_SECONDS
    drop_messages: Callable[[], None] | None = None
    """Called when nothing more is begun."""
    _queries: int = 0
    _serial: int = 0
    _is_over: bool = False
    _last_serial: asyncio.Task[None] | None = None
    _reading: dict[asyncio.Task[None], object] = attrs.field(factory=dict)
    """Tasks that only read, with the ids of their requests."""
    _answering: asyncio.Timeout | None = None
    """What the session itself waits for and only serves to answer."""
    _is_draining: bool = False
    _late: asyncio.TimerHandle | None = None
    """Set when the client has left."""
    _is_late: bool = False
    """Whether the client left so long ago that nothing more is begun."""

    async def open(self, params: ConnectionParams) -> None:
        """Join the workspace that the address names. Raises ForbiddenError."""
        await self._until_left(join(self.client, params))

    def leave(self) -> None:
        """End what only serves to answer, as nobody is there any more. What changes something is begun for a while; runs go on."""
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(self.left_seconds, self._begin_no_more)
        self._stop_reading()
        if self._answering is not None:
            self._answering.reschedule(loop.time())
        self.client.work_done()

    def _begin_no_more(self) -> None:
        self._is_late = True
        if self.drop_messages is not None:
            self.drop_messages()
        log.info("session_abandoned", connection=self.client.connection_id, jobs=self._serial)

    def drain(self) -> None:
        """Refuse what only reads, what waits already, too: the daemon is stopping."""
        self._is_draining = True
        self._stop_reading()

    def _stop_reading(self) -> None:
        for task in self._reading:
            task.cancel()

    async def _until_left(self, work: Awaitable[None]) -> bool:
        """Await what only serves to answer, unless the client leaves meanwhile. Returns whether it is done."""
        try:
            async with asyncio.timeout(None) as self._answering:
                await work
        except TimeoutError:
            if self._answering is None or not self._answering.expired():
                raise
            return False
        finally:
            self._answering = None
        return True

    def close(self) -> None:
        """Release everything after the connection is closed. Runs continue."""
        unwatch_runs(self.client.service, self.client)
        self.client.outbox.close()
        self.client.work_done()
        self._is_over = True
        if not self._serial:
            self._release()
        # What cancelled a task knows the frames that it was in, and with them this session.
        self._last_serial = None

    async def receive(self, raw: bytes | str) -> bool:
        """Dispatch one message, waiting while the session has no room. Returns False after `disconnect`, and long after the end.

        What a client said before it went is done, as far as it changes something and its turn comes within seconds.

        Raises TooManyBadMessagesError.
        """
        if self._is_late:
            return False
        try:
            size = len(raw)
            message = parse(raw) if size <= LONG_BYTES else await REQUESTS.compute(size, parse, raw)
        except RefusedError as refusal:
            self.client.send(replies.error(refusal, request_id=request_id_of(refusal)))
            self.bad.add()
            return True
        try:
            if isinstance(message, DisconnectMessage):
                await self._wait_for_room()
                while self.client.edits_in_flight:  # so that their replies are sent before the close
                    await self.client.some_work_done()
                return False
            await self._dispatch(message, raw)
        except StreamdError as error:
            self._refuse(error, message)
        except Exception:
            log.exception("message_failed", connection=self.client.connection_id, type=type(message).__name__)
            self.client.send(replies.error(StreamdError("internal"), request_id=message.request_id))
        return True

    async def _dispatch(self, message: ClientMessage, raw: bytes | str) -> None:
        client, route, size = self.client, ROUTES[type(message)], len(raw)
        if client.outbox.closed and _only_asks(message):
            return
        if self._is_draining and route.is_task and only_reads(message):
            raise _draining()
        if route.lane == "urgent":
            await client.outbox.room()  # its replies are bounded, too
        else:
            if self._is_full:  # there nearly always is room, and an await costs
                await self._wait_for_room()
            if isinstance(message, HelloMessage) and message.workspace not in (None, client.actor.workspace):
                await self._tasks_done()  # earlier messages are about the workspace that is left
        if client.outbox.closed and _only_asks(message):
            return  # the client has left while this waited for room
        if route.is_task:
            self._start_task(route, message, raw)
            return
        work = route.handle(client, message, size)
        if work is None:
            return
        if not only_reads(message):
            await work
        elif not await self._until_left(work) and isinstance(message, HelloMessage):
            await join(client, message)

    def _start_task(self, route: Route, message: ClientMessage, raw: bytes | str) -> None:
        """Start the task of a message. Raises BusyError where too many wait already, or too much."""
        size = len(raw)
        if route.lane == "serial" and self._serial >= _SERIAL_MAX:
            # Waiting here would block the read loop, and with it pings and cancels.
            raise BusyError(
                f"{_SERIAL_MAX} longer jobs wait already; send this again when one is done",
                retry_after_ms=1000,
            )
        waits_unread = route.lane == "serial" and size > LONG_BYTES and not only_reads(message)
        held = size if waits_unread else _WORK_PER_BYTE * size
        if not self.client.outbox.waiting.admits(held):
            raise BusyError("too much waits already; send this again in a moment", retry_after_ms=1000)
        if route.lane == "query":
            self._queries += 1
            query = self._spawn(self._handle(route, message, size), message, held)
            query.add_done_callback(self._query_done)
        else:
            self._serial += 1
            todo = (
                partial(self._long_job, route, raw)
                if waits_unread
                else partial(self._handle, route, message, size)
            )
            job = self._spawn(self._after(self._last_serial, todo), message, held)
            job.add_done_callback(self._serial_done)
            self._last_serial = job

    def _spawn(
        self, work: Coroutine[object, object, None], message: ClientMessage, held: int
    ) -> asyncio.Task[None]:
        name = f"{type(message).__name__} for {self.client.connection_id}"
        task = self.client.engine.spawn(work, name=name)
        waiting = self.client.outbox.waiting
        waiting.add(held)
        task.add_done_callback(lambda _: waiting.remove(held))
        if only_reads(message):
            self._reading[task] = message.request_id
            task.add_done_callback(self._read_done)
        return task

    def _read_done(self, task: asyncio.Task[None]) -> None:
        request_id = self._reading.pop(task)
        if task.cancelled():
            self.client.send(replies.error(_draining(), request_id=request_id))

    def _query_done(self, _: asyncio.Task[None]) -> None:
        self._queries -= 1
        self.client.work_done()

    def _serial_done(self, _: asyncio.Task[None]) -> None:
        self._serial -= 1
        if self._is_over and not self._serial:
            self._release()
        self.client.work_done()

    def _release(self) -> None:
        """Release what the last job needs, once the connection is closed."""
        self.client.uploads.close()
        if self._late is not None:
            self._late.cancel()

    async def _after(self, before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
        """Do work when a job before it has ended, unless it is too late."""
        if before is not None:
            await asyncio.wait([before])
        if not self._is_late:
            await work()

    async def _long_job(self, route: Route, raw: bytes | str) -> None:
        """Handle a long message in its turn. Until then it waits as it came, and is read once more: that takes little memory."""
        waiting, size = self.client.outbox.waiting, len(raw)
        async with waiting.all.long_jobs.turn(None, *self.client.actor.flow.keys):
            if self._is_late:
                return
            waiting.add(_WORK_PER_BYTE * size)
            try:
                await self._handle(route, await REQUESTS.compute(size, parse, raw), size)
            finally:
                waiting.remove(_WORK_PER_BYTE * size)

    async def _handle(self, route: Route, message: ClientMessage, size: int) -> None:
        """Handle a message in its own task, and reply with the error when it fails."""
        try:
            await self.client.own_edits_committed()
            work = route.handle(self.client, message, size)
            if work is not None:
                await work
        except StreamdError as error:
            self._refuse(error, message)
        except Exception:
            log.exception("message_failed", connection=self.client.connection_id, type=type(message).__name__)
            self.client.send(replies.error(StreamdError("internal"), request_id=message.request_id))

    def _refuse(self, error: StreamdError, message: ClientMessage) -> None:
        self.client.send(replies.error(error, request_id=message.request_id))
        # Frames that it went through know the error itself, and all of a large message, until the collector comes.
        error.__traceback__ = None

    async def _wait_for_room(self) -> None:
        """Wait until the session may accept more work and its client has read most of the replies."""
        while self.client.edits_in_flight >= _EDITS_MAX or self._queries >= _QUERIES_MAX:
            await self.client.some_work_done()
        actor = self.client.actor
        await self.client.engine.journal.room(actor.workspace, actor.flow)
        await self.client.outbox.room()

    @property
    def _is_full(self) -> bool:
        """Whether more work has to wait."""
        return (
            self.client.edits_in_flight >= _EDITS_MAX
            or self._queries >= _QUERIES_MAX
            or self.client.outbox.crowded
            or self.client.engine.journal.is_full(self.client.actor.workspace, self.client.actor.flow)
        )

    async def _tasks_done(self) -> None:
        """Wait until all queries and serial jobs are done."""
        while self._queries or self._serial:
            await self.client.some_work_done()


def _only_asks(message: ClientMessage) -> bool:
    """Whether a message is for nobody when its client has left; a `hello` says what its next messages are about, too."""
    return only_reads(message) and not isinstance(message, HelloMessage)


def _draining() -> DrainingError:
    return DrainingError("the daemon is stopping; connect again in a moment, and ask again")
