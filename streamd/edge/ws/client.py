"""The client at the other end of a connection, as every part of its session sees it."""

import asyncio

import attrs

from streamd.core.item import START
from streamd.core.principal import Principal
from streamd.edge.ws.subscription import Subscription
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.engine import Engine
from streamd.service import Actor, RunHandle, Service, unwatch_runs, watch_runs


@attrs.define(eq=False)
class Client:
    """Who it is, what it receives, and how to send to it."""

    service: Service
    outbox: Outbox
    actor: Actor
    connection_id: str
    heartbeat_seconds: float
    subscription: Subscription = attrs.field(factory=Subscription)
    wants_position: bool = False
    """Whether it said hello or set a filter, and so gets `position` messages."""
    edits_in_flight: int = 0
    """Its own edits that are not answered yet."""
    _work_done: asyncio.Event | None = None

    @property
    def engine(self) -> Engine:
        """The engine behind the service: for the clock, the epoch and the tasks of this session."""
        return self.service.engine

    @property
    def principal(self) -> Principal:
        """With whose rights it acts."""
        return self.actor.principal

    @property
    def events(self) -> Cursor | None:
        """Its cursor in the events of its workspace; None before the first greeting."""
        name = self.actor.events
        return next((cursor for cursor in self.outbox.cursors if cursor.stream.name == name), None)

    def send(self, payload: bytes) -> None:
        """Send one message."""
        if not self.outbox.closed:
            self.outbox.reply(payload)

    def now(self) -> str:
        """The time of day, as it stands in messages."""
        return self.engine.clock.text(self.engine.clock.now_ms())

    async def own_edits_committed(self) -> None:
        """Wait until this session's own edits are committed, so that it reads what it wrote."""
        if self.edits_in_flight:
            await self.engine.journal.flushed()

    def edit_answered(self) -> None:
        """Count one of its own edits as answered."""
        self.edits_in_flight -= 1
        self.work_done()

    def work_done(self) -> None:
        """Wake whoever waits for room in the session."""
        if self._work_done is not None:
            self._work_done.set()

    async def some_work_done(self) -> None:
        """Wait until an edit is answered, other work of the session is done, or the connection is gone."""
        if self._work_done is None:
            self._work_done = asyncio.Event()
        self._work_done.clear()
        await self._work_done.wait()

    def follow_run(self, run: RunHandle) -> None:
        """Receive a run from its first response on."""
        self.outbox.add(Cursor(run.stream, START))

    def follow_new_runs(self) -> None:
        """Receive every run that starts in the workspace from now on, if that is subscribed to."""
        unwatch_runs(self.service, self)
        if "runs" in self.subscription.topics:
            watch_runs(self.service, self.actor, self, self._run_started)

    def _run_started(self, run: RunHandle) -> None:
        if not any(cursor.stream is run.stream for cursor in self.outbox.cursors):
            self.follow_run(run)

    def leave_workspace(self) -> None:
        """Receive nothing more of the workspace and its runs."""
        for cursor in list(self.outbox.cursors):
            self.outbox.remove(cursor.stream)
        unwatch_runs(self.service, self)
