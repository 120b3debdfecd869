"""Changes that remove an item and add another one in its place, and how they are undone."""

import pytest

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.item import Item, ItemId, Seq
from streamd.engine.journal import ItemWrite
from streamd.engine.journal.undo_writes import revert_change
from streamd.errors import ConflictError
from streamd.stores.memory import MemoryStore
from tests.support.engines import ANN, done, engine_on, submit

A = ItemId("a")
FIRST = AddItem(A, {"type": "note", "name": "First", "text": "x", "count": 1})
REPLACED: tuple[Change, ...] = (
    ChangeItem(A, set={"count": 2}),
    RemoveItem(A),
    AddItem(A, {"type": "task", "name": "Second", "done": False}),
    ChangeItem(A, set={"text": "y"}),
)


@pytest.mark.parametrize("later", [None, {"name": "Third"}])
async def test_the_item_that_was_replaced_has_its_fields_again(later: dict[str, str] | None) -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        await done(submit(engine, FIRST))
        replaced = await done(
            engine.journal.submit_for_result(
                lambda promise: ItemWrite("hall", REPLACED, ANN, promise, None, None, True)
            )
        )
        if later is not None:
            await done(submit(engine, ChangeItem(A, set=later)))
            with pytest.raises(ConflictError):
                await revert_change(engine.journal, store, "hall", Seq(replaced.results[0]["seq"]), ANN, None)
            return
        undone = await revert_change(
            engine.journal, store, "hall", Seq(replaced.results[2]["seq"]), ANN, None
        )
        item = (await store.known([("hall", A)]))["hall", A]
        assert isinstance(item, Item)
        assert item.fields == FIRST.fields
        await revert_change(engine.journal, store, "hall", Seq(undone.results[0]["seq"]), ANN, None)
        item = (await store.known([("hall", A)]))["hall", A]
        assert isinstance(item, Item)
        assert item.fields == {"type": "task", "name": "Second", "done": False, "text": "y"}
