"""The items as a node first read them, before it was restarted, without its own changes since."""

from collections.abc import Sequence

from streamd.core.declared.relations import with_names
from streamd.core.item import Item
from streamd.core.undo import PastChange, items_before
from streamd.engine.live import LiveRun, Reading
from streamd.engine.record import RecordedCalls, chain_of
from streamd.ports.store import past_change


async def as_first_read(run: LiveRun, calls: RecordedCalls, reading: Reading) -> Sequence[Item]:
    """Return the items as they were when the next recorded call of a replay was decided; as they are when there is none."""
    base = await calls.base() if run.replay.is_replay else None
    if base is None:
        return reading.items
    past: list[PastChange] = []
    for run_id in await chain_of(run.services.store, run.record):
        record = await run.services.store.run(run.record.workspace, run_id)
        if record is not None:
            events = await run.services.store.events_of_run(record)
            past += [past_change(event) for event in events if event.seq > base]
    items = items_before(reading.stored, past, calls.places)
    return with_names(items, run.services.types, items)
