"""Encoders that are handed to the engine: a dialect of its own beside the native one, on the same streams."""

import asyncio
from collections.abc import Mapping

import attrs

from streamd.core.item import START, Seq
from streamd.core.position import StreamKind, workspace_stream
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import EntryBlock, Filter
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.ports.encoder import DeliveredEntry
from streamd.stores.memory import MemoryStore
from tests.support.engines import Pipe, add, count, done, engine_on, submit
from tests.support.listening import HALL, stage


@attrs.frozen
class Dialect:
    """Says in one line what happened to which item; of changes it tells nothing."""

    seen: list[Mapping[str, object]] = attrs.field(factory=list)

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        self.seen.append(entry.content)
        changed = entry.event_type == "field_changed"
        return b"" if changed else f"{kind} {entry.seq} {entry.content['item_id']}\n".encode()

    def message(self, payload: bytes) -> bytes:
        return b"" if b'"type":"connected"' in payload else b"message %d\n" % payload.count(b'"id"')


async def test_entries_pages_and_replies_reach_a_connection_in_the_encoding_that_it_asks_for() -> None:
    async with engine_on(MemoryStore(), encoders={"dialect": Dialect()}) as engine:
        pipe, native = Pipe("dialect"), Pipe()
        outbox, beside = engine.open_outbox(pipe, "ann"), engine.open_outbox(native, "ann")
        live = await engine.hub.open(workspace_stream("hall"))
        outbox.add(Cursor(live, START))
        beside.add(Cursor(live, START))
        await done(submit(engine, add("item-1")))
        await done(submit(engine, count("item-1")))
        await done(submit(engine, add("item-2")))
        outbox.reply(b'{"type":"connected"}')
        outbox.reply(b'{"id":1}')
        pages = await engine.snapshots.pages("hall")
        outbox.cursors[0].insert(pages.seq, pages.payloads)
        outbox.flush_soon()
        await outbox.drained()
        await beside.drained()

    assert pipe.data.decode().splitlines() == [
        "workspace 1 item-1",
        "workspace 3 item-2",
        "message 1",
        "message 2",
    ]
    assert b'"event_type":"field_changed"' in native.data


async def test_a_connection_that_hears_nothing_of_what_comes_is_not_behind_and_costs_no_write() -> None:
    async with engine_on(MemoryStore(), encoders={"dialect": Dialect()}) as engine:
        await done(submit(engine, add("item-1")))
        pipe = Pipe("dialect")
        outbox = engine.open_outbox(pipe, "ann")
        live = await engine.hub.open(workspace_stream("hall"))
        cursor = Cursor(live, live.top)
        outbox.add(cursor)
        for _ in range(3):
            await done(submit(engine, count("item-1")))

        assert cursor.position == live.top == 4
        assert not outbox.behind
        assert not pipe.data
        assert pipe.writes == 0


async def test_what_several_dialects_ask_for_is_decoded_once_and_only_when_one_asks() -> None:
    first, second = Dialect(), Dialect()
    entry = CachedEntry(Seq(1), b'{"item_id":"item-1"}', "item_added")
    block = EntryBlock(Seq(1), "workspace", {"first": first, "second": second})
    block.extend([entry])
    assert entry._content is None

    for _ in range(3):
        for encoding in ("first", "second"):
            assert block.take(START, encoding).data == b"workspace 1 item-1\n"
            assert block.take(START, encoding, Filter(event_types=frozenset({"item_added"}))).data

    assert [len(first.seen), len(second.seen)] == [1, 1]
    assert first.seen[0] is second.seen[0] is entry.content


async def test_silent_entries_far_below_the_window_hold_nobody_up() -> None:
    async with stage() as on:
        await on.tell(["nut"] * 10)
        await on.tell(["nut"])  # the eleventh is silent, and the newest
        ear = on.listen(10, None)
        early = on.listen(0, None)
        async with asyncio.timeout(10):
            await ear.outbox.drained()
            await early.outbox.drained()

        assert ear.cursor.position == early.cursor.position == on.live.top == 11
        assert not ear.pipe.data
        assert on.live.name == HALL
