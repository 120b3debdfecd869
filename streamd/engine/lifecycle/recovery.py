"""Recovery: resumes or ends the runs that another process left behind."""

import asyncio
from collections.abc import Sequence

import attrs
import structlog

from streamd.core.run import RunRecord
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle._completion import cancellation, failure
from streamd.engine.lifecycle._execution import Ending
from streamd.engine.lifecycle._recovered_changes import cancel_key, with_recovered_changes
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live import LiveRun
from streamd.errors import RefusedError, RunAbandonedError, StreamdError

log = structlog.get_logger(__name__)


async def recover(runs: Runs) -> None:
    """Resume runs whose daemon is gone, or end them with a reason for the clients that wait."""
    for record in await _claimed(runs):
        try:
            await _recover(runs, record)
        except RefusedError as error:  # what is stored of this one cannot be read; the others go on
            log.error("run_not_recovered", run=record.run_id, reason=error.message)  # noqa: TRY400


async def _recover(runs: Runs, record: RunRecord) -> None:
    # Queued runs had not started, so they cannot have caused the crash.
    was_running = record.status == "running"
    run = await runs.reopen(attrs.evolve(record, status="pending", attempt=record.attempt + was_running))
    if (by := await _cancelled_by(run)) is not None:
        await _end(runs, run, Ending("cancelled", cancellation(run, run.wording.cancelled(by))))
    elif (why := _why_not_resumed(runs, record, was_running=was_running)) is not None:
        error = RunAbandonedError(f"{why}; what was done stays done, ask again")
        await _end(runs, run, Ending("failed", failure(run, error)))
        log.warning("run_abandoned", run=record.run_id, attempts=record.attempt)
    else:
        run.output.persist(RunUpdates(records=(run.record,)))
        runs.launch(run, runs.all_of_thread(record.workspace, record.thread_id))
        log.info("run_recovered", run=record.run_id, attempt=run.record.attempt)


async def _claimed(runs: Runs) -> Sequence[RunRecord]:
    """Claim abandoned runs for this daemon; runs that do not fit now are left for later."""
    abandoned = await runs.services.store.abandoned_runs()
    mine = [attrs.evolve(record, owner=runs.services.owner) for record in abandoned]
    outcomes = await asyncio.gather(
        *(
            runs.services.journal.persist(record.workspace, RunUpdates(records=(record,), claims=(before,)))
            for before, record in zip(abandoned, mine, strict=True)
        ),
        return_exceptions=True,
    )
    claimed: list[RunRecord] = []
    for record, outcome in zip(mine, outcomes, strict=True):
        if outcome is None:
            claimed.append(record)
        elif isinstance(outcome, StreamdError):
            log.warning("run_not_taken", run=record.run_id, reason=outcome.message)
        else:
            raise outcome
    return claimed


async def _end(runs: Runs, run: LiveRun, ending: Ending) -> None:
    """End a run that is not resumed, with the changes that it made before."""
    runs.hold(run)
    last = await with_recovered_changes(run, ending.last_response)
    runs.end(run, attrs.evolve(ending, last_response=last))


def _why_not_resumed(runs: Runs, record: RunRecord, *, was_running: bool) -> str | None:
    if not record.request.user_input and not record.request.context:
        return "what was asked for is not known any more"  # started by streamd 0.1
    if record.agent and record.agent not in runs.services.agents:
        return "the agent that did this is not installed any more"
    if was_running and record.attempt >= runs.services.options.max_attempts:
        return "the daemon stopped in the middle of this too often"
    return None


async def _cancelled_by(run: LiveRun) -> str | None:
    """Return who cancelled the run before the daemon died, if anybody did."""
    wanted = (run.record.workspace, run.replay.scope, cancel_key(run.record))
    by = (await run.services.store.results([wanted])).get(wanted)
    return None if by is None else by.decode("utf-8", "replace")
