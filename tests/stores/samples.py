"""Batches as the engine makes them, short to write."""

from collections.abc import Mapping
from contextlib import aclosing

import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.memory import Memory, MemoryFilter, MemoryId, MemoryKind
from streamd.core.position import StreamName, workspace_of, workspace_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunId, RunRecord, RunRequest, RunStatus
from streamd.core.thread import (
    Checkpoint,
    CheckpointId,
    Interrupt,
    InterruptId,
    InterruptStatus,
    StreamCheckpoint,
)
from streamd.core.values import Value
from streamd.ports.store import Batch, NewEntry, OpResult, PastEvent, Retention, Store
from tests.support.streams import all_entries

HALL = workspace_stream("hall")


def entry(seq: int, stream: StreamName = HALL, *, at_ms: int = 1_000, text: str = "") -> NewEntry:
    body = orjson.dumps({"told": text or f"{stream} {seq}"})
    return NewEntry(stream, Seq(seq), body, at_ms, "field_changed", "inventory")


def item(item_id: str, added: int, *, kind: str = "inventory", **fields: Value) -> Item:
    values: dict[str, Value] = {"type": kind, "name": f"The {item_id}", **fields}
    seq = Seq(added)
    return Item(ItemId(item_id), values, dict.fromkeys(values, seq), seq, seq)


def changed(before: Item, version: int, **fields: Value) -> Item:
    seq = Seq(version)
    versions = {**before.versions, **dict.fromkeys(fields, seq)}
    return Item(before.id, {**before.fields, **fields}, versions, seq, before.added)


def removed(item_id: str, version: int) -> Tombstone:
    return Tombstone(ItemId(item_id), Seq(version))


def holding(*items: Item | Tombstone) -> dict[ItemId, Item | Tombstone]:
    return {one.id: one for one in items}


def run(
    run_id: str,
    status: RunStatus = "running",
    *,
    started_ms: int = 10,
    ended_ms: int | None = None,
    thread_id: str = "thread",
    workspace: str = "hall",
    scope: str = "",
    owner: str = "",
) -> RunRecord:
    request = RunRequest(
        "Count the boxes",
        {"type": "inventory"},
        "ann",
        workspace,
        request_id={"n": 1},
        principal=ANONYMOUS_PRINCIPAL,
    )
    return RunRecord(
        RunId(run_id),
        thread_id,
        request,
        "inventory_agent",
        status,
        started_ms,
        ended_ms,
        scope=scope or run_id,
        owner=owner,
    )


def runs(*records: RunRecord) -> dict[RunId, RunRecord]:
    return {record.run_id: record for record in records}


def result(op_id: str, *, at_ms: int = 1_000, scope: str = "hall/ann") -> OpResult:
    return OpResult(scope, op_id, orjson.dumps({"seq": at_ms}), at_ms)


async def commit(store: Store, *batches: Batch) -> None:
    """Commit batches that must all be accepted; raises why the first was not."""
    for refused in await store.commit(batches):
        if refused is not None:
            raise refused


async def trim(store: Store, retention: Retention) -> int:
    """Commit the removal of all that retention no longer wants; returns how many entries went."""
    gone = 0
    async with aclosing(store.removals(retention)) as slices:
        async for removals in slices:
            assert removals
            await commit(store, *(Batch(removal.workspace, removals=[removal]) for removal in removals))
            gone += sum(removal.entries for removal in removals)
    return gone


async def put_demand(store: Store, days: Mapping[tuple[ItemId, str], float], workspace: str = "hall") -> None:
    await commit(store, Batch(workspace, demand=dict(days)))


async def clear(store: Store, wanted: MemoryFilter) -> int:
    """Commit that all are forgotten that are wanted; returns how many there were."""
    gone = 0
    while found := await store.memories.clearable(wanted, 100):
        await commit(store, Batch(wanted.workspace, forgotten=list(found)))
        gone += len(found)
    return gone


async def tell(store: Store, *seqs: int, stream: StreamName = HALL, at_ms: int = 1_000) -> None:
    """Commit entries at these positions."""
    told = [entry(seq, stream, at_ms=at_ms) for seq in seqs]
    await commit(store, Batch(workspace_of(stream), told))


async def positions(store: Store, stream: StreamName = HALL, after: int = 0) -> list[int]:
    return [told.seq for told in await all_entries(store, stream, after)]


def checkpoint(
    number: int, *, thread_id: str = "thread", workspace: str = "hall", at_ms: int = 1_000
) -> Checkpoint:
    return Checkpoint(
        CheckpointId(f"checkpoint-{number}"), workspace, thread_id, RunId("r"), None, "node", at_ms, "essay_agent",
        "generate", ("reflect",), {"draft": number}, {"visits": {"generate": 1}},
        principal=ANONYMOUS_PRINCIPAL,
    )  # fmt: skip


def interrupt(
    interrupt_id: str,
    status: InterruptStatus = "pending",
    *,
    thread_id: str = "thread",
    workspace: str = "hall",
    at_ms: int = 1_000,
) -> Interrupt:
    return Interrupt(
        InterruptId(interrupt_id), workspace, thread_id, RunId("r"), "essay_agent", "generate", "confirmation",
        "Remove 40 items?", at_ms, status=status,
    )  # fmt: skip


def interrupts(*questions: Interrupt) -> dict[InterruptId, Interrupt]:
    return {one.interrupt_id: one for one in questions}


def stream_checkpoint(
    run_id: str = "r", step: str = "generate#1:t0", *, content: str = "Once", expires_ms: int = 5_000
) -> StreamCheckpoint:
    return StreamCheckpoint(RunId(run_id), step, len(content), content, {"model": "m"}, "digest", expires_ms)


def memory(
    memory_id: str,
    text: str,
    *,
    kind: MemoryKind = "interaction",
    agent: str = "inventory_agent",
    user_id: str = "ann",
    workspace: str = "hall",
    at_ms: int = 1_000,
) -> Memory:
    return Memory(MemoryId(memory_id), workspace, agent, user_id, kind, text, at_ms, {"id": memory_id})


async def events_of(store: Store, run: RunRecord) -> list[PastEvent]:
    """All item events that a run caused."""
    found: list[PastEvent] = []
    await store.events_of_run(run, found.extend)
    return found


def caused(
    seq: int, run_id: str | None, *, at_ms: int = 1_000, event_type: str = "field_changed"
) -> NewEntry:
    """An item event of a run (None: of a person)."""
    body: dict[str, object] = {
        "event_type": event_type, "item_id": f"item-{seq}", "data": {"quantity": seq + 1},
        "timestamp": "2026-11-20T09:30:00.000Z", "agent_id": "user", "user_id": "ann",
    }  # fmt: skip
    if run_id is not None:
        body["run_id"] = run_id
    return NewEntry(
        HALL, Seq(seq), orjson.dumps(body), at_ms, event_type, "inventory", b'{"quantity":%d}' % seq
    )
