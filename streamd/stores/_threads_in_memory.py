"""Runs, checkpoints and interrupts in RAM: a part of `MemoryStore`."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import attrs

from streamd.core.run import RunId, RunRecord
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptId, StreamCheckpoint
from streamd.core.triggers.trigger import TriggerPosition
from streamd.facts import define
from streamd.ports.store import UNNAMED_THREAD, Batch, Removal, Retention, StaleError
from streamd.stores._no_file import NoFile


@define
class ThreadsInMemory(NoFile):
    """Stores runs, checkpoints and interrupts in dicts, in the order of their first commit."""

    _runs: dict[RunId, RunRecord] = attrs.field(factory=dict)
    _checkpoints: dict[tuple[str, str, CheckpointId], Checkpoint] = attrs.field(factory=dict)
    _interrupts: dict[InterruptId, Interrupt] = attrs.field(factory=dict)
    _stream_checkpoints: dict[tuple[RunId, str], tuple[str, StreamCheckpoint]] = attrs.field(factory=dict)
    """Stream checkpoints with their workspaces, by run and step."""
    _trigger_positions: dict[tuple[str, str], TriggerPosition] = attrs.field(factory=dict)
    """By workspace and trigger."""

    def check_threads(self, batch: Batch) -> None:
        """Raise StaleError when a question, an owner, a newest checkpoint or a trigger is not as a batch was decided on."""
        for interrupt_id in batch.closes:
            question = self._interrupts.get(interrupt_id)
            if question is None or question.status != "pending":
                raise StaleError(f"the question {interrupt_id} is not open any more")
        for run_id, owner in batch.claims.items():
            if run_id not in self._runs or self._runs[run_id].owner != owner:
                raise StaleError(f"the run {run_id} has another owner")
        for thread_id, head in batch.heads.items():
            if self._head(batch.workspace, thread_id) != head:
                raise StaleError(f"the thread {thread_id} has another newest checkpoint")
        for move in batch.trigger_moves:
            if self._trigger_positions.get(move.key) != move.before:
                raise StaleError(f"the trigger {move.key[1]} stands elsewhere")

    def put_threads(self, batch: Batch) -> None:
        """Store the checkpoints, interrupts and positions of triggers of a batch."""
        self._checkpoints |= {
            (one.workspace, one.thread_id, one.checkpoint_id): one for one in batch.checkpoints
        }
        self._interrupts |= batch.interrupts
        self._stream_checkpoints |= {
            (one.run_id, one.step): (batch.workspace, one) for one in batch.stream_checkpoints
        }
        for move in batch.trigger_moves:
            self._trigger_positions.pop(move.key, None)
            if move.after is not None:
                self._trigger_positions[move.key] = move.after

    async def trigger_positions(self) -> Sequence[TriggerPosition]:
        return list(self._trigger_positions.values())

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        if checkpoint_id is not None:
            return self._checkpoints.get((workspace, thread_id, checkpoint_id))
        return next(iter(await self.checkpoints(workspace, thread_id, 1)), None)

    async def head(self, workspace: str, thread_id: str) -> CheckpointId | None:
        return self._head(workspace, thread_id)

    def _head(self, workspace: str, thread_id: str) -> CheckpointId | None:
        newest_first = reversed(self._checkpoints)
        return next((one for *of, one in newest_first if of == [workspace, thread_id]), None)

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
        del most_bytes  # they are in memory anyway
        found = [
            one
            for one in self._checkpoints.values()
            if one.workspace == workspace and one.thread_id == thread_id
        ]
        if before is not None:
            ids = [one.checkpoint_id for one in found]
            found = found[: ids.index(before)] if before in ids else []
        newest = found[::-1][: max(0, limit)]
        return newest if with_states else [attrs.evolve(one, state={}, progress={}) for one in newest]

    async def interrupt(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        question = self._interrupts.get(interrupt_id)
        return question if question is not None and question.workspace == workspace else None

    async def pending_interrupts(
        self,
        workspace: str | None = None,
        thread_id: str | None = None,
        *,
        after: InterruptId | None = None,
        limit: int | None = None,
        most_bytes: int | None = None,
    ) -> Sequence[Interrupt]:
        del most_bytes
        ids = list(self._interrupts)
        later = ids if after is None else ids[ids.index(after) + 1 :]
        return [
            one
            for one in map(self._interrupts.__getitem__, later)
            if one.status == "pending"
            and workspace in (None, one.workspace)
            and thread_id in (None, one.thread_id)
        ][:limit]

    async def stream_checkpoint(self, workspace: str, run_id: RunId, step: str) -> StreamCheckpoint | None:
        found = self._stream_checkpoints.get((run_id, step))
        return None if found is None or found[0] != workspace else found[1]

    def old_threads(self, retention: Retention) -> Sequence[Removal]:
        """Find checkpoints and interrupts that exceed the retention limits."""
        found: dict[str, Removal] = {}
        kept = self._with_runs() | {
            (one.workspace, one.thread_id) for one in self._interrupts.values() if one.status == "pending"
        }

        def is_old(one: Checkpoint | Interrupt) -> bool:
            return (
                one.thread_id.startswith(UNNAMED_THREAD)
                and one.at_ms < retention.oldest_ms
                and (one.workspace, one.thread_id) not in kept
            )

        for checkpoint in filter(is_old, self._checkpoints.values()):
            removal = found.setdefault(checkpoint.workspace, Removal(checkpoint.workspace))
            removal.checkpoints.append((checkpoint.thread_id, checkpoint.checkpoint_id))
        for question in filter(is_old, self._interrupts.values()):
            removal = found.setdefault(question.workspace, Removal(question.workspace))
            removal.interrupts.append(question.interrupt_id)
        newer = Counter[tuple[str, str]]()
        for workspace, thread_id, checkpoint_id in reversed(self._checkpoints):
            newer[workspace, thread_id] += 1
            if newer[workspace, thread_id] > retention.checkpoints:
                removal = found.setdefault(workspace, Removal(workspace))
                removal.surplus_checkpoints.append((thread_id, checkpoint_id))
        return list(found.values())

    def old_stream_checkpoints(self, retention: Retention) -> Sequence[Removal]:
        """Find expired stream checkpoints."""
        found: dict[str, Removal] = {}
        for key, (workspace, one) in self._stream_checkpoints.items():
            if one.expires_ms < retention.now_ms:
                removal = found.setdefault(workspace, Removal(workspace, at_ms=retention.now_ms))
                removal.stream_checkpoints.append(key)
        return list(found.values())

    def remove_threads(self, removal: Removal) -> None:
        """Remove checkpoints and interrupts, except those of threads on which a run has started meanwhile."""
        busy = self._with_runs()
        for thread_id, checkpoint_id in removal.checkpoints:
            if (removal.workspace, thread_id) not in busy:
                self._checkpoints.pop((removal.workspace, thread_id, checkpoint_id), None)
        for thread_id, checkpoint_id in removal.surplus_checkpoints:
            self._checkpoints.pop((removal.workspace, thread_id, checkpoint_id), None)
        for interrupt_id in removal.interrupts:
            question = self._interrupts.get(interrupt_id)
            if question is not None and (question.workspace, question.thread_id) not in busy:
                del self._interrupts[interrupt_id]
        for key in removal.stream_checkpoints:
            if (
                key in self._stream_checkpoints
                and self._stream_checkpoints[key][1].expires_ms < removal.at_ms
            ):
                del self._stream_checkpoints[key]

    def _with_runs(self) -> AbstractSet[tuple[str, str]]:
        """Workspace and thread of every stored run."""
        return {(run.workspace, run.thread_id) for run in self._runs.values()}
