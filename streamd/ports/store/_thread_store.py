"""The part of the store that holds checkpoints and interrupts of threads."""

from collections.abc import Sequence
from typing import Final, Protocol

from streamd.core.run import RunId
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint

BLOCK: Final = 50
"""Most records of a long list that are read at once."""
BLOCK_BYTES: Final = 262_144
"""Where they are long, fewer: up to the one that reaches so many bytes."""

UNNAMED_THREAD: Final = "thread-"
"""Prefix of the ids of threads that no client named."""


class ThreadStore(Protocol):
    """Checkpoints of threads, interrupts, and stream checkpoints.

    Reading a damaged one raises DamagedError; lists leave it out.
    """

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        """Read a thread's checkpoint; without an id the newest. None when there is none."""

    async def head(self, workspace: str, thread_id: str) -> CheckpointId | None:
        """The id of a thread's newest checkpoint, or None. It need not be readable."""

    async def checkpoints(
        self,
        workspace: str,
        thread_id: str,
        limit: int,
        before: CheckpointId | None = None,
        *,
        most_bytes: int | None = None,
        with_states: bool = True,
    ) -> Sequence[Checkpoint]:
        """Read the newest checkpoints of a thread (older than `before`; empty when that does not exist), newest first.

        With `most_bytes` it may end with the checkpoint that reaches so many bytes. Without states, `state` and `progress`
        are empty, and not read.
        """

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """Read an interrupt of a workspace, answered or not, or None."""

    async def pending_interrupts(
        self,
        workspace: str | None = None,
        thread_id: str | None = None,
        *,
        after: InterruptId | None = None,
        limit: int | None = None,
        most_bytes: int | None = None,
    ) -> Sequence[Interrupt]:
        """List the pending interrupts (of a workspace, of a thread; after another one), oldest first.

        With `most_bytes` it may end with the interrupt that reaches so many bytes.
        """

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        """Read the checkpoint of a broken model stream, or None. An expired one may be returned."""
