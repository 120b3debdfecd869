"""Admission: a run whose record the store may refuse is committed before it starts.

So is one that a trigger starts: its record and the trigger's move are one commit, so that each is started exactly once.
"""

import asyncio

import attrs

from streamd.core.run import Response, RunId, RunRecord, RunRequest
from streamd.core.triggers.trigger import TriggerMove
from streamd.engine.journal import Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.lifecycle._completion import failure
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live import LiveRun
from streamd.errors import RunError
from streamd.ids import time_ordered_id


async def admit(runs: Runs, run: LiveRun, updates: RunUpdates, last: Response | None = None) -> None:
    """Commit a prepared run and start it, or end it with its only response; the run takes its thread at once.

    Raises the error with which the commit is refused; the run then never existed.
    """
    admitted: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

    def done(outcome: WriteResult) -> None:
        # In this callback and not after the wait: the waiting task may be gone, and the run exists all the same.
        if not isinstance(outcome, Receipt):
            run.output.stream.ended = True  # so that it is released like streams without listeners
            runs.release(run)
        elif last is not None:
            runs.services.board.observe(run.record, last, run.meter)
            runs.release(run)
        elif runs.is_draining:
            runs.release(run)  # recovered at the next start
        else:
            runs.launch(run)
        if not admitted.done():
            admitted.set_result(outcome)

    bodies = () if last is None else tuple(run.output.encode(last))
    runs.services.journal.submit(
        RunWrite(run.output.stream.name, bodies, done, updates=updates, last=last is not None, flow=run.flow)
    )
    runs.hold(run)
    outcome = await admitted
    if not isinstance(outcome, Receipt):
        raise outcome


async def start_triggered(
    runs: Runs, request: RunRequest, move: TriggerMove, refusal: RunError | None = None
) -> RunId:
    """Start a run and move its trigger; with a `refusal` the run fails with it before it begins.

    Whatever stops the daemon, both are on disk or neither: a run that is goes on at the next start.

    Raises:
        BusyError, DrainingError: as `Runs.check_room`; nothing was done.
        ConflictError: the trigger stands elsewhere; nothing was done.
        UnavailableError: the store cannot write; read the position before you try again.

    """
    if refusal is None:
        runs.check_room(request)
    now_ms, owner = runs.services.clock.now_ms(), runs.services.owner
    run_id = RunId(time_ordered_id("run", now_ms))
    thread_id = time_ordered_id("thread", now_ms)
    record = RunRecord(
        run_id, thread_id, request, request.agent, "pending", now_ms, scope=run_id, owner=owner
    )
    run = runs.prepare(record)
    if refusal is not None:
        record = attrs.evolve(record, status="failed", ended_ms=now_ms)
    last = None if refusal is None else failure(run, refusal)
    await admit(runs, run, RunUpdates(records=(record,), trigger=move), last)
    return run_id
