"""Admission: a run whose record the store may refuse is committed before it starts."""

import asyncio

from streamd.core.run import Response
from streamd.engine.journal import Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live import LiveRun


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
