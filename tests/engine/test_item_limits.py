"""Limits of items: whatever makes one larger is refused beyond them, and what is too large already can only shrink."""

import asyncio
from pathlib import Path

import orjson
import pytest

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.declared.item_limits import ItemLimits
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import workspace_stream
from streamd.engine.engine import Engine
from streamd.engine.journal import Receipt
from streamd.engine.journal.undo_writes import revert_change
from streamd.errors import TooLargeError
from streamd.ports.store import Entry, Store
from streamd.stores.memory import MemoryStore
from streamd.stores.sqlite import open_sqlite
from tests.support.engines import ANN, done, engine_on, submit

HALL = workspace_stream("hall")
SMALL = ItemTypes(limits=ItemLimits(max_bytes=1_000, max_list_members=5))
A = ItemId("a")


def add(item_id: str = "a", **fields: object) -> AddItem:
    return AddItem(ItemId(item_id), {"type": "note", "name": "n", **fields})  # type: ignore[dict-item]  # JSON


async def refusal(engine: Engine, *changes: Change) -> TooLargeError:
    outcome = await submit(engine, *changes)
    assert isinstance(outcome, TooLargeError), outcome
    return outcome


async def undone(engine: Engine, store: Store, seq: int) -> Receipt:
    return await revert_change(engine.journal, store, "hall", Seq(seq), ANN, None)


async def size_of(store: Store, item_id: ItemId = A) -> int:
    item = (await store.known([("hall", item_id)]))["hall", item_id]
    assert isinstance(item, Item)
    return len(orjson.dumps(item.flat()))


async def full(engine: Engine, store: Store, most: int = 1_000, **fields: object) -> None:
    """Add an item that is as large as it may be."""
    await done(submit(engine, add("a", text="", **fields)))
    await done(submit(engine, ChangeItem(A, set={"text": "x" * (most - await size_of(store))})))
    assert await size_of(store) == most


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (ChangeItem(A, set={"text": "x" * 2_000}), "text"),
        (ChangeItem(A, set={"more": 1}), "more"),
        (ChangeItem(A, inc={"count": 1}), "count"),
        (ChangeItem(A, add_to_set={"tags": ("b",)}), "tags"),
        (ChangeItem(A, set={"name": "longer", "count": 8}), "count"),
    ],
    ids=["a longer text", "another field", "a digit more", "a member more", "a longer name"],
)
async def test_no_change_makes_an_item_larger_than_the_limit(change: Change, path: str) -> None:
    store = MemoryStore()
    async with engine_on(store, types=SMALL) as engine:
        await full(engine, store, count=9, tags=["a"])
        error = await refusal(engine, change)
        assert error.details["item_id"] == "a"
        assert error.details["limit"] == 1_000
        assert isinstance(error.details["size"], int)
        assert error.details["size"] > 1_000
        assert error.details["path"] == path
        assert await size_of(store) == 1_000
        await done(submit(engine, ChangeItem(A, inc={"count": -1})))


async def test_a_new_item_is_no_larger_either() -> None:
    async with engine_on(MemoryStore(), types=SMALL) as engine:
        error = await refusal(engine, add(text="x" * 1_000))
        assert error.details["path"] == "item"
        await refusal(engine, add("b"), add("c", text="x" * 1_000))
        assert (await done(submit(engine, add("b")))).results[0]["seq"] == 1  # nothing of the others was made


async def test_a_list_has_a_number_of_members() -> None:
    async with engine_on(MemoryStore(), types=SMALL) as engine:
        error = await refusal(engine, add(tags=[1, 2, 3, 4, 5, 6]))
        assert (error.details["path"], error.details["size"], error.details["limit"]) == ("item.tags", 6, 5)
        await done(submit(engine, add(tags=[1, 2, 3])))
        await done(submit(engine, ChangeItem(A, add_to_set={"tags": (3, 4, 5)})))
        assert (await refusal(engine, ChangeItem(A, add_to_set={"tags": (6,)}))).details["path"] == "tags"


async def test_what_was_too_large_before_can_be_read_and_shrink_and_go_but_not_grow() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add(text="x" * 3_000, count=9, tags=list(range(9)))))
        await done(submit(engine, add("b", text="x" * 3_000)))
    async with engine_on(store, types=SMALL) as engine:
        await refusal(engine, ChangeItem(A, inc={"count": 1}))
        await done(submit(engine, ChangeItem(A, set={"count": 8})))
        await done(submit(engine, ChangeItem(A, set={"tags": list(range(8))})))
        await refusal(engine, ChangeItem(A, set={"tags": list(range(9))}))
        await done(submit(engine, ChangeItem(A, set={"text": "x" * 2_000})))
        with pytest.raises(TooLargeError) as refused:
            await undone(engine, store, 5)
        assert refused.value.message.startswith("change 5 cannot be undone: item a would have")
        await done(submit(engine, ChangeItem(A, unset=("text",))))
        await done(submit(engine, ChangeItem(A, inc={"count": 100})))
        await done(submit(engine, RemoveItem(ItemId("b"))))
        with pytest.raises(TooLargeError):
            await undone(engine, store, 8)


async def test_undo_makes_no_item_larger_than_the_limit() -> None:
    store = MemoryStore()
    async with engine_on(store, types=SMALL) as engine:
        await done(submit(engine, add(one="x" * 600)))
        await done(submit(engine, ChangeItem(A, unset=("one",))))
        await done(submit(engine, ChangeItem(A, set={"other": "x" * 600})))
        with pytest.raises(TooLargeError):
            await undone(engine, store, 2)


async def test_a_list_that_grows_keeps_only_what_came_for_undo(tmp_path: Path) -> None:
    tags = [f"member {number:05}" for number in range(3_000)]
    async with open_sqlite(str(tmp_path / "streamd.db")) as store, engine_on(store) as engine:
        await done(submit(engine, add(tags=tags[:1_500])))
        waiting = [submit(engine, ChangeItem(A, add_to_set={"tags": (one,)})) for one in tags[1_500:1_600]]
        await asyncio.gather(*map(done, waiting))
        await done(submit(engine, ChangeItem(A, set={"tags": [*tags[:700], *tags[705:1_600]]})))
        kept: list[Entry] = []
        while block := await store.entries(HALL, Seq(1 + len(kept)), 1_000, with_before=True):
            kept += block
        assert sum(len(entry.before or b"") for entry in kept) < 101 * 120
        assert orjson.loads(kept[-1].body)["data"] == {"tags": [*tags[:700], *tags[705:1_600]]}

        await undone(engine, store, 102)
        item = (await store.items("hall"))[0]
        assert item.fields["tags"] == tags[:1_600]
        past = await store.items_at("hall", Seq(50))
        assert past is not None
        assert next(past.blocks())[0].fields["tags"] == tags[:1_549]
