"""Runs: each in a task of its own, telling on a stream of its own, ending in exactly one last response."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Final

import attrs
import structlog

from streamd.core.event import Author
from streamd.core.item_type import ItemTypes
from streamd.core.position import run_stream
from streamd.core.run import Response, RunId, RunRecord, RunRequest, RunStatus
from streamd.engine.hub import Hub
from streamd.engine.ids import time_ordered_id
from streamd.engine.journal import Journal
from streamd.engine.pipeline import RunContext, completion, steps
from streamd.engine.shared_items import SharedItems
from streamd.engine.streams import LiveStream
from streamd.engine.toolbox import Toolbox
from streamd.engine.writes import Outcome, Receipt, RunWrite
from streamd.errors import (
    BusyError,
    DrainingError,
    NotFoundError,
    RefusedError,
    RunAbandonedError,
    RunError,
    RunTimedOutError,
    StreamdError,
    UnavailableError,
)
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.store import Store
from streamd.wire.entries import RESERVED_KEYS, response_body
from streamd.wire.frames import text_frame
from streamd.wire.refusals import error_keys

log = structlog.get_logger(__name__)

_WAITING_PER_RUNNING: Final = 10
"""Runs that may wait for each one that may run."""


@attrs.define(eq=False)
class LiveRun:
    """A run that has not ended."""

    record: RunRecord
    stream: LiveStream
    context: RunContext
    task: asyncio.Task[None] | None = None
    cancelled_by: str | None = None
    """Who wanted it to stop."""
    failure: StreamdError | None = None
    """Why what it tells cannot be kept."""


class Runs:
    """Starts, watches and ends runs."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: Store,
        hub: Hub,
        clock: Clock,
        types: ItemTypes,
        agents: Mapping[str, Agent],
        spawn: Callable[..., asyncio.Task[None]],
        max_concurrent: int,
        timeout_seconds: float,
        max_items: int,
    ) -> None:
        self._journal = journal
        self._store = store
        self._hub = hub
        self._clock = clock
        self._types = types
        self._agents = agents
        self._spawn = spawn
        self._max_concurrent = max_concurrent
        self._slots = asyncio.Semaphore(max_concurrent)
        self._timeout_seconds = timeout_seconds
        self._max_items = max_items
        self._shared_items = SharedItems(store)
        self._live: dict[RunId, LiveRun] = {}
        self._refusing = False
        self._watchers: dict[object, tuple[str, Callable[[LiveRun], None]]] = {}

    def watch(self, watcher: object, workspace: str, begun: Callable[[LiveRun], None]) -> None:
        """Call `begun` for each run that begins in a workspace, until the watcher is forgotten."""
        self._watchers[watcher] = (workspace, begun)

    def forget(self, watcher: object) -> None:
        """Call it no more."""
        self._watchers.pop(watcher, None)

    @property
    def count(self) -> int:
        """Runs that have not ended."""
        return len(self._live)

    def start(self, request: RunRequest) -> LiveRun:
        """Begin a run; it goes on whether or not anybody watches.

        Raises:
            BusyError: too many runs wait already.
            DrainingError: the daemon is stopping.

        """
        if self._refusing:
            raise DrainingError("the daemon is stopping; ask again in a moment")
        if len(self._live) >= self._max_concurrent * (1 + _WAITING_PER_RUNNING):
            raise BusyError("too many requests are waiting; ask again in a moment", retry_after_ms=1000)
        now_ms = self._clock.now_ms()
        run_id = RunId(time_ordered_id("run", now_ms))
        thread_id = request.thread_id or time_ordered_id("thread", now_ms)
        record = RunRecord(
            run_id, request.workspace, thread_id, request.user_id, request.agent, "running", now_ms,
            request_id=request.request_id,
        )  # fmt: skip
        name = run_stream(run_id)
        self._journal.begin(name)
        live = self._hub.begin(name)
        toolbox = Toolbox(
            journal=self._journal,
            types=self._types,
            author=Author(request.user_id, "streamd", run_id),
            workspace=request.workspace,
            run_id=run_id,
            stream=name,
            spell=lambda response: self._spelt(run, response),
            tell=lambda response: self._tell(run, response),
            max_items=self._max_items,
        )
        run = LiveRun(
            record, live, RunContext(run_id, request, self._types, self._store, self._shared_items, toolbox)
        )
        self._live[run_id] = run
        run.task = self._spawn(self._execute(run), name=run_id)
        for workspace, begun in list(self._watchers.values()):
            if workspace == request.workspace:
                begun(run)
        return run

    def find(self, run_id: str) -> LiveRun | None:
        """A run that has not ended."""
        return self._live.get(RunId(run_id))

    def of_thread(self, workspace: str, thread_id: str) -> LiveRun | None:
        """The newest run of a thread that has not ended."""
        of_it = (
            run
            for run in reversed(self._live.values())
            if run.record.thread_id == thread_id and run.record.workspace == workspace
        )
        return next(of_it, None)

    def cancel(self, run_id: str, by: str) -> None:
        """Stop a run. What it has done stays done; its last response is `cancelled`. Twice is harmless."""
        run = self.find(run_id)
        if run is None:
            raise NotFoundError(f"no run {run_id} is going on", run_id=run_id)
        if run.cancelled_by is None and run.task is not None:
            run.cancelled_by = by
            run.task.cancel()

    async def recover(self) -> None:
        """End the runs that the last process left behind, so that whoever waits for them hears of it."""
        records = await self._store.unfinished_runs()
        ended = await asyncio.gather(*map(self._abandoned, records))
        for record, outcome in zip(records, ended, strict=True):
            log.info("run_abandoned", run=record.run_id, kept=isinstance(outcome, Receipt))

    def _abandoned(self, record: RunRecord) -> "asyncio.Future[Outcome]":
        error = RunAbandonedError(
            "the daemon stopped in the middle of this; what was done stays done, ask again"
        )
        body = self._body(_error(error), record)
        ended = attrs.evolve(record, status="failed", ended_ms=self._clock.now_ms())
        return self._journal.promise(
            lambda done: RunWrite(run_stream(record.run_id), (body,), done, ended, last=True)
        )

    async def drain(self, seconds: float) -> None:
        """Refuse new runs, wait for the ones going on, then stop the late ones."""
        self._refusing = True
        tasks = {run.task for run in self._live.values() if run.task is not None}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            log.warning("run_late", run=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=5)

    async def _execute(self, run: LiveRun) -> None:
        started = asyncio.get_running_loop().time()
        status: RunStatus = "failed"
        last = _error(RunError("the request failed inside the daemon; what was done stays done"))
        try:
            async with self._slots, asyncio.timeout(self._timeout_seconds):
                self._tell(run, None)
                told = steps(run.context, self._agents, lambda agent: self._chosen(run, agent))
                async with aclosing(told):
                    async for response in told:
                        await self._journal.room()
                        self._tell(run, response)
            status, last = "completed", completion(run.context)
        except TimeoutError:
            status = "timed_out"
            last = _error(
                RunTimedOutError(
                    f"the request took longer than {self._timeout_seconds:g} seconds and was stopped; "
                    "what was done stays done"
                )
            )
        except asyncio.CancelledError:
            status = "cancelled"
            if run.failure is not None:
                status, last = "failed", _error(run.failure)
            elif run.cancelled_by is None:
                last = _error(
                    DrainingError("the daemon is stopping; what was done stays done, ask again in a moment")
                )
            else:
                outcome = run.context.outcome
                last = Response(
                    "cancelled",
                    f"Cancelled by {run.cancelled_by}.",
                    {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed},
                )
        except RefusedError as refusal:
            last = _error(refusal)
        except Exception:
            log.exception("run_failed", run=run.record.run_id)
        finally:
            self._end(run, status, last)
            log.info(
                "run_finished",
                run=run.record.run_id,
                agent=run.record.agent,
                status=status,
                seconds=round(asyncio.get_running_loop().time() - started, 4),
            )

    def _chosen(self, run: LiveRun, agent: Agent) -> None:
        run.record = attrs.evolve(run.record, agent=agent.name)
        toolbox = run.context.toolbox
        toolbox.author = attrs.evolve(toolbox.author, agent_id=agent.agent_id or agent.name)

    def _tell(self, run: LiveRun, response: Response | None) -> None:
        """Submit one response; None submits the record alone, as the run's first trace."""
        bodies = () if response is None else (self._spelt(run, response),)
        record = run.record if response is None else None

        def done(outcome: Outcome) -> None:
            if not isinstance(outcome, Receipt) and run.failure is None and run.task is not None:
                run.failure = UnavailableError(
                    "the daemon cannot write to its store just now, so the request was stopped; "
                    "what was done stays done, ask again in a moment"
                )
                run.task.cancel()

        self._journal.submit(RunWrite(run.stream.name, bodies, done, record))

    def _end(self, run: LiveRun, status: RunStatus, last: Response) -> None:
        record = attrs.evolve(run.record, status=status, ended_ms=self._clock.now_ms())
        body = self._spelt(run, last)

        def done(outcome: Outcome) -> None:
            # Only now: until its end can be heard, whoever attaches must find the run going on.
            del self._live[record.run_id]
            if not isinstance(outcome, Receipt):
                log.error("run_end_not_written", run=record.run_id, reason=outcome.message)
                run.stream.tell_off_record(text_frame(body))

        self._journal.submit(RunWrite(run.stream.name, (body,), done, record, last=True))

    def _spelt(self, run: LiveRun, response: Response) -> bytes:
        return self._body(response, run.record)

    def _body(self, response: Response, record: RunRecord) -> bytes:
        return response_body(
            response,
            run_id=record.run_id,
            thread_id=record.thread_id,
            timestamp=self._clock.text(self._clock.now_ms()),
            request_id=record.request_id,
        )


def _error(error: StreamdError) -> Response:
    keys = {key: value for key, value in error_keys(error).items() if key not in RESERVED_KEYS}
    return Response("error", str(error_keys(error)["message"]), extra=keys)
