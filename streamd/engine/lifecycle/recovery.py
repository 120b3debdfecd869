"""Recovery: resumes or ends the runs that another process left behind."""

import attrs
import structlog

from streamd.core.run import RunRecord
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle._completion import cancellation, failure
from streamd.engine.lifecycle._ending import Ending
from streamd.engine.lifecycle._exchanges import kept_ending
from streamd.engine.lifecycle._recovered_changes import cancel_key
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live import LiveRun
from streamd.errors import RefusedError, RunAbandonedError, StoreError

log = structlog.get_logger(__name__)


async def recover(runs: Runs) -> None:
    """Resume runs whose daemon is gone, or end them with a reason for the clients that wait.

    Each is claimed right before it goes on: whatever stops this leaves the others to the next daemon that looks.
    """
    for record in await runs.services.store.abandoned_runs():
        if runs.is_draining:
            return
        claimed = await _claimed(runs, record)
        if claimed is None:
            continue
        try:
            await _recover(runs, record, claimed)
        except RefusedError as error:  # what is stored of this one cannot be read; the others go on
            log.error("run_not_recovered", run=record.run_id, reason=error.message)  # noqa: TRY400
        except StoreError:  # it could not be read now: whoever looks next finds it again
            await runs.services.journal.persist(
                record.workspace, RunUpdates(records=(record,), claims=(claimed,))
            )
            raise


async def _claimed(runs: Runs, record: RunRecord) -> RunRecord | None:
    """Claim an abandoned run for this daemon; None when it cannot be: another one was faster, or the store fails."""
    # Queued runs had not started, so they cannot have caused the crash.
    attempt = record.attempt + (record.status == "running")
    mine = attrs.evolve(record, owner=runs.services.owner, status="pending", attempt=attempt)
    try:
        await runs.services.journal.persist(record.workspace, RunUpdates(records=(mine,), claims=(record,)))
    except RefusedError as refusal:
        log.warning("run_not_taken", run=record.run_id, reason=refusal.message)
        return None
    return mine


async def _recover(runs: Runs, before: RunRecord, claimed: RunRecord) -> None:
    run = await runs.reopen(claimed)
    if (by := await _cancelled_by(run)) is not None:
        await _end(runs, run, Ending("cancelled", cancellation(run, run.wording.cancelled(by))))
    elif (why := _why_not_resumed(runs, before)) is not None:
        error = RunAbandonedError(f"{why}; what was done stays done, ask again")
        await _end(runs, run, Ending("failed", failure(run, error)))
        log.warning("run_abandoned", run=before.run_id, attempts=before.attempt)
    else:
        runs.launch(run, runs.all_of_thread(before.workspace, before.thread_id))
        log.info("run_recovered", run=before.run_id, attempt=claimed.attempt)


async def _end(runs: Runs, run: LiveRun, ending: Ending) -> None:
    """End a run that is not resumed, with the changes that it made before."""
    runs.hold(run)
    runs.end(run, await kept_ending(run, ending))


def _why_not_resumed(runs: Runs, record: RunRecord) -> str | None:
    if not record.request.user_input and not record.request.context:
        return "what was asked for is not known any more"  # started by streamd 0.1
    if record.agent and record.agent not in runs.services.agents:
        return "the agent that did this is not installed any more"
    if record.status == "running" and record.attempt >= runs.services.options.max_attempts:
        return "the daemon stopped in the middle of this too often"
    return None


async def _cancelled_by(run: LiveRun) -> str | None:
    """Return who cancelled the run before the daemon died, if anybody did."""
    wanted = (run.record.workspace, run.replay.scope, cancel_key(run.record))
    by = (await run.services.store.results([wanted])).get(wanted)
    return None if by is None else by.decode("utf-8", "replace")
