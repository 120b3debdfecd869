"""The items as a node first read them, before it was restarted, without its own changes since."""

from collections.abc import Collection, Sequence

from streamd.core.declared.relations import with_names
from streamd.core.item import Item, ItemId, Seq
from streamd.core.undo import Past, items_before
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun, Reading
from streamd.engine.record import RecordedCalls, chain_of
from streamd.ports.store import PastEvent, past_change


async def as_first_read(run: LiveRun, calls: RecordedCalls, reading: Reading) -> Sequence[Item]:
    """Return the items as they were when the next recorded call of a replay was decided; as they are when there is none."""
    base = await calls.base() if run.replay.is_replay else None
    if base is None:
        return reading.items
    past = Past()

    def visit(events: Sequence[PastEvent]) -> None:
        past.add(past_change(event) for event in events if event.seq > base)

    for run_id in await chain_of(run.services.store, run.record):
        record = await run.services.store.run(run.record.workspace, run_id)
        if record is not None:
            await run.services.store.events_of_run(record, visit)
    items = items_before(reading.stored, past.shortened(), calls.places)
    return with_names(items, run.services.types, items)


async def read_anew(run: LiveRun, key: str) -> Reading:
    """Read all items as they are now, for a call of a tool; in a replay as this call read them first, if that is kept."""
    run.check("read")
    shared, workspace, name = run.services.shared_items, run.record.workspace, f"{key}:read"
    recorded = await run.replay.result(name)
    reading = None if recorded is None else await shared.read_at(workspace, Seq(int(recorded)))
    if reading is None:
        reading = await shared.read(workspace)
        run.output.persist(RunUpdates(results=(run.output.result(name, str(reading.top).encode()),)))
    if run.state.changes.base is None:
        run.state.changes.base = reading.top
    return reading


async def items_of(run: LiveRun, calls: RecordedCalls, *, fresh: bool = False) -> Sequence[Item]:
    """Return all items as the run read them first, or as they are now."""
    reading = await run.read_items(fresh=fresh)
    return await as_first_read(run, calls, reading)


async def some_items_of(run: LiveRun, calls: RecordedCalls, ids: Collection[ItemId]) -> Sequence[Item]:
    """Return some items, in the order of the ids; as the node first read them in a replay, or where the run has read all."""
    run.check("read")
    if run.replay.is_replay or run.state.changes.reading is not None:
        read = {item.id: item for item in await items_of(run, calls)}
        return [read[one] for one in ids if one in read]
    await run.base()
    return await run.services.shared_items.of(run.record.workspace, ids)
