"""The part of the store that holds runs and their owners."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from streamd.core.run import RunId, RunRecord, RunStatus

UNFINISHED: Final[frozenset[RunStatus]] = frozenset({"pending", "running"})
"""Statuses of a run that is waiting or at work."""
ENDED: Final[frozenset[RunStatus]] = frozenset({"completed", "failed", "cancelled", "timed_out"})
"""Statuses of a run that will not be resumed. An interrupted run waits for an answer and is in neither set."""


class RunStore(Protocol):
    """Records of runs, and leases of the daemons that execute them."""

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        """Read a run of a workspace, or None."""

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        """Read the run of a thread that was started last (of several in one millisecond: committed last), or None."""

    def lease(self) -> AbstractAsyncContextManager[str]:
        """Hold a lease while the block lasts; yields its random name, which is the owner of the daemon's runs.

        There is one lease a daemon, not a run, and the store renews it; on a file it is the file's lock. Where it cannot be
        renewed, the block ends with a StoreError: another daemon may have taken the runs.
        """

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        """List the runs that are pending or running and whose owner holds no lease: their process has died."""
