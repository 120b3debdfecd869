"""Reads the committed state that a group of writes is decided on."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from streamd.core.change import RemoveItem
from streamd.core.declared.relations import ItemIndex
from streamd.core.item import Known, Seq
from streamd.core.position import StreamName, feed_of
from streamd.core.run import RunId
from streamd.core.thread import CheckpointId, Interrupt, InterruptId
from streamd.core.triggers.trigger import TriggerPosition
from streamd.core.values import spellings
from streamd.engine.journal._item_indexes import ItemIndexes
from streamd.engine.journal._known_items import ItemCache, ItemKey
from streamd.engine.journal.writes import (
    Barrier,
    DemandWrite,
    FeedWrite,
    ItemWrite,
    RemovalWrite,
    RunWrite,
    UpdateWrite,
    Write,
)
from streamd.errors import DamagedError
from streamd.facts import define
from streamd.ports.store import DemandKey, OpKey, Store


@define
class CommittedState:
    """The part of the committed state that deciding a group of writes needs, and the time."""

    known: dict[ItemKey, Known]
    results: dict[OpKey, bytes]
    tops: Mapping[StreamName, Seq]
    questions: Mapping[InterruptId, Interrupt]
    """Interrupts that writes want to close."""
    owners: Mapping[RunId, str]
    """Owners of runs that writes want to take over."""
    heads: Mapping[tuple[str, str], CheckpointId | None]
    """Newest checkpoints of threads, by workspace and thread, where writes depend on them."""
    demand: Mapping[DemandKey, float]
    now_ms: int
    indexes: Mapping[str, ItemIndex]
    """By workspace, where items are related; they follow the changes as these are decided."""
    triggers: Mapping[tuple[str, str], TriggerPosition]
    """By workspace and name, where writes move some."""
    results_ms: int = 0
    """The time by which results of operations are kept: never before that of others that are there."""


async def committed_state(
    store: Store,
    known_items: ItemCache,
    item_indexes: ItemIndexes,
    tops: dict[StreamName, Seq],
    writes: Sequence[Write],
    now_ms: int,
) -> CommittedState:
    """Read everything that deciding these writes needs, in as few reads as possible."""
    ids: list[ItemKey] = []
    ops: list[OpKey] = []
    streams: dict[StreamName, None] = {}
    questions: dict[InterruptId, Interrupt] = {}
    owners: dict[RunId, str] = {}
    heads: dict[tuple[str, str], CheckpointId | None] = {}
    days: list[DemandKey] = []
    edited: dict[str, None] = {}
    for write in writes:
        match write:
            case ItemWrite():
                ids += write.touched
                edited[write.workspace] = None
                streams[write.stream] = None
                if write.op is not None:
                    ops.append((write.workspace, *write.op))
                if write.run is not None:
                    streams[write.run] = None
            case RunWrite() | UpdateWrite():
                if isinstance(write, RunWrite):
                    streams[write.run] = None
                workspace, updates = write.workspace, write.updates
                ops += [(workspace, result.scope, result.op_id) for result in updates.results]
                for one in updates.broadcasts:
                    streams |= dict.fromkeys(feed_of(workspace, feed) for feed in one.feeds)
                for question in updates.closes:
                    with suppress(DamagedError):  # as if it were not there
                        found = await store.interrupt(workspace, question.interrupt_id)
                        if found is not None:
                            questions[found.interrupt_id] = found
                for claimed in updates.claims:
                    record = await store.run(workspace, claimed.run_id)
                    if record is not None:
                        owners[record.run_id] = record.owner
                for thread_id in updates.heads:
                    heads[workspace, thread_id] = await store.head(workspace, thread_id)
            case DemandWrite():
                days += [(write.workspace, row.item_id, row.date) for row in write.rows]
            case FeedWrite():
                streams[write.stream] = None
            case RemovalWrite() | Barrier():
                pass
    indexes = await item_indexes.read(edited)
    for write in writes if indexes else ():
        if isinstance(write, ItemWrite):
            ids.extend(_referring(write, indexes[write.workspace]))
    known = await known_items.read(ids)
    results = await store.results(ops) if ops else {}
    demand = await store.quantities(days) if days else {}
    found_tops: dict[StreamName, Seq] = {}  # its own, because the other lane may forget what is cached
    for stream in streams:
        top = tops.get(stream)
        if top is None:
            top = tops[stream] = (await store.span(stream)).top
        found_tops[stream] = top
    return CommittedState(
        known, dict(results), found_tops, questions, owners, heads, demand, now_ms, indexes,
        await _triggers(store, writes),
    )  # fmt: skip


async def _triggers(store: Store, writes: Sequence[Write]) -> Mapping[tuple[str, str], TriggerPosition]:
    """The positions of triggers, if any of the writes moves one."""
    others = [one for one in writes if not isinstance(one, ItemWrite)]  # of which there are few
    if not any(isinstance(one, RunWrite | UpdateWrite) and one.updates.trigger is not None for one in others):
        return {}
    return {one.key: one for one in await store.trigger_positions()}


def _referring(write: ItemWrite, index: ItemIndex) -> Iterable[ItemKey]:
    """The items that refer to those that a write removes: their references may be cleared with the removal."""
    return (
        (write.workspace, referring)
        for change in write.changes
        if isinstance(change, RemoveItem)
        for item_id in spellings(change.item_id)
        for referring in index.referring_to(item_id)
    )
