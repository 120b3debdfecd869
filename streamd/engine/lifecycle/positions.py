"""Where a run stands, as a checkpoint of its thread, and back."""

from collections.abc import Mapping
from typing import Any, cast

import attrs

from streamd.core.item import ItemId
from streamd.core.run import Response
from streamd.core.thread import Checkpoint, CheckpointId, CheckpointSource
from streamd.engine.live.live_run import LiveRun
from streamd.engine.record.recorded_understanding import dumped_understanding, loaded_understanding
from streamd.engine.steps.graph_walk import Place
from streamd.ids import time_ordered_id
from streamd.ports.agent import Outcome


def checkpoint(run: LiveRun, place: Place, node: str, source: CheckpointSource) -> Checkpoint:
    """Where the run stands, as the newest checkpoint of its thread; the run goes on from it."""
    parent, work = run.point, run.work
    now_ms = run.equipment.clock.now_ms()
    if parent is not None:
        now_ms = max(
            now_ms, parent.at_ms + 1
        )  # ids sort by time, and two nodes may be done within a millisecond
    progress: dict[str, object] = {
        **place.dumped(),
        "understanding": dumped_understanding(run.understanding),
        "outcome": attrs.asdict(work.outcome),
        "names": dict(work.own_names),
        "versions": dict(work.versions),
        "touched": work.touched,
        "removed_unasked": work.removed_unasked,
        "consulted": run.consulted,
        "found": run.found,
        "passed": run.passed,
        "continues": run.continues,
    }
    if run.conclusion is not None:
        progress["conclusion"] = [run.conclusion.message, run.conclusion.extra]
    made = Checkpoint(
        CheckpointId(time_ordered_id("checkpoint", now_ms)),
        run.record.workspace, run.record.thread_id, run.record.run_id,
        parent.checkpoint_id if parent is not None else None,
        source, now_ms, run.record.agent, node, place.next, dict(place.state), progress,
    )  # fmt: skip
    run.point = made
    return made


def come_back(run: LiveRun, point: Checkpoint) -> Place:
    """Put a run where a checkpoint, of its own or of the run that it continues, says that it stood."""
    read = cast("Mapping[str, Any]", point.progress)
    run.point = point
    run.attribute(point.agent)
    run.passed = bool(read.get("passed", False))
    run.continues = bool(read.get("continues", False))
    if "understanding" in read:
        run.understanding = loaded_understanding(read["understanding"])
    run.consulted = bool(read.get("consulted", False))
    run.found = read.get("found", "")
    if "conclusion" in read:
        message, extra = read["conclusion"]
        run.conclusion = Response("complete", message, extra=extra)
    work = run.work
    work.take_up(Outcome(**read.get("outcome", {})))
    work.own_names = {ItemId(item_id): name for item_id, name in read.get("names", {}).items()}
    work.versions = dict(read.get("versions", {}))
    work.touched = read.get("touched", 0)
    work.removed_unasked = read.get("removed_unasked", 0)
    return Place.loaded(point.state, point.next, read)
