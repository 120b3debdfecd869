"""Runs: each in its own task, emitting to its own stream, ending with exactly one last response."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import attrs
import structlog

from streamd.core.position import run_stream
from streamd.core.run import CancelMode, RunId, RunRecord, RunRequest
from streamd.engine.delivery import Hub, LiveStream
from streamd.engine.journal import Done, Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.lifecycle._completion import cancellation, failure
from streamd.engine.lifecycle._ending import Ending, SuspendedError, suspended
from streamd.engine.lifecycle._exchanges import kept_ending
from streamd.engine.lifecycle._expiries import Expiries
from streamd.engine.lifecycle._fair_queue import FairQueue
from streamd.engine.lifecycle._recovered_changes import cancel_key
from streamd.engine.lifecycle._waiting_runs import WaitingRuns
from streamd.engine.live import LiveRun, Meter, RunControl, RunOutput, RunServices, RunState, budget_for
from streamd.engine.record import Replay
from streamd.errors import BusyError, DrainingError, NotFoundError, RunError, StreamdError
from streamd.ids import time_ordered_id

log = structlog.get_logger(__name__)

_RETRY_SECONDS: Final = 1.0
_WAITING_PER_RUNNING: Final = 10
"""Runs that may wait for each one that may run, of one user and of all."""


class Runs:
    """Starts, watches and ends runs."""

    def __init__(self, services: RunServices, hub: Hub, spawn: Callable[..., asyncio.Task[None]]) -> None:
        self.services: Final = services
        self._hub = hub
        self._spawn = spawn
        places, per_user = services.options.max_concurrent, services.options.max_concurrent_per_user
        self._queue = FairQueue(places, per_user=per_user)
        most, most_of_user = places * _WAITING_PER_RUNNING, min(places, per_user) * _WAITING_PER_RUNNING
        self._waiting = WaitingRuns(most, most_of_user, services.waiting)
        self._live: dict[RunId, LiveRun] = {}
        self.is_draining = False
        self.expiries: Final = Expiries()
        self._watchers: dict[object, tuple[str, Callable[[LiveRun], None]]] = {}

    def watch(self, watcher: object, workspace: str, on_start: Callable[[LiveRun], None]) -> None:
        """Call `on_start` for each run that starts in a workspace, until `unwatch`."""
        self._watchers[watcher] = (workspace, on_start)

    def unwatch(self, watcher: object) -> None:
        """Remove a watcher."""
        self._watchers.pop(watcher, None)

    @property
    def count(self) -> int:
        """Count the runs that have not ended."""
        return len(self._live)

    def find(self, run_id: str) -> LiveRun | None:
        """Find a run that has not ended."""
        return self._live.get(RunId(run_id))

    def of_thread(self, workspace: str, thread_id: str) -> LiveRun | None:
        """Find the newest run of a thread that has not ended."""
        return next(reversed(self.all_of_thread(workspace, thread_id)), None)

    def all_of_thread(self, workspace: str, thread_id: str) -> Sequence[LiveRun]:
        """List the runs of a thread that have not ended: the active one, then those that wait for it."""
        return [
            run
            for run in self._live.values()
            if run.record.thread_id == thread_id and run.record.workspace == workspace
        ]

    def start(self, request: RunRequest, run_id: RunId | None = None) -> LiveRun:
        """Start a run; it runs whether or not anybody watches.

        Raises BusyError as `check_room`, or where the thread is busy and the request does not want to wait; DrainingError.
        """
        self.check_room(request)
        after = self._before(request)
        now_ms, owner = self.services.clock.now_ms(), self.services.owner
        run_id = run_id or RunId(time_ordered_id("run", now_ms))
        thread_id = request.thread_id or time_ordered_id("thread", now_ms)
        record = RunRecord(
            run_id, thread_id, request, request.agent, "pending", now_ms, scope=run_id, owner=owner
        )
        run = self.prepare(record)
        run.output.persist(RunUpdates(records=(record,)))
        return self.launch(run, after)

    def check_room(self, request: RunRequest, *, continues: bool = False) -> None:
        """Make room for one more run, as `WaitingRuns` does. Raises BusyError or DrainingError."""
        if self.is_draining:
            raise DrainingError("the daemon is stopping; ask again in a moment")
        self._waiting.check_room(request, continues=continues)

    def _before(self, request: RunRequest) -> Sequence[LiveRun]:
        """List the runs of the same thread that have to end first."""
        if not request.thread_id:
            return ()
        before = self.all_of_thread(request.workspace, request.thread_id)
        if before and request.options.multitask == "reject":
            run_id = before[0].record.run_id
            raise BusyError(
                f"thread {request.thread_id} is busy with run {run_id}; wait for it, "
                "or say options.multitask: enqueue or interrupt",
                run_id=run_id,
            )
        if request.options.multitask == "interrupt":
            for run in before:
                self.cancel(run.record.run_id, request.user_id)
        return before

    def prepare(self, record: RunRecord) -> LiveRun:
        """Create a run without starting it."""
        name = run_stream(record.workspace, record.run_id)
        self.services.journal.start_stream(name)
        return self._made(record, self._hub.create(name))

    def _made(self, record: RunRecord, stream: LiveStream) -> LiveRun:
        replay = Replay(self.services.store, record.workspace, record.results_scope)
        limits = self.services.options
        meter = Meter(
            budget_for(record.request.options.budget, limits.max_tokens, limits.max_cost_usd), record.usage
        )
        state, control = RunState(record=record), RunControl()
        output = RunOutput(self.services, state, stream, replay, meter, control)
        return LiveRun(self.services, state, replay, meter, control, output)

    def hold(self, run: LiveRun) -> None:
        """Count a run as not ended; it holds its thread from now on."""
        self._live[run.record.run_id] = run
        self._waiting.add(run)

    def release(self, run: LiveRun) -> None:
        """Stop counting a run: it has ended, or is left for the next start."""
        self._live.pop(run.record.run_id, None)
        self._waiting.release(run)
        run.control.ended.set()

    def launch(self, run: LiveRun, after: Sequence[LiveRun] = ()) -> LiveRun:
        """Start a prepared run once the runs before it have ended."""
        self.hold(run)
        run.control.task = self._spawn(self._do(run, after), name=run.record.run_id)
        for workspace, on_start in list(self._watchers.values()):
            if workspace == run.record.workspace:
                on_start(run)
        return run

    def cancel(self, run_id: str, by: str, mode: CancelMode = "immediate") -> None:
        """Cancel a run, at once or after its current turn. What it has done stays done. Repeating it is harmless.

        Raises:
            NotFoundError: no such run is active.

        """
        run = self.find(run_id)
        if run is None:
            raise NotFoundError(f"no run {run_id} is going on", run_id=run_id)
        if run.control.is_ending:
            return
        if run.control.cancelled_by is None or mode == "immediate":
            run.control.cancelled_by = by
        cancelled = run.output.result(cancel_key(run.record), run.control.cancelled_by.encode())
        run.output.persist(RunUpdates(results=(cancelled,)))
        if mode == "after_turn" and run.control.is_executing:
            run.control.stop_after_turn.set()
            return
        run.control.is_stopping = True
        run.control.cancel()

    async def reopen(self, record: RunRecord) -> LiveRun:
        """Restore a run of another process, before it resumes."""
        run = self._made(record, await self._hub.open(run_stream(record.workspace, record.run_id)))
        run.state.is_replay = True
        return run

    async def _write_end(self, write: Callable[[Done], RunWrite]) -> None:
        """Commit a run's ending as soon as the store is writable again."""
        outcome: WriteResult | None = None
        with suppress(DrainingError):
            while not isinstance(outcome, Receipt):
                await asyncio.sleep(_RETRY_SECONDS)
                outcome = await self.services.journal.submit_for_result(write)

    async def drain(self, seconds: float) -> None:
        """Refuse new runs and wait for active ones; the late ones are suspended until the next start."""
        self.is_draining = True
        await suspended([run.control for run in self._live.values()], seconds)

    async def _do(self, run: LiveRun, after: Sequence[LiveRun]) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            await self.services.preload.finished()
            from streamd.engine.lifecycle._execution import execute

            run.control.has_started = True
            if run.control.is_stopping or run.control.failure is not None:  # before its first step
                raise asyncio.CancelledError  # noqa: TRY301 - ends as if cancelled a moment later
            # All of them: a waiting run may be cancelled, and end before the one that it waits for.
            for before in after:
                if not before.control.ended.is_set():
                    run.notices.behind(before.record.run_id)
                await before.control.ended.wait()
            async with self._queue.slot(run.flow.asker, run.notices.queued):
                self._waiting.remove(run)
                self.services.metrics.queue_waits.observe(loop.time() - started)
                started = loop.time()
                run.control.is_executing = True
                run.state.record = attrs.evolve(run.record, status="running")
                run.output.persist(RunUpdates(records=(run.record,)))
                ending = await execute(run)
        except (SuspendedError, asyncio.CancelledError):
            if run.control.failure is not None:
                ending = Ending("failed", failure(run, run.control.failure))
            elif run.control.cancelled_by is not None:
                by = run.control.cancelled_by
                ending = Ending("cancelled", cancellation(run, run.wording.cancelled(by)))
            else:
                self._suspend(run)
                return
        finally:
            run.control.is_executing = False
            run.control.is_ending = True
        with suppress(asyncio.CancelledError):  # its ending is emitted, whoever cancels it now
            ending = await kept_ending(run, ending)
        self.end(run, ending)
        log.info(
            "run_finished",
            run=run.record.run_id,
            agent=run.known_agent,
            status=ending.status,
            seconds=round(loop.time() - started, 4),
            tokens=run.meter.usage.tokens,
            cost_usd=round(run.meter.usage.cost_usd, 6),
            **ending.told,
        )

    def _suspend(self, run: LiveRun) -> None:
        """Release a run that resumes after the next start; its watchers reconnect then, too.

        A shutdown is no failure of the run: this attempt does not count.
        """
        with suppress(DrainingError):  # the journal may be sealed already
            run.output.persist(
                RunUpdates(records=(attrs.evolve(run.record_with_usage, attempt=run.record.attempt - 1),))
            )
        self.release(run)

    def end(self, run: LiveRun, ending: Ending) -> None:
        """Emit a run's last response and persist its ending."""
        record = attrs.evolve(
            run.record, status=ending.status, ended_ms=self.services.clock.now_ms(), usage=run.meter.usage
        )
        try:
            bodies = run.output.encode(ending.last_response)
        except (TypeError, StreamdError):
            # The agent's response cannot be encoded; the run must end all the same.
            log.exception("run_end_not_encodable", run=run.record.run_id)
            run.output.partial_text = ""
            ending = Ending(
                "failed", failure(run, RunError("the last response of the agent is not valid JSON"))
            )
            record = attrs.evolve(record, status="failed")
            bodies = run.output.encode(ending.last_response)
        self.services.board.observe(record, ending.last_response, run.meter)
        agent = record.agent if record.agent in self.services.agents else ""  # any other name is a client's
        self.services.metrics.ended_runs[agent, record.status] += 1

        def done(outcome: WriteResult) -> None:
            # Only now: until the end is readable, clients that attach must find the run active.
            run.control.asks = bool(ending.updates.interrupts)
            self.release(run)
            self.expiries.add(ending.updates.interrupts)
            if not isinstance(outcome, Receipt):
                log.error("run_end_not_written", run=record.run_id, reason=outcome.message)
                run.output.stream.send_unrecorded(bodies)
                # Otherwise it would resume after the next start, though its client was told to retry.
                self._spawn(self._write_end(write), name=f"end of {record.run_id}")

        updates = run.output.with_usage(
            attrs.evolve(ending.updates, records=(*ending.updates.records, record))
        )
        brackets = run.output.brackets.end_all(ending.status)
        name, lines = run.output.stream.name, tuple(bodies)
        write = partial(RunWrite, name, lines, updates=updates, last=True, brackets=brackets, flow=run.flow)
        self.services.journal.submit(write(done))
