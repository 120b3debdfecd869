"""Items as they were: whatever happened since, on every store, page by page."""

import random

import attrs
import pytest

from streamd.core.change import Change, ChangeItem, RemoveItem
from streamd.core.item import Item, ItemId, Seq
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.errors import GoneError, InvalidMessageError
from streamd.ports.store import ItemsThen, Retention, Store
from streamd.service import item_history, list_items
from streamd.service.actor import Actor
from streamd.service.use_case import Service
from streamd.stores.memory import MemoryStore
from tests.stores.samples import trim
from tests.support.engines import add, count, done, engine_on, submit

ACTOR = Actor.of(ANONYMOUS_PRINCIPAL, "hall")


def shown(items: list[Item]) -> list[tuple[int, dict[str, object]]]:
    return [(item.added, dict(item.flat())) for item in items]


def listed(then: ItemsThen) -> list[Item]:
    return [item for block in then.blocks() for item in block]


async def test_items_are_what_they_were_after_each_of_many_events(store: Store) -> None:
    chance = random.Random(7)
    names = [f"i{number}" for number in range(40)]
    known: dict[int, list[tuple[int, dict[str, object]]]] = {}
    there: set[str] = set()
    async with engine_on(store) as engine:
        for step in range(900):
            name = chance.choice(names)
            change: Change
            if name not in there:
                change = add(name, step)
                there.add(name)
            elif chance.random() < 0.3:
                change = RemoveItem(ItemId(name))
                there.discard(name)
            elif chance.random() < 0.5:
                change = ChangeItem(ItemId(name), set={"note": f"n{step}", "stock": None})
            else:
                change = count(name)
            seq = int(str((await done(submit(engine, change))).results[0]["seq"]))
            if step % 60 == 0 or step > 890:
                known[seq] = shown(list(await store.items("hall")))
        for seq, expected in known.items():
            then = await store.items_at("hall", Seq(seq))
            assert then is not None
            assert shown(listed(then)) == expected
        nothing = await store.items_at("hall", Seq(0))
        assert nothing is not None
        assert listed(nothing) == []
        assert await store.items_at("hall", Seq(max(known) + 1)) is None


async def test_the_past_of_long_items_is_whole_and_read_in_short_pages(store: Store) -> None:
    item_id, events = ItemId("long"), 60
    async with engine_on(store) as engine:
        service = Service(engine)
        await done(submit(engine, add(item_id)))
        for number in range(events):
            await done(submit(engine, ChangeItem(item_id, set={"note": f"{number:03}" * 20_000})))
        then = await store.items_at("hall", Seq(2))
        assert then is not None
        assert [str(one.fields["note"])[:3] for one in listed(then)] == ["000"]
        found: list[Seq] = []
        before: Seq | None = None
        has_more = True
        while has_more:
            page = await item_history(service, ACTOR, item_id, before=before, limit=50)
            found += [one.seq for one in page.changes]
            before, has_more = found[-1], page.has_more
        assert found == list(range(events + 1, 0, -1))


@attrs.define
class CountingStore(MemoryStore):
    """The store in memory, which counts how often the past was asked for."""

    reconstructed: int = 0

    async def items_at(self, workspace: str, seq: Seq) -> ItemsThen | None:
        self.reconstructed += 1
        return await MemoryStore.items_at(self, workspace, seq)


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_a_list_of_the_past_is_the_same_on_all_its_pages_and_reconstructed_once(limit: int) -> None:
    store = CountingStore()
    async with engine_on(store) as engine:
        service = Service(engine)
        made = await done(submit(engine, *(add(f"i{n}", n) for n in range(50)), add("other")))
        at = Seq(int(str(made.results[-1]["seq"])))
        then = shown(list(await store.items("hall")))
        for where in ((), (["stock", ">=", 10],)):
            found: list[Item] = []
            after, has_more = Seq(0), True
            while has_more:
                page = await list_items(service, ACTOR, at=at, after=after, limit=limit, where=where)
                assert page.seq == at
                assert len(page.items) <= limit
                found += page.items
                after, has_more = page.items[-1].added, page.has_more
                await done(
                    submit(engine, count(f"i{len(found) % 50}", 1000), add(f"new {len(found)} {where}"))
                )
            wanted = [each for each in then if not where or int(str(each[1].get("stock"))) >= 10]
            assert shown(found) == wanted
        assert store.reconstructed == 1
        engine.past_items.forget_unused()
        engine.past_items.forget_unused()
        await list_items(service, ACTOR, at=at, limit=1)
        assert store.reconstructed == 2


async def test_a_position_that_is_not_there_is_told() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        service = Service(engine)
        for number in range(5):
            await done(submit(engine, add(f"i{number}")))
        with pytest.raises(InvalidMessageError, match="above 5"):
            await list_items(service, ACTOR, at=Seq(6))
        await trim(store, Retention(entries=2, oldest_ms=0, results_oldest_ms=0))
        with pytest.raises(GoneError, match="begins at 4"):
            await list_items(service, ACTOR, at=Seq(1))
        assert len((await list_items(service, ACTOR, at=Seq(4))).items) == 4
