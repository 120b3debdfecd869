"""Whoever follows a part of the items has just that part, after every event and from every position."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.config import Config, JournalOptions
from streamd.core.change import AddItem, Change, ChangeItem, Publish, RemoveItem
from streamd.core.criteria import Criterion, CriterionByType, Where, parse_conditions
from streamd.core.event import ITEM_EVENT_TYPES, fold
from streamd.core.item import START, ItemId, Seq
from streamd.core.lists.view import View
from streamd.core.position import workspace_stream
from streamd.core.values import Value
from streamd.engine.delivery import Cursor, Filter, entry_block
from streamd.engine.delivery.entry_block import EntryBlock
from streamd.engine.engine import Engine
from streamd.engine.journal import CachedEntry, revert_change
from streamd.engine.journal._known_items import LONG_BYTES
from streamd.errors import StreamdError
from streamd.ports.store import Batch, Entry
from streamd.stores.memory import MemoryStore
from tests.support.engines import ANN, Pipe, done, engine_on, submit
from tests.support.frames import messages
from tests.support.hall import as_json, wishes

HALL: Final = workspace_stream("hall")
A: Final = ItemId("a")
LONG: Final = "x" * LONG_BYTES

Flat = dict[str, dict[str, object]]

triples = st.sampled_from(
    [
        ["stock", ">", 0], ["stock", "<=", 0], ["stock", "==", 1.5], ["name", "==", "Bolt"], ["tags", "contains", "Bolt"],
        ["note", "!=", "Nut"], ["type", "==", "supplier"], ["on", "==", True], ["count", ">", "stock"],
    ]
)  # fmt: skip
conditions = st.lists(triples, min_size=1, max_size=2).map(
    lambda listed: parse_conditions(listed, fields=frozenset({"stock", "count"}))
)
types = st.none() | st.frozensets(st.sampled_from(["inventory", "supplier"]), max_size=1)
views = st.one_of(
    st.builds(View, types, conditions),
    st.builds(View, types),
    st.builds(
        View,
        types,
        st.dictionaries(
            st.sampled_from(["inventory", "supplier"]), conditions.map(lambda some: Criterion("c", some)), max_size=2
        ).map(lambda criteria: Where((CriterionByType("c", criteria),))),
    ),
    st.builds(
        View, types, st.lists(conditions, min_size=2, max_size=2).map(lambda some: Where((Where(tuple(some), "any"),)))
    ),
)  # fmt: skip
steps = st.lists(
    st.one_of(
        st.lists(wishes, min_size=1, max_size=3),
        st.lists(wishes, min_size=1, max_size=3),
        st.integers(1, 20),
    ),
    max_size=20,
)


async def play(engine: Engine, script: Sequence[Any]) -> None:
    """Changes, some of them together, and undoing what happened at a position. What is refused changes nothing."""
    for step in script:
        if isinstance(step, int):
            with suppress(StreamdError):
                await revert_change(engine.journal, engine.store, "hall", Seq(step), ANN, None)
        else:
            await submit(engine, *step)


async def heard(engine: Engine, pipe: Pipe, after: int, view: View | None) -> list[dict[str, Any]]:
    """All that a connection hears which comes back with a position."""
    live = await engine.hub.open(HALL)
    outbox = engine.open_outbox(pipe, "ann")
    outbox.add(Cursor(live, Seq(after), only=None if view is None else Filter(view)))
    async with asyncio.timeout(10):
        await outbox.drained()
    assert not pipe.failed
    return messages(bytes(pipe.data))


def chosen(items: Flat, view: View) -> Flat:
    return {item_id: item for item_id, item in items.items() if view.holds(item)}  # type: ignore[arg-type]


def states(told: Sequence[Mapping[str, Any]]) -> list[Flat]:
    """The items after each event, the first of them before all."""
    items: Flat = {}
    found: list[Flat] = [{}]
    for event in told:
        fold(items, event["event_type"], event.get("item_id"), event["data"])
        found.append({item_id: dict(item) for item_id, item in items.items()})
    return found


def check(told: list[dict[str, Any]], whole: list[dict[str, Any]], after: int, view: View) -> None:
    """Folded event by event, what is heard is what is chosen of everything."""
    of_all = states(whole)
    items = chosen(of_all[after], view)
    by_seq = {event["seq"]: event for event in told}
    assert len(by_seq) == len(told)
    for event in whole[after:]:
        seen = by_seq.get(event["seq"])
        if seen is not None:
            fold(items, seen["event_type"], seen.get("item_id"), seen["data"])
            if "view" not in seen:
                assert seen == event
        assert as_json(items) == as_json(chosen(of_all[event["seq"]], view))
        if event["event_type"] not in ITEM_EVENT_TYPES:
            is_there = event.get("item_id") in of_all[event["seq"]]
            assert (seen is not None) == (not is_there or event["item_id"] in items)


@pytest.mark.soak
@settings(deadline=None)
@given(steps, views, st.integers(1, 6))
def test_the_folded_view_is_the_view_of_everything_folded(script: list[Any], view: View, window: int) -> None:
    async def scenario() -> None:
        config = Config(journal=JournalOptions(window_entries=window, window_bytes=4096))
        store = MemoryStore()
        async with engine_on(store, config) as engine:
            pipe = Pipe()
            live = await engine.hub.open(HALL)
            follower = engine.open_outbox(pipe, "ann")
            follower.add(Cursor(live, START, only=Filter(view)))
            await play(engine, script)
            await engine.journal.flushed()
            await follower.drained()
            whole = await heard(engine, Pipe(), 0, None)
            check(messages(bytes(pipe.data)), whole, 0, view)
            for after in range(len(whole) + 1):
                check(await heard(engine, Pipe(), after, view), whole, after, view)
        async with engine_on(store) as engine:  # with nothing in memory
            for after in range(len(whole) + 1):
                check(await heard(engine, Pipe(), after, view), whole, after, view)

    asyncio.run(scenario())


def low() -> View:
    return View(where=parse_conditions([["stock", "<", 5]]))


def long_changes() -> list[Change]:
    return [
        AddItem(A, {"type": "note", "name": "N", "text": LONG, "stock": 9}),
        ChangeItem(A, inc={"stock": -5}),
        Publish("told", {}, A),
        ChangeItem(A, set={"name": "M"}),
        ChangeItem(A, inc={"stock": 5}),
        RemoveItem(A, "sold"),
    ]


async def test_a_long_item_is_followed_live_and_its_text_is_not_written_again_and_again() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        pipe = Pipe()
        live = await engine.hub.open(HALL)
        outbox = engine.open_outbox(pipe, "ann")
        outbox.add(Cursor(live, START, only=Filter(low())))
        for change in long_changes():
            await done(submit(engine, change))
        await outbox.drained()

    assert [(event["event_type"], event.get("view")) for event in messages(bytes(pipe.data))] == [
        ("item_added", "entered"), ("told", None), ("item_updated", None), ("item_removed", "left"),
    ]  # fmt: skip
    kept = await store.entries(HALL, START, 10, with_before=True)
    assert [len(entry.before or b"") < 100 for entry in kept] == [True, True, True, True, True, False]


async def comes_back(store: MemoryStore, view: View) -> list[tuple[str, object]]:
    async with engine_on(store) as engine:
        told = await heard(engine, Pipe(), 1, view)
    return [
        (one["reason"], [item["id"] for item in one["items"]])
        if one.get("type") == "snapshot"
        else (one["event_type"], one.get("view"))
        for one in told
    ]


async def test_who_catches_up_where_the_journal_does_not_say_enough_gets_a_snapshot() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        for change in long_changes()[:-2]:
            await done(submit(engine, change))

    assert await comes_back(store, low()) == [("trimmed", ["a"])]
    assert await comes_back(store, View(frozenset({"note"}))) == [
        ("field_changed", None), ("told", None), ("item_updated", None),
    ]  # fmt: skip


async def test_a_snapshot_that_was_asked_for_comes_also_where_another_had_to_be_inserted() -> None:
    store = MemoryStore()
    async with engine_on(store) as engine:
        for change in long_changes()[:-2]:
            await done(submit(engine, change))
    async with engine_on(store) as engine:
        pipe = Pipe()
        outbox = engine.open_outbox(pipe, "ann")
        cursor = Cursor(await engine.hub.open(HALL), Seq(1), only=Filter(low()))
        cursor.insert(Seq(4), iter([b'{"type":"asked"}']))
        outbox.add(cursor)
        async with asyncio.timeout(10):
            await outbox.drained()

    assert [message["type"] for message in messages(bytes(pipe.data))] == ["asked", "snapshot"]


class OlderStore(MemoryStore):
    """Has of each change the values before alone, as an older streamd wrote them."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[Any]:
        for batch in batches:
            batch.entries = [
                attrs.evolve(one, before=None if one.event_type == "told" else _values(one.before, one.body))
                for one in batch.entries
            ]
        return await MemoryStore.commit(self, batches)


