"""Changes that remove an item and add another one in its place, and how they are undone."""

from collections.abc import Mapping

import pytest

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.item import Item, ItemId, Seq
from streamd.core.values import Value
from streamd.engine.engine import Engine
from streamd.engine.journal import ItemWrite, Receipt
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


async def undo_at(engine: Engine, receipt: Receipt, index: int) -> Receipt:
    """Undo a change by one of its events."""
    seq = receipt.results[index]["seq"]
    assert isinstance(seq, int)
    return await revert_change(engine.journal, engine.store, "hall", Seq(seq), ANN, None)


async def fields(engine: Engine) -> Mapping[str, Value]:
    item = (await engine.store.known([("hall", A)]))["hall", A]
    assert isinstance(item, Item)
    return item.fields


async def replaced(engine: Engine) -> Receipt:
    await done(submit(engine, FIRST))
    return await done(
        engine.journal.submit_for_result(
            lambda promise: ItemWrite("hall", REPLACED, ANN, promise, None, None, True)
        )
    )


@pytest.mark.parametrize("event", range(len(REPLACED)))
async def test_an_undo_of_any_of_its_events_gives_the_fields_back_and_so_does_an_undo_of_that(
    event: int,
) -> None:
    async with engine_on(MemoryStore()) as engine:
        receipt = await replaced(engine)
        undone = await undo_at(engine, receipt, event)
        assert await fields(engine) == FIRST.fields
        await undo_at(engine, undone, 0)
        assert await fields(engine) == {"type": "task", "name": "Second", "done": False, "text": "y"}


async def test_an_undo_is_refused_where_the_new_item_was_edited_since() -> None:
    async with engine_on(MemoryStore()) as engine:
        receipt = await replaced(engine)
        await done(submit(engine, ChangeItem(A, set={"name": "Third"})))
        with pytest.raises(ConflictError):
            await undo_at(engine, receipt, 0)
