"""What runs read of the items, and what they write: as much as their requests are about, however many items there are."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from streamd.agents import all_agents
from streamd.config import shipped_item_types
from streamd.core.change import AddItem, ChangeItem, RemoveItem
from streamd.core.declared.declarations import item_types_from
from streamd.core.item import Item, ItemId, Known, Seq
from streamd.core.run import Response
from streamd.core.values import Value
from streamd.engine.engine import Engine
from streamd.errors import StoreError
from streamd.language import English
from streamd.ports.agent import Agent, Run
from streamd.ports.store import Batch, VisitBodies
from streamd.stores.memory import MemoryStore
from tests.support.engines import done, engine_on, submit
from tests.support.runs import begin, ended, told

MANY = 1_500


@attrs.define
class CountingStore(MemoryStore):
    """The store in memory, which counts the items that are read and the bytes that are written."""

    items_read: int = 0
    bytes_written: int = 0

    async def items(self, workspace: str, item_types: frozenset[str] | None = None) -> Sequence[Item]:
        found = await MemoryStore.items(self, workspace, item_types)
        self.items_read += len(found)
        return found

    async def page(self, workspace: str, item_type: str | None, after: Seq, limit: int) -> Sequence[Item]:
        found = await MemoryStore.page(self, workspace, item_type, after, limit)
        self.items_read += len(found)
        return found

    async def snapshot(self, workspace: str, item_types: frozenset[str] | None, visit: VisitBodies) -> Seq:
        def counted(bodies: Sequence[bytes]) -> None:
            self.items_read += len(bodies)
            visit(bodies)

        return await MemoryStore.snapshot(self, workspace, item_types, counted)

    async def known(self, ids: Iterable[tuple[str, ItemId]]) -> Mapping[tuple[str, ItemId], Known]:
        found = await MemoryStore.known(self, ids)
        self.items_read += len(found)
        return found

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        written = await MemoryStore.commit(self, batches)
        for batch in batches:
            self.bytes_written += _size(batch)
        return written


def _size(value: Any) -> int:
    """Bytes of all texts in a value, and two for each number."""
    if isinstance(value, str | bytes):
        return len(value)
    if attrs.has(type(value)):
        return sum(map(_size, attrs.astuple(value, recurse=False)))
    if isinstance(value, Mapping):
        return sum(_size(key) + _size(one) for key, one in value.items())
    return sum(map(_size, value)) if isinstance(value, Iterable) else 2


@asynccontextmanager
async def warehouse(count: int, *agents: Agent) -> AsyncIterator[tuple[Engine, CountingStore]]:
    """An engine with all built-in agents, over so many items."""
    store = CountingStore()
    types = item_types_from(shipped_item_types())
    async with engine_on(store, None, *all_agents(English()).values(), *agents, types=types) as engine:
        for number in range(count):
            fields: dict[str, Value] = {
                "type": "inventory",
                "name": f"Widget {number:05}",
                "sku": f"WID-{number:05}",
                "current_stock": 9,
            }
            await done(submit(engine, AddItem(ItemId(f"w{number}"), fields)))
        yield engine, store


async def ask(engine: Engine, text: str, agent: str = "") -> Mapping[str, Any]:
    """The last response of a run for a request."""
    run = await ended(begin(engine, agent, text))
    last = (await told(engine.store, run.record.run_id))[-1]
    assert last["type"] == "complete", last
    return last["data"] or {}


@pytest.mark.parametrize(
    "request_text",
    ["Add an inventory item named Zed", "Set the stock of Widget 00007 to 5", "Remove WID-00008"],
)
async def test_a_run_that_touches_one_item_costs_the_same_among_few_and_many(request_text: str) -> None:
    costs = []
    for count in (20, MANY):
        async with warehouse(count) as (engine, store):
            await ask(engine, "Remove Widget 00001")  # the first request in a workspace reads all items
            store.items_read = store.bytes_written = 0
            did = await ask(engine, request_text)
            assert sum(len(did[kind]) for kind in ("added", "changed", "removed")) == 1
            costs.append((store.items_read, store.bytes_written))
    (few_read, few_written), (many_read, many_written) = costs
    assert many_read <= few_read + 2
    assert many_read < 20
    assert many_written < few_written * 1.1 + 100
    assert many_written < 10_000  # with names that the store keeps once


async def test_names_are_known_as_others_have_just_left_them() -> None:
    async with warehouse(5) as (engine, _):
        await ask(engine, "Set the stock of Widget 00002 to 5")
        await done(submit(engine, ChangeItem(ItemId("w2"), {"name": "Sprocket"})))
        await done(submit(engine, RemoveItem(ItemId("w3"), "gone")))
        await done(submit(engine, AddItem(ItemId("n1"), {"type": "inventory", "name": "Newcomer"})))
        assert (await ask(engine, "Set the stock of Sprocket to 6"))["changed"] == ["w2"]
        assert (await ask(engine, "Set the stock of Newcomer to 6"))["changed"] == ["n1"]
        for gone in ("Widget 00002", "Widget 00003"):
            assert "refusal" in await ask(engine, f"Set the stock of {gone} to 7")


async def test_more_changes_than_one_slice_are_followed() -> None:
    async with warehouse(5) as (engine, store):
        await ask(engine, "Set the stock of Widget 00002 to 5")
        for number in range(1_200):
            later = AddItem(ItemId(f"l{number}"), {"type": "inventory", "name": f"Later {number}"})
            await done(submit(engine, later))
        store.items_read = 0
        assert (await ask(engine, "Set the stock of Later 1199 to 6"))["changed"] == ["l1199"]
        assert store.items_read < 1_300  # the new ones, not all


async def test_a_vocabulary_that_nobody_uses_is_made_anew() -> None:
    async with warehouse(50) as (engine, store):
        vocabularies = engine.runs.services.shared_items.vocabularies
        await ask(engine, "Set the stock of Widget 00002 to 5")
        vocabularies.forget_unused(0.0)
        store.items_read = 0
        await ask(engine, "Set the stock of Widget 00002 to 6")
        assert store.items_read >= 50


async def test_a_change_conflicts_with_one_made_since_the_request_was_understood() -> None:
    async def meddles(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "waiting")
        await done(submit(engines[0], ChangeItem(ItemId("w2"), {"current_stock": 7})))
        await run.carry_out(run.understanding.calls)

    engines: list[Engine] = []
    async with warehouse(5, Agent("meddles", meddles)) as (engine, _):
        engines.append(engine)
        did = await ask(engine, "Set the stock of Widget 00002 to 5", "meddles")
    assert did["changed"] == []
    assert len(did["refused"]) == 1