def _values(before: bytes | None, body: bytes) -> bytes | None:
    flat = {} if before is None else orjson.loads(before)
    return (
        orjson.dumps({name: flat.get(name) for name in orjson.loads(body)["data"]})
        if "id" in flat
        else before
    )


async def test_events_of_an_older_streamd_bring_every_follower_to_the_right_items() -> None:
    scripts: Sequence[tuple[list[dict[str, Any]], View, list[tuple[str, object]]]] = (
        # By type, only an item that comes in is not known whole.
        ([{"stock": 1}, {"type": "task"}], View(frozenset({"note"})), [("field_changed", None), ("item_removed", "left")]),
        ([{"stock": 1}, {"type": "task"}], View(frozenset({"task"})), [("trimmed", ["a"])]),
        ([{"stock": 1}, {"stock": 2}], low(), [("trimmed", ["a"])]),
        ([{"stock": 1}, {"stock": 9}], low(), [("trimmed", [])]),
    )  # fmt: skip
    for script, view, expected in scripts:
        store = OlderStore()
        async with engine_on(store) as engine:
            await done(submit(engine, AddItem(A, {"type": "note", "name": "N", "stock": 9})))
            for values in script:
                await done(submit(engine, ChangeItem(A, set=values)))

        assert await comes_back(store, view) == expected


