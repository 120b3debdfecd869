"""Where a run stands, as a checkpoint of its thread, and back."""

from collections.abc import Mapping
from typing import Any, cast

import attrs

from streamd.core.item import ItemId
from streamd.core.run import Response
from streamd.core.thread import Checkpoint, CheckpointId, CheckpointSource
from streamd.engine.live.live_run import LiveRun
from streamd.engine.record.recorded_understanding import dumped_understanding, loaded_understanding
from streamd.engine.steps.graph_walk import GraphCursor
from streamd.ids import time_ordered_id
from streamd.ports.agent import Outcome


def save(run: LiveRun, cursor: GraphCursor, node: str, source: CheckpointSource) -> Checkpoint:
    """Where the run stands, as the newest checkpoint of its thread; the run goes on from it."""
    parent, work = run.state.checkpoint, run.state.changes
    now_ms = run.services.clock.now_ms()
    if parent is not None:
        now_ms = max(
            now_ms, parent.at_ms + 1
        )  # ids sort by time, and two nodes may be done within a millisecond
    progress: dict[str, object] = {
        **cursor.as_json(),
        "understanding": dumped_understanding(run.state.understanding),
        "outcome": attrs.asdict(work.outcome),
        "names": dict(work.touched_names),
        "versions": dict(work.versions),
        "touched": work.touched,
        "removed_unasked": work.removed_unapproved,
        "consulted": run.state.reads_understanding,
        "found": run.state.last_message,
        "passed": run.state.breakpoint_approved,
        "continues": run.state.resumes_thread,
    }
    if run.state.conclusion is not None:
        progress["conclusion"] = [run.state.conclusion.message, run.state.conclusion.extra]
    made = Checkpoint(
        CheckpointId(time_ordered_id("checkpoint", now_ms)),
        run.record.workspace, run.record.thread_id, run.record.run_id,
        parent.checkpoint_id if parent is not None else None,
        source, now_ms, run.record.agent, node, cursor.next, dict(cursor.state), progress,
    )  # fmt: skip
    run.state.checkpoint = made
    return made


def restore(run: LiveRun, point: Checkpoint) -> GraphCursor:
    """Put a run where a checkpoint, of its own or of the run that it continues, says that it stood."""
    read = cast("Mapping[str, Any]", point.progress)
    run.state.checkpoint = point
    run.state.assign_agent(point.agent)
    run.state.breakpoint_approved = bool(read.get("passed", False))
    run.state.resumes_thread = bool(read.get("continues", False))
    if "understanding" in read:
        run.state.understanding = loaded_understanding(read["understanding"])
    run.state.reads_understanding = bool(read.get("consulted", False))
    run.state.last_message = read.get("found", "")
    if "conclusion" in read:
        message, extra = read["conclusion"]
        run.state.conclusion = Response("complete", message, extra=extra)
    work = run.state.changes
    work.restore(Outcome(**read.get("outcome", {})))
    work.touched_names = {ItemId(item_id): name for item_id, name in read.get("names", {}).items()}
    work.versions = dict(read.get("versions", {}))
    work.touched = read.get("touched", 0)
    work.removed_unapproved = read.get("removed_unasked", 0)
    return GraphCursor.from_json(point.state, point.next, read)
