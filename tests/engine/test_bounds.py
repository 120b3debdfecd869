"""What a stream and its listeners may cost, whatever they do."""

import asyncio
from collections.abc import Sequence

import attrs

from streamd.core.item import Seq
from streamd.core.lists.view import View
from streamd.core.position import StreamName, workspace_stream
from streamd.engine.delivery import catch_up, entry_block, live_stream, outbox
from streamd.engine.delivery.catch_up import BLOCK_ENTRIES, CatchUp
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import EntryBlock, Filter
from streamd.engine.delivery.live_stream import LiveStream, WindowRoom
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.ports.store import Batch, Entry, NewEntry
from streamd.stores.memory import MemoryStore
from tests.support.engines import Pipe
from tests.support.listening import BODIES, HALL, read, stage
from tests.support.waiting import nothing_waits


def grown(live: LiveStream, count: int, body: bytes) -> None:
    for _ in range(count):
        live.extend([CachedEntry(Seq(live.top + 1), body)])


def test_a_window_keeps_to_its_number_of_entries() -> None:
    live = LiveStream(HALL, BODIES, window_entries=100, window_bytes=1_000_000, room=WindowRoom(1_000_000))

    grown(live, 5_000, b"x")

    assert 100 <= live.top - live.window.first + 1 <= 100 + live_stream._SLACK
    assert live.top == 5_000


def test_a_window_keeps_to_its_size_but_holds_the_newest_entry_whatever_its_size() -> None:
    live = LiveStream(HALL, BODIES, window_entries=4096, window_bytes=10_000, room=WindowRoom(1_000_000))

    grown(live, 500, b"x" * 100)
    assert live.window.bytes <= 11_250
    grown(live, 1, b"x" * 50_000)

    assert (live.window.first, live.top, live.window.bytes) == (501, 501, 50_000)


def test_windows_of_many_streams_share_what_one_may_have_while_the_others_have_little() -> None:
    room, body = WindowRoom(1_000_000), b"x" * 100
    streams = [
        LiveStream(workspace_stream(f"w{n}"), BODIES, window_entries=4096, window_bytes=8_000_000, room=room)
        for n in range(20)
    ]
    for live in streams[1:]:
        grown(live, 2, body)
    grown(streams[0], 1_000, body)
    assert streams[0].window.first == 1

    for live in streams:
        grown(live, 1_000, body)
    assert room.held == sum(live.window.memory for live in streams) <= room.limit
    assert all(live.window.memory > 10_000 for live in streams)

    for live in streams:
        live.evicted()
    assert (room.held, room.windows) == (0, {})


def test_windows_that_grew_long_ago_make_room_for_those_that_grow() -> None:
    room = WindowRoom(1_000_000)
    streams = [
        LiveStream(workspace_stream(f"w{n}"), BODIES, window_entries=4096, window_bytes=8_000_000, room=room)
        for n in range(50)
    ]
    for live in streams:
        grown(live, 3_000, b"x" * 100)
        assert room.held <= room.limit
    assert all(live.window.memory > 10_000 for live in streams)


def test_a_segment_keeps_few_joined_chunks_however_many_places_are_read_from() -> None:
    window = EntryBlock(Seq(1), "workspace", BODIES)
    window.extend([CachedEntry(Seq(seq), b'{"n":1000}') for seq in range(1, 1001)])

    for after in range(1000):
        window.take(Seq(after), "text", Filter(View(frozenset({str(after % 3)}))))
        window.take(Seq(after), "text")

    assert len(window._chunks) <= entry_block._MAX_CHUNKS


def test_subscribers_at_the_same_place_share_the_same_bytes() -> None:
    window = EntryBlock(Seq(1), "workspace", BODIES)
    window.extend([CachedEntry(Seq(1), b"a"), CachedEntry(Seq(2), b"b")])

    assert window.take(Seq(0), "text").data is window.take(Seq(0), "text").data
    window.extend([CachedEntry(Seq(3), b"c")])
    assert window.take(Seq(0), "text").data == b"abc"


def test_a_chunk_is_about_as_long_as_one_write_should_be() -> None:
    window = EntryBlock(Seq(1), "workspace", BODIES)
    window.extend([CachedEntry(Seq(seq), b"x" * 100_000) for seq in range(1, 11)])

    chunk = window.take(Seq(0), "text")

    assert chunk.upto == 3
    assert entry_block.CHUNK_BYTES <= len(chunk.data) < entry_block.CHUNK_BYTES + 100_000


async def test_blocks_read_for_those_far_behind_keep_to_their_size() -> None:
    store = MemoryStore()
    body = b"x" * 4096
    live = LiveStream(HALL, BODIES, window_entries=1, window_bytes=1, room=WindowRoom(1_000_000))
    blocks = 12
    for first in range(1, blocks * BLOCK_ENTRIES, BLOCK_ENTRIES):
        seqs = range(first, first + BLOCK_ENTRIES)
        await store.commit([Batch("hall", [NewEntry(HALL, Seq(seq), body, 0) for seq in seqs])])
        live.extend([CachedEntry(Seq(seq), body) for seq in seqs])
    reader = CatchUp(store)
    pipe = Pipe()
    box = Outbox(pipe, reader, BODIES, nothing_waits())
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.run())
        box.add(Cursor(live, Seq(0)))
        await box.drained()
        reading.cancel()

    assert len(pipe.data) == blocks * BLOCK_ENTRIES * 4096
    kept = sum(block.memory for block in reader._blocks.values())
    assert 0 < kept == reader._bytes <= catch_up._MAX_CACHED_BYTES
    reader.forget_unused()
    assert reader._blocks
    reader.forget_unused()
    assert not reader._blocks
    assert not reader._bytes


@attrs.define
class CountingStore(MemoryStore):
    reads: int = 0

    async def entries(
        self, stream: StreamName, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        self.reads += 1
        return await MemoryStore.entries(self, stream, after, limit, with_before=with_before)


async def test_everyone_who_comes_back_to_the_same_block_has_it_read_once() -> None:
    store = CountingStore()
    async with stage(store) as on:
        await on.tell(["nut"] * 100)
        ears = [on.listen(after, None) for after in (0, 3, 50, 0)]
        await on.everyone_is_told()

    assert [read(ear.pipe) for ear in ears] == [ear.expected for ear in ears]
    assert store.reads == 1


async def test_who_asks_more_than_they_read_waits_for_room() -> None:
    pipe = Pipe(ready=False)
    box = Outbox(pipe, CatchUp(MemoryStore()), BODIES, nothing_waits())
    box.reply(b"x" * outbox.MAX_REPLY_BYTES)
    assert box.crowded
    waiting = asyncio.ensure_future(box.room())
    await asyncio.wait([waiting], timeout=0.01)
    assert not waiting.done()

    pipe.ready = True
    box.flush()
    await waiting

    assert not box.crowded


async def test_closing_an_outbox_lets_those_go_who_wait_for_it() -> None:
    box = Outbox(Pipe(ready=False), CatchUp(MemoryStore()), BODIES, nothing_waits())
    box.reply(b"x" * outbox.MAX_REPLY_BYTES)
    waiting = [asyncio.ensure_future(box.room()), asyncio.ensure_future(box.drained())]
    await asyncio.wait(waiting, timeout=0.01)

    box.close()

    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
