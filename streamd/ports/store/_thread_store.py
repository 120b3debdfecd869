"""The part of the store that holds where threads stand and what they wait for."""

from collections.abc import Sequence
from typing import Final, Protocol

from streamd.core.run import RunId
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint

UNNAMED_THREAD: Final = "thread-"
"""What ids of threads that nobody named begin with."""


class ThreadStore(Protocol):
    """Checkpoints of threads, interrupts, and stream checkpoints.

    Where one is asked for that cannot be read a DamagedError is raised; lists leave it out.
    """

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        """A thread's checkpoint; without an id the newest. None when there is none."""

    async def head(self, workspace: str, thread_id: str) -> CheckpointId | None:
        """The id of a thread's newest checkpoint, or None. It need not be readable."""

    async def checkpoints(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> Sequence[Checkpoint]:
        """The newest checkpoints of a thread (older than `before`; none when there is no such), newest first."""

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """An interrupt of a workspace, answered or not, or None."""

    async def pending_interrupts(
        self, workspace: str | None = None, thread_id: str | None = None
    ) -> Sequence[Interrupt]:
        """Those that wait for an answer (in a workspace, in a thread), oldest first."""

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        """How far a broken stream of a run there had come, or None. One that has expired may still be there."""
