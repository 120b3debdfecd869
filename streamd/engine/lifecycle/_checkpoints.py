"""Saves the progress of a run as a checkpoint of its thread, and restores it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from streamd.core.json import json_codec
from streamd.core.thread import Checkpoint, CheckpointId, CheckpointSource, State
from streamd.engine.live import LiveRun, RunProgress
from streamd.engine.record import call_as_written_now
from streamd.ids import time_ordered_id

if TYPE_CHECKING:
    from streamd.engine.graph import GraphCursor

_RUN: Final = "run"
"""The key of the run's state in a checkpoint's `progress`; its other keys are the graph cursor's."""


def save(run: LiveRun, cursor: GraphCursor, node: str, source: CheckpointSource) -> Checkpoint:
    """Make the run's progress the newest checkpoint of its thread, and the run's own."""
    parent = run.state.checkpoint
    now_ms = run.services.clock.now_ms()
    state = run.state.for_another_run() if source == "end" else run.state
    made = Checkpoint(
        CheckpointId(time_ordered_id("checkpoint", now_ms)),
        run.record.workspace, run.record.thread_id, run.record.run_id,
        parent.checkpoint_id if parent is not None else None,
        source, now_ms, run.record.agent, node, cursor.next, dict(cursor.state),
        {**cursor.as_json(), _RUN: json_codec.as_json(state, RunProgress)},
        principal=run.record.request.principal,
    )  # fmt: skip
    run.state.checkpoint = made
    return made


def save_end(run: LiveRun, before: Checkpoint | None, state: State) -> Checkpoint:
    """Make the end of a run the newest checkpoint of its thread: with this state, and where its graph stopped in `before`."""
    from streamd.engine.graph import GraphCursor

    cursor, node = GraphCursor(dict(state), ()), ""
    if before is not None:
        cursor, node = GraphCursor.from_json(state, before.next, before.progress), before.node
    return save(run, cursor, node, "end")


def restore(run: LiveRun, checkpoint: Checkpoint) -> GraphCursor:
    """Restore a run from a checkpoint of its own or of the run that it resumes; whoever wrote the state limits it."""
    from streamd.engine.graph import GraphCursor

    progress = cast("Mapping[str, Any]", checkpoint.progress)
    run.state.restore(json_codec.from_json(RunProgress, _saved(progress)))
    run.state.checkpoint = checkpoint
    run.state.assign_agent(checkpoint.agent)
    run.state.limit_to(checkpoint.principal)
    return GraphCursor.from_json(checkpoint.state, checkpoint.next, progress)


def _saved(progress: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the run's progress in a checkpoint; streamd 0.1 wrote its parts beside the cursor's, under other names."""
    if _RUN in progress:
        return cast("Mapping[str, Any]", progress[_RUN])
    state: dict[str, Any] = {
        "changes": {
            "outcome": progress.get("outcome", {}),
            "touched_names": progress.get("names", {}),
            "versions": progress.get("versions", {}),
            "touched": progress.get("touched", 0),
            "removed_unapproved": progress.get("removed_unasked", 0),
        },
        "reads_understanding": progress.get("consulted", False),
        "last_message": progress.get("found", ""),
        "breakpoint_approved": progress.get("passed", False),
        "resumes_thread": progress.get("continues", False),
    }
    if "understanding" in progress:
        understanding = progress["understanding"]
        calls = [call_as_written_now(call) for call in understanding.get("calls", ())]
        state["understanding"] = {**understanding, "calls": calls}
    if "conclusion" in progress:
        message, extra = progress["conclusion"]
        state["conclusion"] = {"type": "complete", "message": message, "extra": extra}
    return state
