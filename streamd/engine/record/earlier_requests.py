"""Earlier requests of a run's thread, or of its user: which of them changed items last."""

from collections.abc import Sequence
from typing import Final

import orjson

from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.engine.record.run_chain import chain_of
from streamd.errors import BusyError
from streamd.ports.store import UNFINISHED, PastEvent, Store

_MOST_RUNS: Final = 50
"""Earlier runs among which the last one that changed something is looked for."""


async def last_changing_request(store: Store, record: RunRecord) -> Sequence[RunId] | None:
    """Return the runs of the last request that changed items and did not only undo another one, the oldest first.

    A request on a named thread is compared with those of the thread, any other with those of its user. Raises BusyError where
    that request is going on.
    """
    thread_id = record.request.thread_id
    wanted = RunFilter(thread_id=thread_id) if thread_id else RunFilter(user_id=record.user_id)
    own = await chain_of(store, record)
    for earlier in await store.runs(record.workspace, wanted, _MOST_RUNS, own[0]):
        if not await _changed_something(store, earlier):
            continue
        if earlier.status in UNFINISHED:
            raise BusyError(f"run {earlier.run_id} is going on; cancel it or wait for it, then undo it")
        return await chain_of(store, earlier)
    return None


async def _changed_something(store: Store, record: RunRecord) -> bool:
    """Whether a run changed items otherwise than by an undo."""
    found = False

    def visit(events: Sequence[PastEvent]) -> None:
        nonlocal found
        found = found or not all(orjson.loads(event.body).get("undoes") for event in events)

    await store.events_of_run(record, visit)
    return found
