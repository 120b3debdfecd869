"""Inboxes and turns: how many messages wait, and who goes on when."""

import asyncio
import time

import pytest

from streamd.edge.ws._inbox import ConnectionClosedError, Inbox
from streamd.loop_turns import TURN_SECONDS, Turns


def inbox(
    turns: Turns | None = None, *, max_messages: int = 8, max_bytes: int = 1_000
) -> tuple[Inbox, list[str]]:
    """An inbox, and what it asked its socket for."""
    asked: list[str] = []
    made = Inbox(
        turns or Turns(), lambda: asked.append("more"), max_messages=max_messages, max_bytes=max_bytes
    )
    return made, asked


async def test_messages_come_in_order_and_then_the_end() -> None:
    box, _ = inbox()
    waiting = asyncio.ensure_future(box.next())
    await asyncio.sleep(0)
    box.put("a")
    box.put(b"b")
    box.end()
    assert await waiting == "a"
    assert await box.next() == b"b"
    with pytest.raises(ConnectionClosedError):
        await box.next()


async def test_the_end_is_told_to_a_session_that_waits() -> None:
    box, _ = inbox()
    waiting = asyncio.ensure_future(box.next())
    await asyncio.sleep(0)
    box.end()
    with pytest.raises(ConnectionClosedError):
        await waiting


async def test_a_session_whose_client_is_long_gone_does_not_wait_for_its_turn() -> None:
    box, _ = inbox()
    for _ in range(3):
        box.put("a")
    await box.next()
    busy_until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < busy_until:
        pass
    waiting = asyncio.ensure_future(box.next())
    await asyncio.sleep(0)  # it waits for its turn now
    box.abandon()
    with pytest.raises(ConnectionClosedError):
        await waiting
    assert box.is_empty


@pytest.mark.parametrize(("count", "size"), [(9, 1), (2, 501)])
async def test_a_full_inbox_asks_for_more_when_little_is_left(count: int, size: int) -> None:
    box, asked = inbox()
    for _ in range(count):
        assert not box.is_full
        box.put("x" * size)
    assert box.is_full
    for taken in range(1, count + 1):
        await box.next()
        assert bool(asked) is (count - taken <= 2)
        assert box.is_full is not bool(asked)
    assert asked == ["more"]


async def test_what_is_dropped_makes_room_and_is_not_told() -> None:
    box, _ = inbox(max_messages=1)
    box.put("a")
    box.put("b")
    box.drop()
    box.end()
    assert not box.is_full
    with pytest.raises(ConnectionClosedError):
        await box.next()


async def test_in_each_turn_of_the_loop_a_part_of_the_long_turns_is_done_and_none_twice() -> None:
    turns, done = Turns(), []

    def turn(name: str) -> None:
        done.append(name)
        turns.count(TURN_SECONDS)
        if len(done) < 8:
            turns.wait(lambda: turn(name), ("", "", name))

    for name in "abc":
        turns.wait(lambda name=name: turn(name), ("", "", name))  # type: ignore[misc]
    assert turns.are_over
    seen = []
    while len(done) < 8:
        await asyncio.sleep(0)
        seen.append("".join(done))
    assert seen[:4] == ["ab", "abca", "abcabc", "abcabcab"]


async def test_a_user_with_many_connections_has_no_more_turns_than_one_with_a_single_one() -> None:
    turns, done = Turns(), []

    def turn(user: str, connection: int) -> None:
        done.append(user)
        turns.count(TURN_SECONDS)
        if len(done) < 20:
            turns.wait(lambda: turn(user, connection), ("", user, connection))

    for number in range(10):
        turns.wait(lambda number=number: turn("many", number), ("", "many", number))  # type: ignore[misc]
    turns.wait(lambda: turn("one", 0), ("", "one", 0))
    for _ in range(20):
        await asyncio.sleep(0)
    assert done[:20].count("one") == 10


async def test_short_turns_are_not_counted() -> None:
    turns = Turns()
    for _ in range(1_000):
        turns.count(TURN_SECONDS / 100)
    told_before = turns.are_over
    turns.count(2 * TURN_SECONDS)
    told = [turns.are_over]
    for _ in range(2):
        await asyncio.sleep(0)
        told.append(turns.are_over)
    assert not told_before
    assert told[0]
    assert not told[-1]


async def test_a_session_whose_turn_is_over_lets_others_have_theirs() -> None:
    turns = Turns()
    (busy, _), (other, _) = inbox(turns), inbox(turns)
    order = []

    async def work(box: Inbox, seconds: float, name: str, count: int) -> None:
        for _ in range(count):
            await box.next()
            order.append(name)
            until = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < until:
                pass

    working = asyncio.gather(work(busy, 2 * TURN_SECONDS, "busy", 3), work(other, 0, "other", 1))
    await asyncio.sleep(0)
    for _ in range(3):
        busy.put("long")
    other.put("short")
    await working
    assert order == ["busy", "other", "busy", "busy"]
