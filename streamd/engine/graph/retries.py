"""Retries: a node that fails and declares them starts again, after a pause, and what it had done is replayed.

The walk ends with a `NodeFailedError` once the branches beside the node are done, and the run restarts from its last
checkpoint, as after a restart of the daemon. The failures of a step are recorded, so that a restart does not forgive them.
"""

import random
from typing import Final

import structlog

from streamd.engine.live import LiveRun, RunSignal
from streamd.ports.agent import Agent

log = structlog.get_logger(__name__)

_JITTER: Final = 0.25
"""Pauses differ by so much, so that runs that failed together do not come back together."""


class NodeFailedError(RunSignal):
    """Signals that a node failed and is to be retried. Not an Exception: no agent catches it by mistake."""

    def __init__(self, step: str, pause_seconds: float) -> None:
        super().__init__(step)
        self.pause_seconds = pause_seconds
        """Pause before the next attempt."""


async def node_failed(run: LiveRun, agent: Agent, step: str, node: str, error: Exception) -> None:
    """Note that a node failed. Raises NodeFailedError if it is to be retried; returns if its error stands."""
    run.control.failed_step = step
    declared = agent.graph[node]
    if not declared.retries or not declared.may_retry(error):
        return
    attempt = 2
    while await run.replay.result(f"{step}:failed{attempt - 1}") is not None:
        attempt += 1
    if attempt > declared.retries + 1:
        return
    pause = declared.pause_before(attempt) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
    log.warning(
        "node_failed", run=run.record.run_id, agent=agent.name, node=step, error=type(error).__name__, attempt=attempt - 1,
        attempts=declared.retries + 1, pause_seconds=round(pause, 3),
    )  # fmt: skip
    run.services.metrics.retries["node"] += 1
    run.notices.node_retries(
        agent.name, node, attempt, declared.retries + 1, pause, step=f"{step}:failed{attempt - 1}"
    )
    raise NodeFailedError(step, pause) from error
