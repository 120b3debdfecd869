"""Where threads stand and what they wait for, in memory: the part of `MemoryStore` that stands on its own."""
# ruff: noqa: D102 - the port says it

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import attrs

from streamd.core.run import RunId
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint
from streamd.ports.store import UNNAMED_THREAD, Batch, Retention, StaleError


@attrs.define
class ThreadsInMemory:
    """Everything in dicts, in the order it was committed first."""

    _checkpoints: dict[tuple[str, str, CheckpointId], Checkpoint] = attrs.field(factory=dict)
    _interrupts: dict[InterruptId, Interrupt] = attrs.field(factory=dict)
    _stream_checkpoints: dict[tuple[RunId, str], tuple[str, StreamCheckpoint]] = attrs.field(factory=dict)
    """With their workspaces."""

    def check_open(self, questions: Iterable[InterruptId]) -> None:
        """Refuse a batch that closes what is closed."""
        for interrupt_id in questions:
            question = self._interrupts.get(interrupt_id)
            if question is None or question.status != "pending":
                raise StaleError(f"the question {interrupt_id} is not open any more")

    def put_threads(self, batch: Batch) -> None:
        """Keep what a batch holds of threads."""
        self._checkpoints |= {
            (one.workspace, one.thread_id, one.checkpoint_id): one for one in batch.checkpoints
        }
        self._interrupts |= batch.interrupts
        self._stream_checkpoints |= {
            (one.run_id, one.step): (batch.workspace, one) for one in batch.stream_checkpoints
        }

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        if checkpoint_id is not None:
            return self._checkpoints.get((workspace, thread_id, checkpoint_id))
        return next(iter(await self.checkpoints(workspace, thread_id, 1)), None)

    async def checkpoints(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> Sequence[Checkpoint]:
        found = [
            one
            for one in self._checkpoints.values()
            if one.workspace == workspace and one.thread_id == thread_id
        ]
        if before is not None:
            ids = [one.checkpoint_id for one in found]
            found = found[: ids.index(before)] if before in ids else []
        return found[::-1][: max(0, limit)]

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        question = self._interrupts.get(interrupt_id)
        return question if question is not None and question.workspace == workspace else None

    async def pending_interrupts(
        self, workspace: str | None = None, thread_id: str | None = None
    ) -> Sequence[Interrupt]:
        found = [
            one
            for one in self._interrupts.values()
            if one.status == "pending"
            and workspace in (None, one.workspace)
            and thread_id in (None, one.thread_id)
        ]
        return sorted(found, key=lambda one: one.at_ms)

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        found = self._stream_checkpoints.get((run_id, step))
        return None if found is None or found[0] != workspace else found[1]

    def trim_threads(self, retention: Retention, having_runs: AbstractSet[tuple[str, str]]) -> None:
        """Forget what retention no longer wants; `having_runs` are (workspace, thread_id)."""
        kept = having_runs | {
            (one.workspace, one.thread_id) for one in self._interrupts.values() if one.status == "pending"
        }

        def is_kept(one: Checkpoint | Interrupt) -> bool:
            return (
                not one.thread_id.startswith(UNNAMED_THREAD)
                or one.at_ms >= retention.oldest_ms
                or (one.workspace, one.thread_id) in kept
            )

        self._checkpoints = {key: one for key, one in self._checkpoints.items() if is_kept(one)}
        self._interrupts = {key: one for key, one in self._interrupts.items() if is_kept(one)}
        self._stream_checkpoints = {
            key: (workspace, one)
            for key, (workspace, one) in self._stream_checkpoints.items()
            if one.expires_ms >= retention.now_ms
        }
