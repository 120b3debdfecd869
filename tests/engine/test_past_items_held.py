"""Lists of the past: two are held at the same time, whoever asks for more of them."""

import asyncio

from streamd.core.item import Seq
from streamd.engine.delivery import PastItems
from streamd.ports.store import ItemsThen
from streamd.stores._past_in_memory import ItemsInMemory
from streamd.stores.memory import MemoryStore


class CountingStore(MemoryStore):
    """Counts the lists that it made."""

    made: int = 0

    async def items_at(self, workspace: str, seq: Seq) -> ItemsThen | None:
        self.made += 1
        return None if seq > 100 else ItemsInMemory(())


async def test_a_third_list_waits_until_nobody_looks_at_one_of_two() -> None:
    store = CountingStore()
    past = PastItems(store)
    looked = asyncio.Event()

    async def look(seq: int) -> None:
        async with past.at("hall", Seq(seq)):
            await looked.wait()

    async with asyncio.timeout(10):
        async with past.at("hall", Seq(1)), past.at("hall", Seq(2)), past.at("hall", Seq(1)):
            assert store.made == 2
            third = asyncio.create_task(look(3))
            await asyncio.sleep(0)
            past.forget_unused()
            past.forget_unused()
            await asyncio.sleep(0)
            assert store.made == 2
        looked.set()
        await third
        assert store.made == 3


async def test_what_is_not_known_takes_no_place() -> None:
    past = PastItems(CountingStore())
    async with asyncio.timeout(10):
        for seq in range(200, 210):
            async with past.at("hall", Seq(seq)) as found:
                assert found is None
        async with past.at("hall", Seq(1)) as found:
            assert found == ItemsInMemory(())
