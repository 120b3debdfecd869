"""Sessions: one client's conversation. Knows messages and replies, not sockets."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Final, assert_never

import attrs
import orjson
import structlog

from streamd.core.change import Change
from streamd.core.event import Author
from streamd.core.item import Seq
from streamd.core.position import StreamName, workspace_stream
from streamd.core.principal import Principal, Right
from streamd.core.run import RunRequest
from streamd.edge import bulk, new_items, queries, tables
from streamd.edge.subscription import Subscription
from streamd.edge.watching import attach, watch
from streamd.engine.engine import Engine
from streamd.engine.outbox import Cursor, Outbox
from streamd.engine.writes import ItemWrite, Outcome, Receipt
from streamd.errors import ForbiddenError, NotFoundError, RefusedError, StreamdError
from streamd.wire import messages, replies
from streamd.wire.codec import parse
from streamd.wire.connecting import Connecting
from streamd.wire.frames import text_frame
from streamd.wire.messages import ClientMessage, RequestId
from streamd.wire.refusals import request_id_of

log = structlog.get_logger(__name__)

_IN_FLIGHT_MAX: Final = 256
"""Edits of one session that wait for the disk; its next message waits for one of them."""
_ERRANDS_MAX: Final = 8
"""Longer jobs of one session (lists, bulk, imports) at the same time."""
_BAD_SECONDS: Final = 60.0


class RepeatedGarbageError(Exception):
    """The client keeps sending what is not the protocol."""


@attrs.define(eq=False)
class Session:
    """What one connection is about: who, which workspace, what it hears."""

    engine: Engine
    outbox: Outbox
    principal: Principal
    connection_id: str
    heartbeat_seconds: float
    max_bad_messages: int
    workspace: str
    user_id: str
    subscription: Subscription = attrs.field(factory=Subscription)
    wants_position: bool = False
    """Whether it said hello or set a filter, and so gets `position` messages."""
    _in_flight: int = 0
    _errands: int = 0
    _room: asyncio.Event | None = None
    _bad: deque[float] | None = None
    _author: Author | None = None

    # ── coming in ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def enter(self, wish: Connecting | messages.Hello) -> None:
        """Greet, and begin to tell: live, or from where the client left off, or with a snapshot."""
        if wish.workspace is not None and wish.workspace != self.workspace:
            self.check("read", wish.workspace)
            self._leave()
            self.workspace = wish.workspace
        live = await self.engine.hub.open(self.stream)
        hears_already = any(cursor.stream is live for cursor in self.outbox.cursors)
        cursor = Cursor(live, live.top, only=self.subscription.filter)
        self.send(
            replies.connected(
                connection_id=self.connection_id,
                workspace=self.workspace,
                seq=live.top,
                epoch=self.engine.store.epoch,
                user_id=self.user_id,
                heartbeat_seconds=self.heartbeat_seconds,
                timestamp=self.now(),
                request_id=wish.request_id if isinstance(wish, messages.Hello) else None,
            )
        )
        reason: str | None = None
        if wish.since is not None:
            reason = await self._lost(wish.since, wish.epoch)
            if reason is None:
                cursor.position = cursor.sent = wish.since
        if wish.snapshot or reason is not None:
            pages = await self.engine.snapshots.pages(
                self.workspace, self.subscription.item_types, reason=reason
            )
            cursor.position = cursor.sent = pages.seq
            cursor.inserts.append((pages.seq, pages.frames))
        elif wish.since is None and hears_already:
            return  # a greeting that asks for nothing must not skip what is still on its way
        self.outbox.add(cursor)

    async def _lost(self, since: Seq, epoch: str | None) -> str | None:
        """Why a position cannot be resumed; None when it can."""
        if epoch is None:
            return "no_epoch"
        if epoch != self.engine.store.epoch:
            return "epoch"
        span = await self.engine.store.span(self.stream)
        if span.can_resume(since):
            return None
        return "future" if since > span.top else "trimmed"

    def _leave(self) -> None:
        for cursor in list(self.outbox.cursors):
            self.outbox.remove(cursor.stream)
        self.engine.runs.forget(self)

    def close(self) -> None:
        """The connection is gone. Runs go on."""
        self.engine.runs.forget(self)
        self.outbox.close()
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
            self.send(replies.error(refusal, request_id=request_id_of(refusal)))
            self._count_bad()
            return True
        try:
            return await self._take(message)
        except StreamdError as error:
            self.send(replies.error(error, request_id=message.request_id))
        except Exception:
            log.exception("message_failed", connection=self.connection_id, type=type(message).__name__)
            self.send(replies.error(StreamdError("internal"), request_id=message.request_id))
        return True

    async def _take(self, message: ClientMessage) -> bool:
        await self._wait_for_room()
        match message:
            case messages.ChangeItem() | messages.RemoveItem() | messages.Publish():
                self._edit(message, message.change)
            case messages.AddItem():
                self._edit(message, new_items.addition(self, message.item))
            case messages.Ping():
                self.send(replies.pong(timestamp=self.now(), request_id=message.request_id))
            case messages.UserRequest():
                self._request(message)
            case messages.Hello():
                self.wants_position = True
                if message.user_id is not None:
                    self.user_id = self.principal.acting_as(message.user_id)
                await self.enter(message)
            case messages.Subscribe() | messages.Unsubscribe():
                self._subscribe(message)
            case messages.Cancel():
                self._cancel(message)
            case messages.Snapshot():
                self._errand("snapshot", message.request_id, queries.snapshot(self, message))
            case messages.ListItems():
                self._errand("list", message.request_id, queries.list_items(self, message))
            case messages.GetItem():
                self._errand("get", message.request_id, queries.get_item(self, message))
            case messages.Bulk():
                self.check("write")
                self._errand("bulk", message.request_id, bulk.bulk(self, message))
            case messages.Import():
                self.check("write")
                self._errand("import", message.request_id, tables.import_table(self, message))
            case messages.Export():
                self._errand("export", message.request_id, tables.export_table(self, message))
            case messages.Attach():
                self._errand("attach", message.request_id, attach(self, message))
            case messages.Disconnect():
                return False
            case _:
                assert_never(message)
        return True

    # ── what messages do ─────────────────────────────────────────────────────────────────────────────────────────────

    def _edit(
        self,
        message: messages.ChangeItem | messages.RemoveItem | messages.Publish | messages.AddItem,
        change: Change,
    ) -> None:
        self.check("write")
        request_id = message.request_id
        self._in_flight += 1

        def done(outcome: Outcome) -> None:
            self._in_flight -= 1
            if self._room is not None:
                self._room.set()
            if isinstance(outcome, Receipt):
                self.send(replies.ack(orjson.dumps(outcome.results[0]), request_id=request_id))
            else:
                self.send(replies.error(outcome, request_id=request_id))

        author = self.author(message.user_id)
        write = ItemWrite(self.workspace, (change,), author, done, self.op(author, message.op_id))
        try:
            self.engine.journal.submit(write)
        except StreamdError:
            self._in_flight -= 1
            raise

    def _request(self, message: messages.UserRequest) -> None:
        self.check("request")
        run = self.engine.runs.start(
            RunRequest(
                user_input=message.user_input,
                context=message.context,
                user_id=self.principal.acting_as(message.user_id or self.user_id),
                workspace=self.workspace,
                thread_id=message.thread_id or "",
                agent=message.agent or "",
                request_id=message.request_id,
            )
        )
        self.outbox.add(Cursor(run.stream, Seq(0)))

    def _cancel(self, message: messages.Cancel) -> None:
        self.check("request")
        run = self.engine.runs.find(message.run_id)
        if run is None or run.record.workspace != self.workspace:
            raise NotFoundError(f"no run {message.run_id} is going on here", run_id=message.run_id)
        self.engine.runs.cancel(message.run_id, self.user_id)
        self.send(replies.ack(replies.result(run_id=message.run_id), request_id=message.request_id))

    def _subscribe(self, message: messages.Subscribe | messages.Unsubscribe) -> None:
        self.subscription = self.subscription.changed(message)
        self.wants_position = self.wants_position or self.subscription.filter is not None
        for cursor in self.outbox.cursors:
            if cursor.stream.name == self.stream:
                cursor.only = self.subscription.filter
        self.engine.runs.forget(self)
        if "runs" in self.subscription.topics:
            watch(self)
        self.send(
            replies.subscribed(
                topics=self.subscription.topics,
                item_types=self.subscription.item_types,
                event_types=self.subscription.event_types,
                agents=self.subscription.agents,
                request_id=message.request_id,
            )
        )

    # ── what its parts use ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def stream(self) -> StreamName:
        """The stream of its workspace's events."""
        return workspace_stream(self.workspace)

    def author(self, claimed: str | None = None) -> Author:
        """Who its edits are by."""
        user_id = self.user_id if claimed is None else self.principal.acting_as(claimed)
        if self._author is None or self._author.user_id != user_id:
            self._author = Author(user_id)
        return self._author

    def op(self, author: Author, op_id: str | None) -> tuple[str, str] | None:
        """The key under which a repeatable edit's result is kept."""
        return None if op_id is None else (f"{self.workspace}/{author.user_id}", op_id)

    def check(self, right: Right, workspace: str | None = None) -> None:
        """Refuse what the principal may not do."""
        where = self.workspace if workspace is None else workspace
        if not self.principal.may(right, where):
            raise ForbiddenError(f"you may not {right} in workspace {where}")

    def send(self, payload: bytes) -> None:
        """Send one message to this client."""
        if not self.outbox.closed:
            self.outbox.reply(text_frame(payload))

    def now(self) -> str:
        """The time of day, as it stands in messages."""
        return self.engine.clock.text(self.engine.clock.now_ms())

    async def edits_are_in(self) -> None:
        """Wait until this session's own edits are committed, so that it reads what it wrote."""
        if self._in_flight:
            await self.engine.journal.settled()

    def _errand(self, name: str, request_id: RequestId, work: Coroutine[object, object, None]) -> None:
        """Do a longer job beside the read loop."""
        self._errands += 1

        async def errand() -> None:
            try:
                await self.edits_are_in()
                await work
            except StreamdError as error:
                self.send(replies.error(error, request_id=request_id))
            except Exception:
                log.exception("errand_failed", connection=self.connection_id, errand=name)
                self.send(replies.error(StreamdError("internal"), request_id=request_id))
            finally:
                work.close()
                self._errands -= 1
                if self._room is not None:
                    self._room.set()

        self.engine.spawn(errand(), name=f"{name} for {self.connection_id}")

    async def _wait_for_room(self) -> None:
        while self._in_flight >= _IN_FLIGHT_MAX or self._errands >= _ERRANDS_MAX:
            if self.outbox.closed:
                return
            if self._room is None:
                self._room = asyncio.Event()
            self._room.clear()
            await self._room.wait()
        if self.engine.journal.full:
            await self.engine.journal.room()
        if self.outbox.crowded:
            await self.outbox.room()

    def _count_bad(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._bad is None:
            self._bad = deque(maxlen=self.max_bad_messages)
        if len(self._bad) == self.max_bad_messages and now - self._bad[0] < _BAD_SECONDS:
            raise RepeatedGarbageError
        self._bad.append(now)
