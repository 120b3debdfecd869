"""The event queue: in order, bounded, and drained before it ends."""

import asyncio

from streamd.core.item import Seq
from streamd.core.position import workspace_stream
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.writes import CommittedBatch

HALL = workspace_stream("hall")


def batch(first: int, size: int) -> CommittedBatch:
    return CommittedBatch({HALL: [CachedEntry(Seq(first + index), b"{}") for index in range(size)]}, (), ())


async def test_batches_come_out_in_the_order_they_went_in_all_that_are_there_at_once() -> None:
    queue = EventQueue(10_000)
    batches = [batch(1, 2), batch(3, 1), batch(4, 5)]
    for one in batches:
        await queue.put(one)

    assert list(await queue.take()) == batches


async def test_who_fills_it_waits_until_it_is_emptied() -> None:
    queue = EventQueue(10 * batch(1, 1).size)
    await queue.put(batch(1, 4))
    await queue.put(batch(5, 6))
    waiting = asyncio.ensure_future(queue.put(batch(11, 1)))
    await asyncio.wait([waiting], timeout=0.01)
    assert not waiting.done()

    assert len(await queue.take()) == 2
    await waiting

    assert len(await queue.take()) == 1


async def test_who_takes_waits_until_something_is_there() -> None:
    queue = EventQueue(10 * batch(1, 1).size)
    waiting = asyncio.ensure_future(queue.take())
    await asyncio.wait([waiting], timeout=0.01)
    assert not waiting.done()

    only = batch(1, 1)
    await queue.put(only)

    assert list(await waiting) == [only]


async def test_a_closed_queue_gives_what_is_there_and_then_nothing() -> None:
    queue = EventQueue(10 * batch(1, 1).size)
    only = batch(1, 1)
    await queue.put(only)
    queue.close()

    assert list(await queue.take()) == [only]
    assert list(await queue.take()) == []
    assert list(await queue.take()) == []


async def test_closing_wakes_who_waits() -> None:
    queue = EventQueue(10 * batch(1, 1).size)
    waiting = asyncio.ensure_future(queue.take())
    await asyncio.wait([waiting], timeout=0.01)
    queue.close()

    assert list(await waiting) == []
