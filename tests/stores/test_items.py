"""What every store promises of items and demand."""

import asyncio

import orjson
import pytest

from streamd.core.item import Item, ItemId, Seq
from streamd.ports.store import Batch, Store
from tests.stores.samples import changed, commit, entry, holding, item, put_demand, removed, tell
from tests.support.snapshots import Snapshot, snapshot_of

BOX, CRATE, PALLET = item("box", 1), item("crate", 2, kind="supplier"), item("pallet", 3)


async def put(store: Store, *items: Item, workspace: str = "hall") -> None:
    await commit(store, Batch(workspace, items=holding(*items)))


async def ids(store: Store, workspace: str = "hall") -> list[str]:
    return [one.id for one in await store.items(workspace)]


async def test_an_item_comes_back_as_it_was_committed(store: Store) -> None:
    odd = item("ö/\"1'", 7, kind="läger", price=1.5, zero=0, n=2**53 - 1, yes=True, text="\u0000\n🚚", deep=[{"a": [None]}])  # fmt: skip
    await put(store, odd)
    assert await store.items("hall") == [odd]
    assert await store.known([("hall", odd.id)]) == {("hall", odd.id): odd}
    (body,) = (await snapshot_of(store, "hall")).items
    assert orjson.loads(body) == odd.flat()


async def test_numbers_keep_their_kind(store: Store) -> None:
    await put(store, item("box", 1, whole=2, real=2.0, flag=True))
    (found,) = await store.items("hall")
    assert [type(found.fields[name]) for name in ("whole", "real", "flag")] == [int, float, bool]


async def test_fields_keep_their_order(store: Store) -> None:
    await put(store, item("box", 1, z=1, a=2, m=3))
    (found,) = await store.items("hall")
    assert list(found.fields) == ["type", "name", "z", "a", "m"]


async def test_versions_of_fields_are_kept_also_of_removed_ones(store: Store) -> None:
    fields = {name: value for name, value in PALLET.fields.items() if name != "name"}
    pallet = Item(PALLET.id, fields, {**PALLET.versions, "name": Seq(9)}, Seq(9), PALLET.added)
    await put(store, PALLET)
    await put(store, pallet)
    assert await store.known([("hall", pallet.id)]) == {("hall", pallet.id): pallet}


async def test_a_change_replaces_an_item_in_its_place(store: Store) -> None:
    await put(store, BOX, CRATE)
    box = changed(BOX, 5, quantity=7)
    await put(store, box)
    assert await store.items("hall") == [box, CRATE]


async def test_an_item_may_change_its_type(store: Store) -> None:
    await put(store, BOX, CRATE)
    box = changed(BOX, 5, type="supplier")
    await put(store, box, changed(CRATE, 6, name="Crates"))
    assert await store.page("hall", "inventory", Seq(0), 10) == []
    assert await store.page("hall", "supplier", Seq(0), 10) == [box, changed(CRATE, 6, name="Crates")]


async def test_a_removed_item_leaves_a_mark(store: Store) -> None:
    await put(store, BOX, CRATE)
    gone = removed("box", 3)
    await commit(store, Batch("hall", items=holding(gone)))
    assert await store.known([("hall", BOX.id), ("hall", CRATE.id)]) == {
        ("hall", BOX.id): gone,
        ("hall", CRATE.id): CRATE,
    }
    assert await store.items("hall") == [CRATE]
    assert len((await snapshot_of(store, "hall")).items) == 1
    assert await store.page("hall", None, Seq(0), 10) == [CRATE]


async def test_an_item_added_again_is_listed_last(store: Store) -> None:
    await put(store, BOX, CRATE)
    await commit(store, Batch("hall", items=holding(removed("box", 3))))
    await put(store, item("box", 4))
    assert await store.items("hall") == [CRATE, item("box", 4)]


async def test_unknown_ids_are_left_out(store: Store) -> None:
    await put(store, BOX)
    assert await store.known([("hall", ItemId("none")), ("yard", BOX.id)]) == {}
    assert await store.known([]) == {}


async def test_workspaces_do_not_see_each_other(store: Store) -> None:
    yard_box = item("box", 1, place="outside")
    await put(store, BOX)
    await put(store, yard_box, workspace="yard")
    assert await store.items("hall") == [BOX]
    assert await store.items("yard") == [yard_box]
    assert await ids(store, "yar") == []


async def test_items_are_listed_in_the_order_they_were_added(store: Store) -> None:
    await put(store, PALLET, BOX, CRATE)
    assert await ids(store) == ["box", "crate", "pallet"]


