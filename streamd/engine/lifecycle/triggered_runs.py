"""Runs that triggers start: their record and the trigger's move are one commit, so that each is started exactly once."""

import attrs

from streamd.core.run import RunId, RunRecord, RunRequest
from streamd.core.triggers.trigger import TriggerMove
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle._admission import admit
from streamd.engine.lifecycle._completion import failure
from streamd.engine.lifecycle.runs import Runs
from streamd.errors import RunError
from streamd.ids import time_ordered_id


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
