"""Batches as the engine makes them, short to write."""

import orjson

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.position import StreamName, workspace_stream
from streamd.core.run import RunId, RunRecord, RunStatus
from streamd.core.values import Value
from streamd.ports.store import Batch, NewEntry, OpResult, Store

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


def holding(*items: Item | Tombstone, workspace: str = "hall") -> dict[tuple[str, ItemId], Item | Tombstone]:
    return {(workspace, one.id): one for one in items}


def run(
    run_id: str, status: RunStatus = "running", *, started_ms: int = 10, ended_ms: int | None = None
) -> RunRecord:
    return RunRecord(
        RunId(run_id), "hall", "thread", "ann", "inventory_agent", status, started_ms, ended_ms, {"n": 1}
    )


def runs(*records: RunRecord) -> dict[RunId, RunRecord]:
    return {record.run_id: record for record in records}


def result(op_id: str, *, at_ms: int = 1_000, scope: str = "hall/ann") -> OpResult:
    return OpResult(scope, op_id, orjson.dumps({"seq": at_ms}), at_ms)


async def tell(store: Store, *seqs: int, stream: StreamName = HALL, at_ms: int = 1_000) -> None:
    """Commit entries at these positions."""
    await store.commit(Batch([entry(seq, stream, at_ms=at_ms) for seq in seqs]))


async def positions(store: Store, stream: StreamName = HALL, after: int = 0) -> list[int]:
    return [told.seq for told in await store.entries(stream, Seq(after), 100_000)]
