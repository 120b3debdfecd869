"""The part of the store that holds runs, and which daemon does them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from streamd.core.run import RunId, RunRecord, RunStatus

UNFINISHED: Final[frozenset[RunStatus]] = frozenset({"pending", "running"})
"""What a run is while somebody works on it."""
ENDED: Final[frozenset[RunStatus]] = frozenset({"completed", "failed", "cancelled", "timed_out"})
"""What a run is once nobody will go on with it. An interrupted one waits for an answer: neither."""


class RunStore(Protocol):
    """Records of runs, and leases of the daemons that do them."""

    async def run(self, workspace: str, run_id: RunId) -> RunRecord | None:
        """A run of a workspace, or None."""

    async def latest_run(self, workspace: str, thread_id: str) -> RunRecord | None:
        """The run of a thread that was started last (of several in one millisecond: committed last), or None."""

    def lease(self) -> AbstractAsyncContextManager[str]:
        """Hold a lease while the block lasts, under a random name of its own: the owner of the runs that carry it.

        It is the daemon's, not each run's, and kept up by the store: one daemon on a file holds it by the file's lock.
        Where it cannot be kept up, the block ends with a StoreError: another daemon may have taken the runs.
        """

    async def abandoned_runs(self) -> Sequence[RunRecord]:
        """Runs that are pending or running and whose owner holds no lease: another process left them behind."""
