"""The journal's writer: one order, whole groups, each operation once, and what happens when the store does not work."""

import asyncio

import pytest

from streamd.config import Config, JournalOptions, StoreOptions
from streamd.core.change import ChangeItem, Publish, RemoveItem
from streamd.core.decide import decide
from streamd.core.item import Item, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import workspace_stream
from streamd.errors import BusyError, DrainingError, StoreError
from streamd.ports.store import Batch, NewEntry
from streamd.stores.memory import MemoryStore
from streamd.wire.entries import event_body
from tests.support.engines import ANN, TroubledStore, add, count, done, engine_on, refused, submit

HALL = workspace_stream("hall")


async def stock(store: MemoryStore) -> dict[str, object]:
    return {item.id: item.fields["stock"] for item in await store.items("hall")}


async def fails() -> None:
    raise StoreError("the disk is full")


async def test_what_waits_for_the_disk_is_committed_together_in_the_order_it_came() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        first = submit(engine, add("a"))
        await store.knocked.wait()
        rest = [submit(engine, count("a", by)) for by in range(1, 11)]
        store.door.set()

        receipts = [await done(promise) for promise in (first, *rest)]

    assert [len(batch.entries) for batch in store.batches] == [1, 10]
    assert [receipt.results[0]["seq"] for receipt in receipts] == list(range(1, 12))
    assert await stock(store) == {"a": 55}


async def test_a_batch_says_which_of_its_items_keep_their_words() -> None:
    store = TroubledStore()
    name = ChangeItem(ItemId("b"), set={"name": "Bolt"})
    more = (
        count("a"),
        count("b"),
        name,
        count("b"),
        RemoveItem(ItemId("c")),
        add("d"),
        count("d"),
        count("a"),
    )
    async with engine_on(store) as engine:
        for promise in [submit(engine, add(one)) for one in "abc"]:
            await done(promise)
        for promise in [submit(engine, change) for change in more]:
            await done(promise)

    assert [batch.same_words for batch in store.batches] == [set(), {"a"}]


async def test_a_batch_has_no_more_writes_than_the_configuration_says() -> None:
    store = TroubledStore()
    async with engine_on(store, Config(store=StoreOptions(group_commit_max=4))) as engine:
        store.door.clear()
        promises = [submit(engine, add("a")), *(submit(engine, count("a")) for _ in range(9))]
        store.door.set()
        for promise in promises:
            await done(promise)

    assert max(len(batch.entries) for batch in store.batches) == 4
    assert await stock(store) == {"a": 9}


async def test_nothing_is_answered_or_told_before_it_is_committed() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        live = await engine.hub.open(HALL)
        store.door.clear()
        promise = submit(engine, add("a"))
        await store.knocked.wait()

        assert not promise.done()
        assert live.top == 0
        store.door.set()
        await done(promise)
        assert live.top == 1


async def test_a_group_sees_its_own_changes_and_is_numbered_in_one_piece() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        wishes = (add("a"), count("a", 3), RemoveItem(ItemId("a")), add("a", 7), Publish("told", {}))
        receipt = await done(submit(engine, *wishes))

    assert [result["seq"] for result in receipt.results] == [1, 2, 3, 4, 5]
    assert len(store.batches) == 1
    assert await stock(store) == {"a": 7}


async def test_a_refused_group_leaves_no_trace() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        group = submit(engine, count("a"), add("b"), count("missing"), op_id="1")
        after = submit(engine, count("a", 10))

        assert await refused(group) == "not_found"
        assert (await done(after)).results[0]["seq"] == 2
        assert (await done(submit(engine, count("a"), add("b"), op_id="1"))).repeated is False

    assert await stock(store) == {"a": 11, "b": 0}


async def test_an_operation_repeated_in_the_same_batch_is_done_once() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        store.knocked.clear()
        store.door.clear()
        submit(engine, Publish("told", {}))
        await store.knocked.wait()
        first, again, other = (submit(engine, count("a"), op_id=op_id) for op_id in "112")
        store.door.set()

        assert (await done(first)).results == (await done(again)).results
        assert ((await done(first)).repeated, (await done(again)).repeated) == (False, True)
        await done(other)

    assert await stock(store) == {"a": 2}
    assert len(store.batches[-1].entries) == 2


async def test_an_operation_repeated_later_gets_its_first_answer_in_this_life_and_the_next() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        first = await done(submit(engine, count("a"), op_id="1"))
        await done(submit(engine, RemoveItem(ItemId("a"))))
        assert (await done(submit(engine, count("a"), op_id="1"))).results == first.results
    async with engine_on(store) as engine:
        again = await done(submit(engine, count("a"), op_id="1"))
        assert again.results == first.results
        assert again.repeated
        assert await refused(submit(engine, count("a"), op_id="2")) == "gone"

    assert (await store.span(HALL)).top == 3


async def test_the_same_op_id_of_somebody_elses_workspace_is_another_operation() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        for workspace in ("hall", "yard"):
            receipt = await done(submit(engine, add("a"), op_id="1", workspace=workspace))
            assert not receipt.repeated


