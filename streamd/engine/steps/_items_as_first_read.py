"""Rereading: the items as a node saw them before it was begun again, without what it has done to them since."""

from collections.abc import Sequence

from streamd.core.item import Item
from streamd.core.undo import PastChange, items_before
from streamd.engine.journal import past_change
from streamd.engine.live import LiveRun
from streamd.engine.record import RecordedCalls, chain_of


async def as_first_read(run: LiveRun, calls: RecordedCalls, items: Sequence[Item]) -> Sequence[Item]:
    """The items as they were when the next of the recorded calls was decided; as they are when there is none."""
    base = await calls.base()
    if base is None:
        return items
    past: list[PastChange] = []
    for run_id in await chain_of(run.services.store, run.record):
        record = await run.services.store.run(run.record.workspace, run_id)
        if record is not None:
            events = await run.services.store.events_of_run(record)
            past += [past_change(event) for event in events if event.seq > base]
    return items_before(items, past, calls.places)
