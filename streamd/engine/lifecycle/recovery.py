"""Recovery: what becomes of the runs that another process left behind."""

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
from streamd.errors import RunAbandonedError, StreamdError

log = structlog.get_logger(__name__)


async def recover(runs: Runs) -> None:
    """Resume runs whose daemon is gone, or say why not to whoever waits for them."""
    for record in await _claimed(runs):
        # Those that had waited for a place had not been begun: what ended the daemon was not their doing.
        begun = record.status == "running"
        run = await runs.reopen(attrs.evolve(record, status="pending", attempt=record.attempt + begun))
        if (by := await _cancelled_by(run)) is not None:
            await _end(runs, run, Ending("cancelled", cancellation(run, run.wording.cancelled(by))))
        elif (why := _given_up(runs, record, begun=begun)) is not None:
            error = RunAbandonedError(f"{why}; what was done stays done, ask again")
            await _end(runs, run, Ending("failed", failure(run, error)))
            log.warning("run_abandoned", run=record.run_id, attempts=record.attempt)
        else:
            run.output.persist(RunUpdates(records=(run.record,)))
            runs.launch(run, runs.all_of_thread(record.workspace, record.thread_id))
            log.info("run_recovered", run=record.run_id, attempt=run.record.attempt)


async def _claimed(runs: Runs) -> Sequence[RunRecord]:
    """Runs that were abandoned and are this daemon's from now on; others are left for later."""
    found = await runs.services.store.abandoned_runs()
    mine = [attrs.evolve(record, owner=runs.services.owner) for record in found]
    outcomes = await asyncio.gather(
        *(
            runs.services.journal.persist(record.workspace, RunUpdates(records=(record,), claims=(before,)))
            for before, record in zip(found, mine, strict=True)
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
    """End a run that is not resumed, counting what it had done before."""
    runs.hold(run)
    last = await with_recovered_changes(run, ending.last_response)
    runs.end(run, attrs.evolve(ending, last_response=last))


def _given_up(runs: Runs, record: RunRecord, *, begun: bool) -> str | None:
    if not record.request.user_input and not record.request.context:
        return "what was asked for is not known any more"  # begun by streamd 0.1
    if record.agent and record.agent not in runs.services.agents:
        return "the agent that did this is not installed any more"
    if begun and record.attempt >= runs.services.options.max_attempts:
        return "the daemon stopped in the middle of this too often"
    return None


async def _cancelled_by(run: LiveRun) -> str | None:
    """Who cancelled it before the daemon died, if anybody did."""
    wanted = (run.record.workspace, run.replay.scope, cancel_key(run.record))
    by = (await run.services.store.results([wanted])).get(wanted)
    return None if by is None else by.decode()
