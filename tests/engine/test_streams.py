"""Streams that somebody opens while entries are on their way, and streams that nobody listens to any more."""

import asyncio

import pytest

from streamd.core.item import Seq
from streamd.core.position import Span, StreamName, run_stream, workspace_stream
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.hub import _MAX_IDLE_STREAMS, Hub
from streamd.engine.delivery.live_stream import LiveStream, WindowRoom
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.stores.memory import MemoryStore
from tests.support.engines import Pipe, TroubledStore, add, count, done, engine_on, submit
from tests.support.listening import BODIES, HALL, Numbers, stage
from tests.support.waiting import nothing_waits


def entries(*seqs: int) -> list[CachedEntry]:
    return [CachedEntry(Seq(seq), b"{}", "told") for seq in seqs]


def hub(store: MemoryStore) -> Hub:
    return Hub(store, BODIES, window_entries=100, window_bytes=10_000, windows_memory=1_000_000)


@pytest.mark.parametrize("known", [0, 11, 13, 15])
def test_a_stream_that_was_opened_at_any_moment_ends_up_with_what_came_after(known: int) -> None:
    live = LiveStream(
        HALL,
        {"text": Numbers(long_every=1000)},
        window_entries=100,
        window_bytes=10_000,
        room=WindowRoom(1_000_000),
    )
    live.start_at(Seq(known))

    live.extend(entries(11, 12, 13))
    live.extend(entries(14, 15))
    live.extend(entries(16))

    assert live.top == 16
    assert live.window.take(Seq(15), "text").data == b"16;"
    if known < 15:
        assert live.window.take(Seq(13), "text").data == b"14;15;16;"


def test_the_answer_of_the_store_does_not_hide_what_came_before_it() -> None:
    live = LiveStream(HALL, BODIES, window_entries=100, window_bytes=10_000, room=WindowRoom(1_000_000))

    live.extend(entries(11, 12))
    live.start_at(Seq(11))

    assert (live.window.first, live.top) == (11, 12)


class SlowStore(MemoryStore):
    """Answers where a stream stands only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def span(self, stream: StreamName) -> Span:
        span = await MemoryStore.span(self, stream)
        await self.let.wait()
        return span


async def test_two_who_open_a_stream_at_the_same_time_get_the_same_one_with_its_top_known() -> None:
    store = SlowStore()
    table = hub(store)
    both = asyncio.gather(table.open(HALL), table.open(HALL))
    await asyncio.wait([both], timeout=0.01)
    live = table.find(HALL)
    assert live is not None
    live.extend(entries(7, 8))
    store.let.set()

    first, second = await both

    assert first is second is live
    assert first.top == 8


async def test_streams_without_listeners_go_when_there_are_many_and_others_stay() -> None:
    table = hub(MemoryStore())
    async with stage() as on:
        heard = await table.open(HALL)
        Outbox(Pipe(), on.catch_up, BODIES, nothing_waits()).add(Cursor(heard, Seq(0)))
        running = table.create(run_stream("hall", "1"))
        for number in range(_MAX_IDLE_STREAMS * 2):
            await table.open(workspace_stream(f"w{number}"))

    assert table.find(HALL) is heard
    assert table.find(run_stream("hall", "1")) is running
    kept = [number for number in range(_MAX_IDLE_STREAMS * 2) if table.find(workspace_stream(f"w{number}"))]
    assert len(kept) <= _MAX_IDLE_STREAMS + 1
    assert kept[-1] == _MAX_IDLE_STREAMS * 2 - 1


async def test_a_snapshot_is_never_older_than_what_was_asked_for() -> None:
    store = TroubledStore()
    async with engine_on(store) as engine:
        await done(submit(engine, add("a")))
        store.door.clear()
        store.knocked.clear()
        early = asyncio.ensure_future(engine.snapshots.pages("hall"))
        await store.knocked.wait()
        promise = submit(engine, count("a"))
        late = asyncio.ensure_future(engine.snapshots.pages("hall", at_least=Seq(2)))
        store.door.set()
        await done(promise)

        assert (await early).seq == 1
        assert (await late).seq == 2


class TurnstileStore(MemoryStore):
    """Lets those who ask where a stream stands through one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = asyncio.Semaphore(0)

    async def span(self, stream: StreamName) -> Span:
        if stream == HALL:
            await self.turns.acquire()
        return await MemoryStore.span(self, stream)


async def test_a_stream_that_somebody_is_still_opening_is_not_let_go() -> None:
    store = TurnstileStore()
    table = hub(store)
    first, second = (asyncio.create_task(table.open(HALL)) for _ in range(2))
    await asyncio.wait([first], timeout=0.01)
    store.turns.release()
    await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
    for number in range(_MAX_IDLE_STREAMS * 2):
        await table.open(workspace_stream(f"w{number}"))
    store.turns.release()

    assert await first is await second is table.find(HALL)
