"""Vocabularies of items: they follow all events, whatever their size."""

from streamd.core.change import AddItem
from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.engine.live.item_vocabularies import ItemVocabularies
from streamd.language import English
from streamd.stores.memory import MemoryStore
from tests.support.engines import add, done, engine_on, submit


async def test_events_that_are_long_are_all_followed() -> None:
    store = MemoryStore()
    vocabularies = ItemVocabularies(store, ItemTypes(), English())
    async with engine_on(store) as engine:
        await done(submit(engine, add("first")))
        async with vocabularies.newest("hall") as (_, vocabulary):
            assert len(vocabulary) == 1
        for number in range(30):
            long = {"type": "inventory", "name": f"i{number}", "note": "x" * 60_000}
            await done(submit(engine, AddItem(ItemId(f"i{number}"), long)))
        async with vocabularies.newest("hall") as (top, vocabulary):
            assert (top, len(vocabulary)) == (31, 31)
