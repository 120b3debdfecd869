"""Long work leaves the event loop to others."""

import asyncio
import re
import threading
from contextvars import ContextVar
from pathlib import Path

import pytest

from streamd import long_work
from streamd.long_work import LONG_BYTES, LongWork, Slices


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


async def test_what_is_computed_in_a_thread_sees_the_context_of_its_caller() -> None:
    name = ContextVar("name", default="nobody")
    name.set("ann")
    assert await LongWork("tried").run(name.get) == "ann"


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
