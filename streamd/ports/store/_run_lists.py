"""The part of the store that lists threads and runs, names threads and finds what is to be forgotten with them."""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.core.thread import ThreadFilter, ThreadSummary
from streamd.ports.store._batch import Removal


class RunLists(Protocol):
    """Lists of threads and runs, newest first.

    A thread is there as long as a run or a checkpoint of it is kept. Its first run gives it a title, unless a batch did.
    """

    async def threads(
        self, workspace: str, wanted: ThreadFilter, limit: int, before: int | None = None
    ) -> Sequence[ThreadSummary]:
        """List threads of a workspace, the last used first; with `before` those after that place in the list."""

    async def workspaces(self) -> Sequence[str]:
        """List the workspaces of which anything is kept, in the order of their names."""

    async def runs(
        self, workspace: str, wanted: RunFilter, limit: int, before: RunId | None = None
    ) -> Sequence[RunRecord]:
        """List runs of a workspace, the last one first; older ones than `before` (none when that does not exist)."""

    async def thread_removal(self, workspace: str, thread_id: str) -> Removal | None:
        """Find a slice of everything that is kept of a thread, or None when nothing is left.

        Commit it before the next one is requested.
        """
