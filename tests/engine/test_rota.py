"""Runs that all have something to do at the same moment take turns."""

import asyncio
from collections import Counter

from streamd.engine.live._loop_throttle import LoopThrottle

CROWD = 40
AT_ONCE = 4


async def one_turn_of_the_loop() -> None:
    passed = asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    await passed.wait()


async def test_a_few_go_on_without_waiting() -> None:
    rota = LoopThrottle(AT_ONCE)
    went = []

    async def go() -> None:
        for number in range(AT_ONCE):
            await rota.turn()
            went.append(number)

    task = asyncio.create_task(go())
    await one_turn_of_the_loop()
    assert went == list(range(AT_ONCE))
    await task


async def test_of_a_crowd_only_a_few_go_on_in_one_turn_of_the_loop_and_all_in_the_order_they_came() -> None:
    rota, loop = LoopThrottle(AT_ONCE), asyncio.get_running_loop()
    went: list[tuple[int, int]] = []
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1
        if len(went) < CROWD:
            loop.call_soon(count)

    async def go(number: int) -> None:
        await rota.turn()
        went.append((number, turns))

    loop.call_soon(count)
    async with asyncio.timeout(5):
        await asyncio.gather(*(go(number) for number in range(CROWD)))
    assert [number for number, _ in went] == list(range(CROWD))
    assert max(Counter(turn for _, turn in went).values()) == AT_ONCE


async def test_who_is_cancelled_while_waiting_takes_no_turn_and_holds_up_nobody() -> None:
    rota = LoopThrottle(1)
    went: list[int] = []

    async def go(number: int) -> None:
        await rota.turn()
        went.append(number)

    tasks = [asyncio.create_task(go(number)) for number in range(5)]
    await one_turn_of_the_loop()
    for task in tasks[1:4]:
        task.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert went == [0, 4]
