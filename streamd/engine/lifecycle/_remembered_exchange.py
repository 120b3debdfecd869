"""The memory of a run that has completed: its question and its answer."""

from collections.abc import Sequence
from typing import Final

from streamd.core.memory import REPORT, Memory, MemoryId
from streamd.engine.live import LiveRun
from streamd.ids import derived_id

_MOST_CHARACTERS: Final = 2000


def memories_of(run: LiveRun, answered: str) -> Sequence[Memory]:
    """Make the memory of a run's exchange; none where the rules only refused, as no later answer can rest on that."""
    state, request = run.state, run.record.request
    outcome, actions = state.changes.outcome, set(state.understanding.intent.actions)
    by_rules = run.model.is_offline
    did = bool(outcome.added or outcome.removed or outcome.changed)
    understood_by_rules = by_rules and state.reads_understanding
    if understood_by_rules and state.understanding.refusal and not did:
        return ()
    is_report = (
        (understood_by_rules and actions == {"none"})
        or bool(actions & {"remember", "recall"})
        or (did and (by_rules or not run.output.partial_text))
    )
    memory = Memory(
        MemoryId(derived_id("memory", run.record.run_id, "interaction")),
        run.record.workspace, run.record.agent, run.record.user_id, "interaction",
        f"{request.user_input}\n{answered}"[:_MOST_CHARACTERS], run.services.clock.now_ms(),
        {"run_id": run.record.run_id, "thread_id": run.record.thread_id, REPORT: is_report},
    )  # fmt: skip
    return (memory,)