async def test_an_operation_that_changed_nothing_is_remembered_all_the_same() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add("a", 5)))
        wish = ChangeItem(ItemId("a"), {"stock": 5})
        first = await done(submit(engine, wish, op_id="1"))
        await done(submit(engine, count("a")))

        assert first.results[0]["unchanged"]
        assert (await done(submit(engine, wish, op_id="1"))).results == first.results

    assert await stock(store) == {"a": 6}


async def test_a_store_that_fails_refuses_the_batch_and_nothing_else() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        live = await engine.hub.open(HALL)
        await done(submit(engine, add("a")))
        store.troubles.append(fails)
        failed = [submit(engine, count("a", 100), op_id="1"), submit(engine, add("b"))]

        assert [await refused(promise) for promise in failed] == ["unavailable", "unavailable"]
        assert live.top == 1
        assert (await done(submit(engine, count("a"), op_id="1"))).results[0]["seq"] == 2
        assert live.top == 2

    assert await stock(store) == {"a": 1}


async def test_a_store_that_was_overtaken_is_read_again_and_the_change_decided_again() -> None:
    store = TroubledStore()

    async def overtaken() -> None:
        seq = Seq((await store.span(HALL)).top + 1)
        decision = decide(count("a", 10), (await store.items("hall"))[0], ItemTypes(), seq)
        body = event_body(decision.events[0], workspace="hall", author=ANN, timestamp="now")
        assert isinstance(decision.after, Item)
        await MemoryStore.commit(
            store,
            [Batch("hall", [NewEntry(HALL, seq, body, 0, "field_changed")], {ItemId("a"): decision.after})],
        )

    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        store.troubles += [overtaken] * 3
        receipt = await done(submit(engine, count("a")))

    assert receipt.results[0]["seq"] == 5
    assert await stock(store) == {"a": 31}
    assert [entry.seq for entry in await store.entries(HALL, Seq(0), 9)] == [1, 2, 3, 4, 5]


async def test_writes_of_many_workspaces_are_one_commit_and_only_what_was_overtaken_is_decided_again() -> (
    None
):
    store = TroubledStore()
    yard = workspace_stream("yard")

    async def overtaken() -> None:
        told = NewEntry(yard, Seq((await store.span(yard)).top + 1), b"{}", 0, "told")
        await MemoryStore.commit(store, [Batch("yard", [told])])

    async with engine_on(store) as engine:
        store.door.clear()
        first = submit(engine, add("a"))
        await store.knocked.wait()
        names = ["hall", "yard", "attic", "yard", "hall"]
        promises = [submit(engine, add(f"{index}"), workspace=name) for index, name in enumerate(names)]
        store.troubles += [_nothing, overtaken, overtaken]
        store.door.set()
        receipts = [await done(promise) for promise in (first, *promises)]

    assert store.commits == [1, 3, 1, 1]
    assert [batch.workspace for batch in store.batches] == ["hall", "hall", "attic", "yard"]
    assert [receipt.results[0]["seq"] for receipt in receipts] == [1, 2, 3, 1, 4, 3]


async def _nothing() -> None:
    pass


async def test_a_workspace_that_cannot_be_written_takes_no_other_with_it() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        first = submit(engine, add("a"))
        await store.knocked.wait()
        store.unwritable = "yard"
        promises = [submit(engine, add("b"), workspace=name) for name in ("hall", "yard", "attic")]
        store.door.set()
        await done(first)
        await done(promises[0])
        assert await refused(promises[1]) == "unavailable"
        await done(promises[2])
        assert engine.journal.failing
        store.unwritable = ""
        await done(submit(engine, add("b"), workspace="yard"))
        assert not engine.journal.failing


async def test_who_brings_far_too_much_is_told_to_wait_and_who_asks_for_room_gets_it() -> None:
    store = TroubledStore()
    async with engine_on(
        store, Config(journal=JournalOptions(queue_max=4), store=StoreOptions(group_commit_max=1))
    ) as engine:
        store.door.clear()
        promises = [submit(engine, add("a"))]
        await store.knocked.wait()
        promises += [submit(engine, count("a")) for _ in range(8)]
        assert engine.journal.is_full("hall")
        with pytest.raises(BusyError):
            submit(engine, count("a"))
        waiting = asyncio.ensure_future(engine.journal.room("hall"))
        store.door.set()
        await waiting
        for promise in promises:
            await done(promise)

    assert await stock(store) == {"a": 8}


async def test_a_sealed_journal_finishes_what_it_took_and_takes_no_more() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        promises = [submit(engine, add(name)) for name in "abc"]
        engine.journal.seal()
        with pytest.raises(DrainingError):
            submit(engine, add("d"))
        store.door.set()
        await engine.broadcaster.ended.wait()

        assert all(promise.done() for promise in promises)

    assert await stock(store) == {"a": 0, "b": 0, "c": 0}


async def test_settled_waits_for_everything_that_came_before() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        store.door.clear()
        promise = submit(engine, add("a"))
        settled = asyncio.ensure_future(engine.journal.flushed())
        await store.knocked.wait()
        _, waiting = await asyncio.wait([settled], timeout=0.01)
        assert waiting
        store.door.set()
        await settled

        assert promise.done()
