"""Recounting: what a run did to items before the daemon died, when it ends before it has come to that point again."""

from collections.abc import Mapping
from typing import Final

import attrs
import orjson

from streamd.core.run import Response, RunRecord
from streamd.engine.live import LiveRun
from streamd.errors import StreamdError

_TOLD: Final[Mapping[str, str]] = {
    "item_added": "added",
    "item_removed": "removed",
    "item_updated": "changed",
    "field_changed": "changed",
}


async def with_recovered_changes(run: LiveRun, last: Response) -> Response:
    """A last response that says all that was done, whichever process did it.

    A run that was begun again counts what it had done as it is given back; one that is stopped before that, or not begun
    again at all, is counted by what it told.
    """
    if not run.state.is_replay or last.type not in ("cancelled", "error"):
        return last
    outcome = run.state.changes.outcome
    told = {
        "added": dict.fromkeys(outcome.added),
        "removed": dict.fromkeys(outcome.removed),
        "changed": dict.fromkeys(outcome.changed),
    }
    try:
        await run.services.journal.flushed()
        if (
            not run.replay.is_loaded
        ):  # it ends before it was gone on with: what stands open on its stream is closed
            await run.replay.load([run.record.run_id])
            run.output.brackets.restore(run.replay.brackets)
        bodies = await run.replay.bodies(run.record.run_id)
    except StreamdError:
        return last  # the store is gone: that the run ends is more than what it says
    for body in bodies:
        response = orjson.loads(body)
        if response["type"] in _TOLD:
            told[_TOLD[response["type"]]][response["item_id"]] = None
    if last.data is None and not any(told.values()):
        return last
    return attrs.evolve(last, data={**(last.data or {}), **{kind: list(ids) for kind, ids in told.items()}})


def cancel_key(record: RunRecord) -> str:
    """Under which it is kept that somebody cancelled a run: also a daemon that dies right then must not go on with it."""
    return f"cancelled-{record.run_id}"
