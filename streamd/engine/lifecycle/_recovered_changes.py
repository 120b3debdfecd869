"""Recovered changes: item changes from before a daemon crash, of a run that ends without replaying them."""

from collections.abc import Mapping
from typing import Final

import attrs
import orjson

from streamd.core.run import Response, RunRecord
from streamd.engine.live import LiveRun
from streamd.errors import StreamdError

_CHANGE_KINDS: Final[Mapping[str, str]] = {
    "item_added": "added",
    "item_removed": "removed",
    "item_updated": "changed",
    "field_changed": "changed",
}


async def with_recovered_changes(run: LiveRun, last: Response) -> Response:
    """Return the last response with all changes of the run, whichever process made them.

    A resumed run counts its earlier changes as they are replayed; one that is stopped before that, or is not
    resumed at all, is counted by the events that it emitted.
    """
    if not run.state.is_replay or last.type not in ("cancelled", "error"):
        return last
    outcome = run.state.changes.outcome
    recovered = {
        "added": dict.fromkeys(outcome.added),
        "removed": dict.fromkeys(outcome.removed),
        "changed": dict.fromkeys(outcome.changed),
    }
    try:
        await run.services.journal.flushed(run.record.workspace, run.flow)
        if not run.replay.is_loaded:  # it ends without being resumed: open brackets on its stream are closed
            await run.replay.load([run.record.run_id])
            run.output.brackets.restore(run.replay.brackets)
        bodies = await run.replay.bodies(run.record.run_id)
    except StreamdError:
        return last  # the store is gone: ending the run matters more than its summary
    for body in bodies:
        response = orjson.loads(body)
        if response["type"] in _CHANGE_KINDS:
            recovered[_CHANGE_KINDS[response["type"]]][response["item_id"]] = None
    if last.data is None and not any(recovered.values()):
        return last
    return attrs.evolve(
        last, data={**(last.data or {}), **{kind: list(ids) for kind, ids in recovered.items()}}
    )


def cancel_key(record: RunRecord) -> str:
    """Return the key under which a run's cancellation is persisted: after a crash, no daemon may resume it."""
    return f"cancelled-{record.run_id}"
