"""Clients: state that all parts of a session share."""

import asyncio

import attrs
import orjson

from streamd.access import Access, Admission, Lost
from streamd.core.item import START
from streamd.core.lists.view import marked_epoch
from streamd.core.principal import Principal
from streamd.edge.ws._subscription import Subscription
from streamd.engine import Engine
from streamd.engine.delivery import Cursor, Filter, Insert, Outbox
from streamd.errors import ForbiddenError
from streamd.facts import define
from streamd.service import Actor, RunHandle, Service, Uploads, unwatch_runs, watch_runs
from streamd.wire.message_parts import in_parts


@define(eq=False)
class Client:
    """One connected client: its actor, its subscription and its outbox."""

    service: Service
    outbox: Outbox
    actor: Actor
    connection_id: str
    heartbeat_seconds: float
    access: Access
    lost: Lost
    """Called when the token that it came with opens nothing any more."""
    admission: Admission | None = None
    """What its token opens; None: it has brought none so far."""
    subscription: Subscription = attrs.field(factory=Subscription)
    wants_position: bool = False
    """Whether the client receives `position` messages: after `hello`, or with a filter."""
    has_items: bool = False
    """Whether the client resumed or got a snapshot, so that it needs others where its filter changes."""
    insert_turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    """Held while a snapshot is read that the client asked for."""
    inserted: Insert | None = None
    """The last snapshot that it asked for: it is written before the next one is read."""
    answer_turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    """Held while an answer is sent that is read from the store in blocks."""
    awaited: dict[str, None] = attrs.field(factory=dict)
    """Runs of its own that wait for a person: it hears how their questions end. The newest ones, in order."""
    uploads: Uploads = attrs.field(factory=Uploads)
    """The files that it sends in parts."""
    edits_in_flight: int = 0
    """Edits of this session without a reply yet."""
    _work_done: asyncio.Event | None = None

    @property
    def engine(self) -> Engine:
        """The engine behind the service, for the clock, the epoch and the tasks of this session."""
        return self.service.engine

    @property
    def principal(self) -> Principal:
        """The principal whose rights apply."""
        return self.actor.principal

    @property
    def events(self) -> Cursor | None:
        """The cursor in the events of the workspace; None before the client has joined one."""
        name = self.actor.events
        return next((cursor for cursor in self.outbox.cursors if cursor.stream.name == name), None)

    @property
    def epoch(self) -> str:
        """The epoch that the positions of its events count in."""
        return marked_epoch(self.engine.store.epoch, self.subscription.view)

    async def admit(self, token: str | None) -> None:
        """Take a token: the first one says who it is, a later one has to say the same. Raises UnauthorizedError, ForbiddenError."""
        before, admission = self.admission, await self.access.admit_newest(token)
        if before == admission:
            return
        if before is not None:
            if before.principal.user_id != admission.principal.user_id:
                raise ForbiddenError("this token is of another user; open another connection for it")
            self.access.release(before, self)
        self.admission = admission
        self.access.hold(admission, self, self.lost)
        self.actor = Actor.of(
            admission.principal, self.actor.workspace, self.actor.user_id, self.actor.flow.part
        )
        self.outbox.keys = self.actor.flow.keys

    def dismiss(self) -> None:
        """Forget its token, once the connection is closed."""
        if self.admission is not None:
            self.access.release(self.admission, self)

    def send(self, payload: bytes) -> None:
        """Queue one message, in parts where it is too long, unless the connection is closed."""
        if not self.outbox.closed:
            for part in in_parts(payload):
                self.outbox.reply(part)

    def now(self) -> str:
        """The current time in RFC 3339, for messages."""
        return self.engine.clock.text(self.engine.clock.now_ms())

    async def own_edits_committed(self) -> None:
        """Wait until this session's own edits are committed, so that it reads its own writes."""
        if self.edits_in_flight:
            await self.engine.journal.flushed(self.actor.workspace, self.actor.flow)

    def edit_done(self) -> None:
        """Count an edit of this session as done."""
        self.edits_in_flight -= 1
        if self._work_done is not None:
            self._work_done.set()

    def work_done(self) -> None:
        """Wake the task that waits for room in the session."""
        if self._work_done is not None:
            self._work_done.set()

    async def some_work_done(self) -> None:
        """Wait until an edit or other work of the session is done, or the connection is closed."""
        if self._work_done is None:
            self._work_done = asyncio.Event()
        self._work_done.clear()
        await self._work_done.wait()

    def follow_run(self, run: RunHandle) -> None:
        """Send the responses of a run, from the first one, as the answer to the message that began it."""
        self.outbox.add(Cursor(run.stream, START))

    def answer_with_run(self, run: RunHandle, request_id: object) -> None:
        """Send the responses of a run, from the first one, as the answer to a message, whichever had begun it."""
        asked, began = orjson.dumps(request_id), orjson.dumps(run.record.request.request_id)
        self.outbox.add(Cursor(run.stream, START, only=None if asked == began else Filter(answers=asked)))

    def follow_new_runs(self) -> None:
        """Send every run that starts in the workspace from now on, if the client subscribes to `runs`."""
        unwatch_runs(self.service, self)
        if "runs" in self.subscription.topics:
            watch_runs(self.service, self.actor, self, self._run_started)

    def _run_started(self, run: RunHandle) -> None:
        if not any(cursor.stream is run.stream for cursor in self.outbox.cursors):
            self.follow_run(run)

    def leave_workspace(self) -> None:
        """Send nothing more of the workspace and its runs."""
        self.awaited.clear()
        for cursor in list(self.outbox.cursors):
            self.outbox.remove(cursor.stream)
        unwatch_runs(self.service, self)
