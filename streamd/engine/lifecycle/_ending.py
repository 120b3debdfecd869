"""Endings of runs, and the signal that one is left for the next start."""

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
