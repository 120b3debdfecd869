"""Sessions: one client's conversation. Knows messages and replies, not sockets."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Final, assert_never

import attrs
import orjson
import structlog

from streamd.core.change import Change
from streamd.edge import bulk, feeds, memories, new_items, queries, running, tables, threads
from streamd.edge.client import Client
from streamd.edge.entering import enter
from streamd.edge.watching import attach
from streamd.engine.journal.writes import ItemWrite, Outcome, Receipt
from streamd.errors import BusyError, RefusedError, StreamdError
from streamd.wire import (
    connection_messages,
    connection_replies,
    edit_messages,
    item_messages,
    memory_messages,
    replies,
    run_messages,
    thread_messages,
)
from streamd.wire.client_message import ClientMessage
from streamd.wire.codec import parse
from streamd.wire.connection_params import ConnectionParams
from streamd.wire.refusals import request_id_of
from streamd.wire.request_id import RequestId

log = structlog.get_logger(__name__)

_IN_FLIGHT_MAX: Final = 256
"""Edits of one session that wait for the disk; its next message waits for one of them."""
_ERRANDS_MAX: Final = 8
"""Reads of one session at the same time; its next message waits for one of them."""
_JOBS_MAX: Final = 16
"""Longer jobs of one session (bulk edits, imports, exports) that may wait for their turn."""
_BAD_SECONDS: Final = 60.0


class RepeatedGarbageError(Exception):
    """The client keeps sending what is not the protocol."""


@attrs.define(eq=False)
class Session:
    """One client's conversation: a message in, and what it sets off."""

    client: Client
    heartbeat_seconds: float
    max_bad_messages: int
    _errands: int = 0
    _jobs: int = 0
    _last_job: asyncio.Task[None] | None = None
    _room: asyncio.Event | None = None
    _bad: deque[float] | None = None

    async def enter(self, wish: ConnectionParams | connection_messages.HelloMessage) -> None:
        """Greet, and begin to tell: live, or from where the client left off, or with a snapshot."""
        if wish.workspace is not None and wish.workspace != self.client.workspace:
            await self._errands_done()  # what was asked for in the workspace that is left happens there
        await enter(self.client, wish, self.heartbeat_seconds)

    def close(self) -> None:
        """The connection is gone. Runs go on."""
        self.client.engine.runs.forget(self.client)
        self.client.outbox.close()
        if self._room is not None:
            self._room.set()

    # ── one message ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def receive(self, raw: bytes | str) -> bool:
        """Take one message. Waits while there is no room for what it asks. False: the client says goodbye.

        Raises RepeatedGarbageError.
        """
        try:
            message = parse(raw)
        except RefusedError as refusal:
            self.client.send(replies.error(refusal, request_id=request_id_of(refusal)))
            self._count_bad()
            return True
        try:
            match message:
                case connection_messages.PingMessage() | run_messages.CancelMessage():
                    # Answered whatever else is going on, as long as the answers are read.
                    await self.client.outbox.room()
                case _:
                    await self._wait_for_room()
            return await self._take(message, len(raw))
        except StreamdError as error:
            self.client.send(replies.error(error, request_id=message.request_id))
        except Exception:
            log.exception("message_failed", connection=self.client.connection_id, type=type(message).__name__)
            self.client.send(replies.error(StreamdError("internal"), request_id=message.request_id))
        return True

    async def _take(self, message: ClientMessage, size: int) -> bool:
        match message:
            case (
                edit_messages.ChangeItemMessage()
                | edit_messages.RemoveItemMessage()
                | edit_messages.PublishMessage()
            ):
                self._edit(message, message.change, size)
            case edit_messages.AddItemMessage():
                self._edit(message, new_items.addition(self.client, message.item), size)
            case connection_messages.PingMessage():
                self.client.send(
                    connection_replies.pong(timestamp=self.client.now(), request_id=message.request_id)
                )
            case run_messages.UserRequestMessage():
                running.user_request(self.client, message)
            case run_messages.MultiAgentRequestMessage():
                running.multi_agent_request(self.client, message)
            case connection_messages.HelloMessage():
                self.client.wants_position = True
                if message.user_id is not None:
                    self.client.user_id = self.client.principal.acting_as(message.user_id)
                await self.enter(message)
            case connection_messages.SubscribeMessage() | connection_messages.UnsubscribeMessage():
                await feeds.subscribe(self.client, message)
            case run_messages.CancelMessage():
                running.cancel(self.client, message)
            case item_messages.SnapshotMessage():
                self._errand("snapshot", message.request_id, queries.snapshot(self.client, message))
            case item_messages.ListItemsMessage():
                self._errand("list", message.request_id, queries.list_items(self.client, message))
            case item_messages.GetItemMessage():
                self._errand("get", message.request_id, queries.get_item(self.client, message))
            case edit_messages.BulkMessage():
                self.client.check("write")
                self._job("bulk", message.request_id, bulk.bulk(self.client, message))
            case item_messages.ImportMessage():
                self.client.check("write")
                self._job("import", message.request_id, tables.import_table(self.client, message))
            case item_messages.ExportMessage():
                self._job("export", message.request_id, tables.export_table(self.client, message))
            case run_messages.AttachMessage():
                self._errand("attach", message.request_id, attach(self.client, message))
            case (
                run_messages.UndoMessage() | thread_messages.RespondMessage() | thread_messages.ListInterruptsMessage() | thread_messages.ThreadMessage()
                | memory_messages.MemoryMessage() | run_messages.GetProgressMessage()
            ):  # fmt: skip
                self._ask_about_runs(message)
            case connection_messages.DisconnectMessage():
                await self.client.edits_are_in()  # it hears of what it asked for before
                return False
            case _:
                raise NotImplementedError(message.type)
        return True

    def _ask_about_runs(
        self,
        message: run_messages.UndoMessage
        | thread_messages.RespondMessage
        | thread_messages.ListInterruptsMessage
        | thread_messages.ThreadMessage
        | memory_messages.MemoryMessage
        | run_messages.GetProgressMessage,
    ) -> None:
        match message:
            case run_messages.UndoMessage():
                self._job("undo", message.request_id, running.undo(self.client, message))
            case thread_messages.RespondMessage():
                self._errand("respond", message.request_id, threads.respond(self.client, message))
            case thread_messages.ListInterruptsMessage():
                self._errand("interrupts", message.request_id, threads.list_interrupts(self.client, message))
            case thread_messages.ThreadMessage():
                self._errand("thread", message.request_id, threads.thread(self.client, message))
            case memory_messages.MemoryMessage():
                self._errand("memory", message.request_id, memories.memory(self.client, message))
            case run_messages.GetProgressMessage():
                self._errand("progress", message.request_id, feeds.get_progress(self.client, message))
            case _:
                assert_never(message)

    # ── what messages do ─────────────────────────────────────────────────────────────────────────────────────────────

    def _edit(
        self,
        message: edit_messages.ChangeItemMessage
        | edit_messages.RemoveItemMessage
        | edit_messages.PublishMessage
        | edit_messages.AddItemMessage,
        change: Change,
        size: int,
    ) -> None:
        self.client.check("write")
        request_id = message.request_id
        self.client.edits_in_flight += 1

        def done(outcome: Outcome) -> None:
            self.client.edits_in_flight -= 1
            if self._room is not None:
                self._room.set()
            if isinstance(outcome, Receipt):
                self.client.send(replies.ack(orjson.dumps(outcome.results[0]), request_id=request_id))
            else:
                self.client.send(replies.error(outcome, request_id=request_id))

        author = self.client.author(message.user_id)
        op = self.client.op(author, message.op_id)
        write = ItemWrite(self.client.workspace, (change,), author, done, op, size=size)
        try:
            self.client.engine.journal.submit(write)
        except StreamdError:
            self.client.edits_in_flight -= 1
            raise

    def _errand(self, name: str, request_id: RequestId, work: Coroutine[object, object, None]) -> None:
        """Do something that takes a moment beside the read loop."""

        async def at_once() -> None:
            try:
                await self._done_beside(name, request_id, work)
            finally:
                work.close()
                self._errands -= 1
                self._tell_done()

        self._errands += 1
        self.client.engine.spawn(at_once(), name=f"{name} for {self.client.connection_id}")

    def _job(self, name: str, request_id: RequestId, work: Coroutine[object, object, None]) -> None:
        """Do something that may take long beside the read loop, one such job after the other.

        Raises BusyError when too many wait already: waiting for them here would keep pings and cancels waiting, too.
        """
        if self._jobs >= _JOBS_MAX:
            work.close()
            raise BusyError(
                f"{_JOBS_MAX} longer jobs wait already; send this again when one is done", retry_after_ms=1000
            )
        before = self._last_job

        async def in_turn() -> None:
            try:
                if before is not None:
                    await asyncio.wait([before])
                await self._done_beside(name, request_id, work)
            finally:
                work.close()
                self._jobs -= 1
                self._tell_done()

        self._jobs += 1
        self._last_job = self.client.engine.spawn(in_turn(), name=f"{name} for {self.client.connection_id}")

    async def _done_beside(
        self, name: str, request_id: RequestId, work: Coroutine[object, object, None]
    ) -> None:
        try:
            await self.client.edits_are_in()
            await work
        except StreamdError as error:
            self.client.send(replies.error(error, request_id=request_id))
        except Exception:
            log.exception("errand_failed", connection=self.client.connection_id, errand=name)
            self.client.send(replies.error(StreamdError("internal"), request_id=request_id))

    def _tell_done(self) -> None:
        if self._room is not None:
            self._room.set()

    async def _wait_for_room(self) -> None:
        while self.client.edits_in_flight >= _IN_FLIGHT_MAX or self._errands >= _ERRANDS_MAX:
            if self.client.outbox.closed:
                return
            await self._something_done()
        # Asked first, because there nearly always is room, and awaiting costs.
        if self.client.engine.journal.full:
            await self.client.engine.journal.room()
        if self.client.outbox.crowded:
            await self.client.outbox.room()

    async def _errands_done(self) -> None:
        while (self._errands or self._jobs) and not self.client.outbox.closed:
            await self._something_done()

    async def _something_done(self) -> None:
        """Wait until an edit is answered, an errand is done, or the connection is gone."""
        if self._room is None:
            self._room = asyncio.Event()
        self._room.clear()
        await self._room.wait()

    def _count_bad(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._bad is None:
            self._bad = deque(maxlen=self.max_bad_messages)
        if len(self._bad) == self.max_bad_messages and now - self._bad[0] < _BAD_SECONDS:
            raise RepeatedGarbageError
        self._bad.append(now)
