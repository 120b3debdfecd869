"""Endings of runs, and the signal that one is left for the next start."""

import asyncio
import sys
import traceback
from collections.abc import Collection
from pathlib import Path

import structlog

from streamd.core.run import Response, RunStatus
from streamd.engine.journal import NO_UPDATES, RunUpdates
from streamd.facts import frozen

log = structlog.get_logger(__name__)


@frozen
class Ending:
    """The ending of a run: its last response, and the updates that are committed with it."""

    status: RunStatus
    last_response: Response
    updates: RunUpdates = NO_UPDATES


class SuspendedError(Exception):
    """Signals that the daemon stops before the run has ended; the run resumes after the next start."""


def raised_at(code_path: str) -> str:
    """Place at which the error that is being handled was raised, for the log: `file:line in function`.

    Where the agent's code was on the way, the last place in it: more than where a library noticed the mistake.
    """
    error = sys.exception()
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    own = [frame for frame in frames if code_path and Path(frame.filename).is_relative_to(code_path)]
    return "".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in (own or frames)[-1:])


async def suspended(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Wait for the tasks of runs, and stop those that are late."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        log.warning("run_suspended", run=task.get_name())
        task.cancel()
    for _ in range(2):  # an agent may have swallowed the first cancellation
        if late:
            _, late = await asyncio.wait(late, timeout=2.5)
        for task in late:
            log.warning("run_does_not_stop", run=task.get_name())
            task.cancel()