class CountingStore(MemoryStore):
    """Counts what it reads for filters."""

    asked: list[bool]

    def __init__(self) -> None:
        super().__init__()
        self.asked = []

    async def entries(
        self, stream: Any, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        self.asked.append(with_before)
        return await MemoryStore.entries(self, stream, after, limit, with_before=with_before)


async def test_only_those_who_filter_by_items_have_more_read_and_all_of_them_together() -> None:
    store = CountingStore()
    async with engine_on(store) as engine:
        await done(submit(engine, AddItem(A, {"type": "note", "name": "N"}), ChangeItem(A, set={"stock": 1})))
    async with engine_on(store) as engine:
        live = await engine.hub.open(HALL)
        store.asked.clear()
        filters = [
            None,
            Filter(event_types=frozenset({"told"})),
            Filter(low()),
            Filter(View(frozenset({"note"}))),
        ]
        outboxes = [engine.open_outbox(Pipe(), "ann") for _ in filters]
        for outbox, only in zip(outboxes, filters, strict=True):
            outbox.add(Cursor(live, START, only=only))
        for outbox in outboxes:
            await outbox.drained()

    assert sorted(store.asked) == [False, True]


class Encodings:
    """Counts what is encoded."""

    def __init__(self) -> None:
        self.encoded: list[tuple[int, str]] = []

    def entry(self, entry: Any, kind: str) -> bytes:
        self.encoded.append((entry.seq, entry.event_type))
        return b"%d;" % entry.seq

    def message(self, payload: bytes) -> bytes:
        return payload


def test_an_event_is_encoded_once_for_all_views_that_it_is_the_same_for() -> None:
    encodings = Encodings()
    block = EntryBlock(Seq(1), "workspace", {"text": encodings})
    before = orjson.dumps({"id": "a", "type": "note", "stock": 9})
    body = orjson.dumps({"event_type": "field_changed", "item_id": "a", "data": {"stock": 1}})
    block.extend([CachedEntry(Seq(1), body, "field_changed", "note", before)])

    for bound in range(2, 8):  # it enters each of these views
        view = View(where=parse_conditions([["stock", "<", bound]]))
        assert block.take(START, "text", Filter(view)).data == b"1;"
    for bound in range(2, 8):  # and leaves each of these
        view = View(where=parse_conditions([["stock", ">", bound]]))
        assert block.take(START, "text", Filter(view)).data == b"1;"
    assert block.take(START, "text").data == b"1;"

    assert encodings.encoded == [(1, "item_added"), (1, "item_removed"), (1, "field_changed")]


async def test_all_with_the_same_filter_get_the_same_bytes() -> None:
    async with engine_on(MemoryStore()) as engine:
        live = await engine.hub.open(HALL)
        await done(submit(engine, AddItem(A, {"type": "note", "name": "N", "stock": 1})))
        fresh = live.new_entries(START)

    assert fresh.passing("text", Filter(low())) is fresh.passing("text", Filter(low()))
    assert fresh.passing("text", Filter(View(frozenset({"task"})))).data == b""
    assert fresh.has_filtered


async def test_a_filter_that_takes_long_goes_on_in_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_block, "SLICE_SECONDS", 0.0)  # anything takes longer
    async with engine_on(MemoryStore()) as engine:
        live = await engine.hub.open(HALL)
        for stock in (9, 1, 9, 2, 9):
            await done(submit(engine, AddItem(ItemId(f"i{live.top}"), note(stock))))
        first = live.window.take(START, "text", Filter(low()))
        pipe = Pipe()
        outbox = engine.open_outbox(pipe, "ann")
        outbox.add(Cursor(live, START, only=Filter(low())))
        await outbox.drained()

    assert (first.upto, first.data, first.more) == (1, b"", True)
    assert [event["seq"] for event in messages(bytes(pipe.data))] == [2, 4]


def note(stock: int) -> Mapping[str, Value]:
    return {"type": "note", "name": "N", "stock": stock}
