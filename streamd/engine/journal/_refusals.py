"""Checks whether the state that a run's updates were decided on is still the committed one."""

from streamd.core.thread import CheckpointId, InterruptId
from streamd.engine.journal._committed_state import CommittedState
from streamd.engine.journal.writes import RunUpdates
from streamd.errors import AnsweredError, BusyError, ConflictError, ExistsError, RefusedError
from streamd.ports.store import Batch


def refusal_of(updates: RunUpdates, before: CommittedState, batch: Batch) -> RefusedError | None:
    """The reason why updates cannot be committed any more after what their batch has already, or None."""
    if not all(_is_open(question.interrupt_id, before, batch) for question in updates.closes):
        return AnsweredError("somebody else has closed this question")
    for found in updates.claims:
        if before.owners.get(found.run_id) != found.owner or found.run_id in batch.runs:
            return BusyError(f"another daemon has taken run {found.run_id}", run_id=found.run_id)
    if (move := updates.trigger) is not None and (
        before.triggers.get(move.key) != move.before
        or any(one.key == move.key for one in batch.trigger_moves)
    ):
        return ConflictError(f"the trigger {move.key[1]} has gone on meanwhile")
    for thread_id, expected in updates.heads.items():
        if _head(thread_id, before, batch) == expected:
            continue
        if expected is None:
            return ExistsError(f"there is a thread {thread_id} already; name another", thread_id=thread_id)
        return ConflictError(
            f"thread {thread_id} has changed meanwhile; read its state and send this again",
            thread_id=thread_id,
        )
    return None


def _is_open(interrupt_id: InterruptId, before: CommittedState, batch: Batch) -> bool:
    question = batch.interrupts.get(interrupt_id) or before.questions.get(interrupt_id)
    return question is not None and question.status == "pending"


def _head(thread_id: str, before: CommittedState, batch: Batch) -> CheckpointId | None:
    in_batch = (one.checkpoint_id for one in reversed(batch.checkpoints) if one.thread_id == thread_id)
    return next(in_batch, before.heads[batch.workspace, thread_id])
