"""Fair turns: whoever has used least is next, and nobody holds more than its places."""

import asyncio
import time

import pytest

from streamd.fair_turns import FairTurns


async def settle() -> None:
    """Let all tasks go on until they wait."""
    for _ in range(20):
        await asyncio.sleep(0)


class Line:
    """Tasks that take a turn each, and hold it until they are let go."""

    def __init__(self, turns: FairTurns) -> None:
        self.turns = turns
        self.served: list[str] = []
        self.going: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, user: str, *, kind: str = "all", part: str = "") -> None:
        async def hold() -> None:
            async with self.turns.turn(kind, user, user, part):
                self.served.append(name)
                self.going[name] = asyncio.Event()
                await self.going[name].wait()

        self.tasks[name] = asyncio.create_task(hold())
        await settle()

    async def release(self, name: str) -> None:
        self.going[name].set()
        await self.tasks[name]
        await settle()


async def test_a_user_with_many_requests_does_not_delay_one_with_one() -> None:
    line = Line(FairTurns(1))
    for number in range(5):
        await line.ask(f"greedy {number}", "greedy")
    await line.ask("modest", "modest")
    await line.release("greedy 0")
    assert line.served == ["greedy 0", "modest"]


async def test_connections_of_one_user_share_as_one_and_take_turns_among_themselves() -> None:
    line = Line(FairTurns(1))
    await line.ask("a1", "a", part="1")
    await line.ask("a1 again", "a", part="1")
    await line.ask("a2", "a", part="2")
    await line.ask("b", "b")
    for name in ("a1", "b", "a2"):
        await line.release(name)
    assert line.served[:2] == ["a1", "b"]
    assert line.served[2] == "a2"


async def test_a_user_holds_no_more_places_than_one_may() -> None:
    line = Line(FairTurns(3, per_user=1))
    await line.ask("first", "a")
    await line.ask("second", "a")
    await line.ask("other", "b")
    assert line.served == ["first", "other"]
    await line.release("first")
    assert line.served == ["first", "other", "second"]


async def test_places_that_are_kept_are_for_others() -> None:
    line = Line(FairTurns(2, limits={"others": 1}))
    await line.ask("first", "a", kind="others")
    await line.ask("second", "b", kind="others")
    await line.ask("run", "c", kind="kept")
    assert line.served == ["first", "run"]


async def test_who_does_not_wait_any_more_is_passed_over() -> None:
    line = Line(FairTurns(1))
    for name in ("first", "gone", "last"):
        await line.ask(name, name)
    line.tasks["gone"].cancel()
    await settle()
    await line.release("first")
    assert line.served == ["first", "last"]


async def test_a_turn_that_is_granted_to_somebody_who_is_cancelled_in_that_moment_goes_to_the_next() -> None:
    line = Line(FairTurns(1))
    for name in ("first", "gone", "last"):
        await line.ask(name, name)
    line.going["first"].set()
    await asyncio.sleep(0)  # its task has given the turn back, and the next one has not run yet
    line.tasks["gone"].cancel()
    await settle()
    assert line.served == ["first", "last"]


async def test_ten_thousand_users_are_forgotten_when_they_are_idle() -> None:
    turns = FairTurns(1)
    for number in range(10_000):
        async with turns.turn("all", number, number, None):
            pass
    assert not turns._shares.all.parts


async def test_requests_that_end_in_the_same_moment_give_their_places_back() -> None:
    line = Line(FairTurns(2))
    for number in range(8):
        await line.ask(f"gone {number}", "gone", part=str(number % 3))
    for number in range(8):
        line.tasks[f"gone {number}"].cancel()
    await asyncio.gather(*line.tasks.values(), return_exceptions=True)
    for name in ("a", "b"):
        await line.ask(name, name)
    assert line.served[2:] == ["a", "b"]


async def test_a_place_is_given_to_whoever_still_waits_for_it() -> None:
    line = Line(FairTurns(1))
    for name in ("served", "gone", "stays"):
        await line.ask(name, "one")
    line.tasks["served"].cancel()
    line.tasks["gone"].cancel()
    await settle()
    assert line.served == ["served", "stays"]


@pytest.mark.alone
async def test_to_give_up_many_requests_at_once_takes_no_time_however_many_others_wait() -> None:
    turns = FairTurns(1)

    async def hold(user: str) -> None:
        async with turns.turn("all", user, user, None):
            await asyncio.Event().wait()

    served = asyncio.create_task(hold("served"))
    gone = [asyncio.create_task(hold("gone")) for _ in range(200)]
    others = [asyncio.create_task(hold(f"other {number % 30}")) for number in range(1_000)]
    await settle()
    began = time.thread_time()
    for task in (served, *gone):
        task.cancel()
    await asyncio.wait([served, *gone])
    assert time.thread_time() - began < 1
    for task in others:
        task.cancel()
    await asyncio.wait(others)
