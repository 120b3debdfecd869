"""Long work leaves the event loop to others."""

import asyncio
import threading

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
