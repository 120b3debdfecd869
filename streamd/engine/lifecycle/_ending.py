"""Endings of runs, and the signal that one is left for the next start."""

import asyncio
import sys
from collections.abc import Collection, Mapping

import attrs
import structlog

from streamd.core.run import Response, RunStatus
from streamd.engine.journal import NO_UPDATES, RunUpdates
from streamd.engine.lifecycle._completion import failure
from streamd.engine.live import LiveRun, RunControl, raised_at
from streamd.errors import RefusedError, RunError
from streamd.facts import frozen

log = structlog.get_logger(__name__)


@frozen
class Ending:
    """The ending of a run: its last response, and the updates that are committed with it."""

    status: RunStatus
    last_response: Response
    updates: RunUpdates = NO_UPDATES
    told: Mapping[str, object] = attrs.field(factory=dict)
    """Why and where a run failed, for the log."""


class SuspendedError(Exception):
    """Signals that the daemon stops before the run has ended; the run resumes after the next start."""


def failed(run: LiveRun, error: RefusedError | RunError) -> Ending:
    """Turn an error that the client is told into a failure."""
    told = {"code": error.code, "node": run.control.failed_step, "at": raised_at(error, _code_path(run))}
    return Ending("failed", failure(run, error), told=told)


def broken(run: LiveRun) -> Ending:
    """Turn an unexpected error into a failure: details go to the log, not to clients."""
    log.exception(  # noqa: LOG004 - where it was caught
        "run_failed", run=run.record.run_id, agent=run.known_agent, node=run.control.failed_step, at=raised_at(sys.exception(), _code_path(run)),
    )  # fmt: skip
    return Ending(
        "failed", failure(run, RunError("the request failed inside the daemon; what was done stays done"))
    )


def _code_path(run: LiveRun) -> str:
    """Return the path of the agent's code; empty before the run has one."""
    agent = run.services.agents.get(run.record.agent)
    return "" if agent is None else next(iter(agent.graph.values())).code_path


async def suspended(runs: Collection[RunControl], seconds: float) -> None:
    """Wait for the tasks of runs, and stop those that are late."""
    tasks = {run.task: run for run in runs if run.task is not None}
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        log.warning("run_suspended", run=task.get_name())
        tasks[task].is_suspending = True
        task.cancel()
    for _ in range(2):  # an agent may have swallowed the first cancellation
        if late:
            _, late = await asyncio.wait(late, timeout=2.5)
        for task in late:
            log.warning("run_does_not_stop", run=task.get_name())
            task.cancel()