async def test_items_can_be_listed_by_type(store: Store) -> None:
    await put(store, BOX, CRATE, PALLET)
    assert await store.items("hall", frozenset({"inventory"})) == [BOX, PALLET]
    assert await store.items("hall", frozenset({"inventory", "supplier"})) == [BOX, CRATE, PALLET]
    assert await store.items("hall", frozenset({"order"})) == []
    assert await store.items("hall", frozenset()) == []
    chosen = await snapshot_of(store, "hall", frozenset({"supplier"}))
    assert [orjson.loads(body) for body in chosen.items] == [CRATE.flat()]


@pytest.mark.parametrize("count", [499, 500, 501, 1_300])
async def test_many_items_are_all_listed(store: Store, count: int) -> None:
    everything = [item(f"item-{number}", number) for number in range(1, count + 1)]
    await put(store, *everything)
    assert await store.items("hall") == everything
    bodies = (await snapshot_of(store, "hall")).items
    assert [orjson.loads(body)["id"] for body in bodies] == [one.id for one in everything]


async def test_pages_go_on_where_the_one_before_ended(store: Store) -> None:
    await put(store, BOX, CRATE, PALLET)
    assert await store.page("hall", None, Seq(0), 2) == [BOX, CRATE]
    assert await store.page("hall", None, Seq(2), 2) == [PALLET]
    assert await store.page("hall", None, Seq(3), 2) == []
    assert await store.page("hall", "inventory", Seq(0), 1) == [BOX]
    assert await store.page("hall", "inventory", Seq(1), 1) == [PALLET]
    assert await store.page("hall", None, Seq(0), 0) == []


async def test_a_snapshot_of_an_empty_workspace_stands_at_its_top(store: Store) -> None:
    assert await snapshot_of(store, "hall") == Snapshot(Seq(0), [])
    await tell(store, 1, 2)
    assert await snapshot_of(store, "hall") == Snapshot(Seq(2), [])


async def test_a_snapshot_has_exactly_the_items_of_its_position(store: Store) -> None:
    writing = True

    async def write() -> None:
        nonlocal writing
        for first in range(1, 1_500, 3):
            added = [item(f"item-{seq}", seq) for seq in range(first, first + 3)]
            await commit(store, Batch("hall", [entry(one.added) for one in added], holding(*added)))
        writing = False

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        while writing:
            taken = await snapshot_of(store, "hall")
            assert len(taken.items) == taken.seq
            await asyncio.sleep(0)


async def test_demand_is_listed_by_item_oldest_first(store: Store) -> None:
    days = {
        (ItemId("box"), "2026-02-01"): 0.1,
        (ItemId("box"), "2026-01-31"): 3.0,
        (ItemId("crate"), "2026-01-01"): 1e-9,
    }
    await put_demand(store, days)
    assert await store.demand("hall") == {
        "box": [("2026-01-31", 3), ("2026-02-01", 0.1)],
        "crate": [("2026-01-01", 1e-9)],
    }
    assert await store.demand("yard") == {}


async def test_a_later_quantity_replaces_and_each_is_found_by_its_day(store: Store) -> None:
    day, next_day = (ItemId("box"), "2026-01-01"), (ItemId("box"), "2026-01-02")
    await put_demand(store, {day: 1, next_day: 2})
    await put_demand(store, {next_day: 5})
    await put_demand(store, {day: 7}, workspace="yard")
    assert await store.demand("hall") == {"box": [(day[1], 1), (next_day[1], 5)]}
    wanted = [("hall", *day), ("yard", *day), ("yard", *next_day), ("hall", ItemId("lid"), day[1])]
    assert await store.quantities(wanted) == {("hall", *day): 1, ("yard", *day): 7}
    assert await store.quantities([]) == {}


async def test_long_demand_is_kept_whole(store: Store) -> None:
    days = {(ItemId(f"item-{number % 7}"), f"2026-{number:06}"): number / 7 for number in range(4_500)}
    await put_demand(store, days)
    found = await store.demand("hall")
    assert sum(map(len, found.values())) == 4_500
    assert found[ItemId("item-3")][1] == ("2026-000010", 10 / 7)
    assert await store.quantities([("hall", *day) for day in days]) == {
        ("hall", *day): quantity for day, quantity in days.items()
    }


async def test_ids_that_begin_alike_are_listed_in_their_order(store: Store) -> None:
    await put(store, item("part-0012", 1), item("part-12", 2), item("part-007", 3), item("parts-01", 4))
    await put(store, item("part-05", 5), workspace="yard")
    await commit(store, Batch("hall", items=holding(removed("part-007", 6))))
    assert await store.ids_beginning("hall", "part-0", 10) == ["part-0012"]
    await put(store, item("part-01", 7), item("part-00", 8))
    assert await store.ids_beginning("hall", "part-0", 2) == ["part-00", "part-0012"]
    assert await store.ids_beginning("hall", "part-9", 10) == []
