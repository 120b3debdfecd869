"""Endings of runs, and the signal that one is left for the next start."""

import sys
import traceback

import attrs

from streamd.core.run import Response, RunStatus
from streamd.engine.journal import NO_UPDATES, RunUpdates


@attrs.frozen
class Ending:
    """The ending of a run: its last response, and the updates that are committed with it."""

    status: RunStatus
    last_response: Response
    updates: RunUpdates = NO_UPDATES


class SuspendedError(Exception):
    """Signals that the daemon stops before the run has ended; the run resumes after the next start."""


def raised_at() -> str:
    """Place at which the error that is being handled was raised, for the log: `file:line in function`."""
    error = sys.exception()
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
