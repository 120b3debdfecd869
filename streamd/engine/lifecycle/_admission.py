"""Admission: a run whose record may be refused is committed first and started then."""

import asyncio

from streamd.core.run import Response
from streamd.engine.journal import Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live import LiveRun


async def admit(runs: Runs, run: LiveRun, updates: RunUpdates, last: Response | None = None) -> None:
    """Commit a prepared run and start it, or end it with its only response; it takes its thread at once.

    Raises what the commit is refused with: then there was no such run.
    """
    admitted: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()

    def done(outcome: WriteResult) -> None:
        # In here and not after the wait: whoever waits may be gone, and the run is there all the same.
        if not isinstance(outcome, Receipt):
            run.output.stream.ended = True  # so that it is let go, like those that nobody listens to any more
            runs.release(run)
        elif last is not None:
            runs.services.board.observe(run.record, last, run.meter)
            runs.release(run)
        elif runs.is_draining:
            runs.release(run)  # the next start finds it
        else:
            runs.launch(run)
        if not admitted.done():
            admitted.set_result(outcome)

    bodies = () if last is None else (run.output.encode(last),)
    runs.services.journal.submit(
        RunWrite(run.output.stream.name, bodies, done, updates=updates, last=last is not None)
    )
    runs.hold(run)
    outcome = await admitted
    if not isinstance(outcome, Receipt):
        raise outcome
