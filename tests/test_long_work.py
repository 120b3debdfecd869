"""Long work leaves the event loop to others."""

import asyncio
import re
import threading
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path

import pytest

from streamd import long_work
from streamd.long_work import LONG_BYTES, Closing, LongWork, SharedSlices, Slices


async def test_what_is_short_is_computed_at_once_and_what_is_long_in_one_thread_in_order() -> None:
    work = LongWork("tried")
    done: list[int] = []

    def compute(number: int) -> int:
        done.append(number)
        return threading.get_ident()

    long = [asyncio.create_task(work.compute(LONG_BYTES + 1, compute, number)) for number in range(5)]
    assert await work.compute(LONG_BYTES, compute, 5) == threading.get_ident()
    threads = set(await asyncio.gather(*long))

    assert done == [5, 0, 1, 2, 3, 4]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_an_error_of_long_work_is_that_of_its_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await LongWork("tried").compute(LONG_BYTES + 1, int, "x")


async def test_who_is_cancelled_waits_for_the_end_of_work_that_may_not_be_left_alone() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(10)
        ended.set()

    async def worker() -> None:
        try:
            await LongWork("tried").run_to_end(work)
        finally:
            assert ended.is_set()

    working = asyncio.create_task(worker())
    await asyncio.to_thread(begun.wait, 10)
    working.cancel()
    asyncio.get_running_loop().call_soon(may_end.set)
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_work_that_may_not_be_left_alone_is_dropped_with_its_caller_where_it_has_not_begun() -> None:
    work, may_end = LongWork("tried"), threading.Event()
    before = work.run(may_end.wait, 10)
    done: list[int] = []
    working = asyncio.create_task(work.run_to_end(done.append, 1))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    may_end.set()
    await before
    await work.run(int)
    assert not done


async def test_what_is_computed_in_a_thread_sees_the_context_of_its_caller() -> None:
    name = ContextVar("name", default="nobody")
    name.set("ann")
    assert await LongWork("tried").run(name.get) == "ann"


async def test_files_are_closed_in_a_thread_of_their_own_although_one_of_them_cannot_be() -> None:
    closing, closed = Closing(), asyncio.Event()
    loop, names = asyncio.get_running_loop(), list[str]()

    def close() -> None:
        names.append(threading.current_thread().name)
        loop.call_soon_threadsafe(closed.set)

    def fail() -> None:
        raise OSError("the disk is gone")

    closing.start()
    closing.close(fail)
    closing.close(close)
    async with asyncio.timeout(10):
        await closed.wait()
    assert names == ["closing"]


def test_all_threads_that_compute_are_in_one_place(root: Path) -> None:
    makes = re.compile(r"ThreadPoolExecutor|run_in_executor|set_default_executor")
    found = [path.name for path in (root / "streamd").rglob("*.py") if makes.search(path.read_text())]
    assert found == ["long_work.py"]


async def test_what_is_sliced_lets_others_go_on_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "SLICE_SECONDS", 0.0)
    turns: list[str] = []

    async def some(name: str) -> None:
        slices = Slices()
        for _ in range(3):
            turns.append(name)
            await slices.rest()

    await asyncio.gather(some("a"), some("b"))
    assert turns == ["a", "b"] * 3


async def in_slices(name: str, turns: list[str], steps: int) -> None:
    slices = SharedSlices()
    for _ in range(steps):
        await slices.rest()
        turns.append(name)
    turns.append(f"{name} ends")


async def test_all_who_share_slices_have_one_of_a_turn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "SHARED_SECONDS", 0.0)
    turns: list[str] = []
    tasks = [asyncio.create_task(in_slices(name, turns, 2)) for name in "abc"]
    while not all(task.done() for task in tasks):
        turns.append("|")
        await asyncio.sleep(0)

    steps = [turn for turn in turns if not turn.endswith(" ends")]
    assert all("|" in pair for pair in pairwise(steps))
    assert sorted(step for step in steps if step != "|") == list("aabbcc")


async def test_what_is_short_does_not_wait_for_all_that_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "SHARED_SECONDS", 0.0)
    turns: list[str] = []
    long = [asyncio.create_task(in_slices(f"long {number}", turns, 50)) for number in range(20)]
    for _ in range(100):
        await asyncio.sleep(0)
    before = len(turns)
    await in_slices("short", turns, 1)
    assert len(turns) - before < 6
    await asyncio.gather(*long)


async def test_who_gave_up_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "SHARED_SECONDS", 0.0)
    turns: list[str] = []
    tasks = [asyncio.create_task(in_slices(name, turns, 3)) for name in "abcd"]
    await asyncio.sleep(0)
    for task in tasks[1:3]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {"a ends", "d ends"} < set(turns)
    assert not {"b ends", "c ends"} & set(turns)


async def test_an_owner_of_an_unfinished_slice_goes_on_without_waiting() -> None:
    turns: list[str] = []
    await asyncio.gather(*(in_slices(name, turns, 3) for name in "ab"))
    assert turns == ["a"] * 3 + ["a ends"] + ["b"] * 3 + ["b ends"]
