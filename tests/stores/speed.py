"""How fast the SQLite store is here: `python -m tests.stores.speed`."""
# ruff: noqa: T201 - prints a table

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from streamd.core.item import Item, Seq
from streamd.ports.store import Batch, Retention, Store
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import (
    HALL,
    changed,
    commit,
    entry,
    holding,
    item,
    result,
    trim,
)
from tests.support.snapshots import snapshot_of

SECONDS = 2.0
TEXT = "x" * 180
"""Makes a body of about 200 bytes."""


def batch_of(items: Sequence[Item], top: int, *, with_results: bool = False) -> Batch:
    """One entry for each item."""
    batch = Batch("hall", [entry(top + 1 + index, text=TEXT) for index in range(len(items))], holding(*items))
    if with_results:
        batch.results += [result(f"op-{top + 1 + index}", at_ms=top) for index in range(len(items))]
    return batch


async def changes_per_second(store: Store, size: int, make: Callable[[int, int], Item], *, ops: bool) -> str:
    """Commit batches for a while. What making them takes is not counted."""
    top: int = (await store.span(HALL)).top
    spent = 0.0
    count = 0
    slowest = 0.0
    while spent < SECONDS:
        batch = batch_of([make(top + 1 + index, index) for index in range(size)], top, with_results=ops)
        began = time.perf_counter()
        await commit(store, batch)
        took = time.perf_counter() - began
        spent += took
        slowest = max(slowest, took)
        top += size
        count += size
    return f"{count / spent:>9,.0f}/s  {spent / count * size * 1e3:6.2f} ms a batch, slowest {slowest * 1e3:.0f} ms"


async def busy(stop: asyncio.Event) -> None:
    """Work that leaves the loop free for an instant every two milliseconds."""
    while not stop.is_set():
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)


async def timed(name: str, awaitable: Awaitable[object]) -> None:
    """Say how long something takes, and how long the loop had to wait meanwhile."""
    worst = 0.0
    done = asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before - 0.001)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        began = time.perf_counter()
        kept = await awaitable
        took = time.perf_counter() - began
        done.set()
    # Given back only now: to let go of a hundred thousand objects takes the loop some time too.
    del kept
    print(f"{name:<44}{took * 1e3:8.1f} ms, event loop late by at most {worst * 1e3:.1f} ms", flush=True)


async def write(store: Store) -> None:
    """Batches of every size and kind."""
    old = [item(f"old-{number:06}", number, quantity=1, text=TEXT[:100]) for number in range(1, 20_001)]
    for first in range(0, len(old), 250):
        await commit(store, batch_of(old[first : first + 250], first))
    numbers = random.Random(1)
    kinds: dict[str, Callable[[int, int], Item]] = {
        "add": lambda seq, _: item(f"new-{seq:09}", seq, quantity=1, text=TEXT[:100]),
        "change one of 500": lambda seq, _: changed(old[numbers.randrange(500)], seq, quantity=seq),
        "change one of 20,000": lambda seq, _: changed(numbers.choice(old), seq, quantity=seq),
    }
    for name, make in kinds.items():
        for size in (1, 16, 64, 256):
            for ops in (False, True):
                label = f"{name}, {size} a batch{', results' if ops else ''}"
                print(f"{label:<44}{await changes_per_second(store, size, make, ops=ops)}", flush=True)
    for size in (1, 64, 256):
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(busy(stop))
            told = await changes_per_second(store, size, kinds["add"], ops=True)
            stop.set()
        print(f"{f'add, {size} a batch, results, busy loop':<44}{told}", flush=True)


async def read(store: Store) -> None:
    """Long reads, of a workspace of 100,000 items."""
    for first in range(1, 100_001, 250):
        added = [
            item(f"item-{seq:06}", seq, quantity=1, text=TEXT[:100]) for seq in range(first, first + 250)
        ]
        await commit(store, Batch("yard", items=holding(*added)))
    top = (await store.span(HALL)).top
    print(f"100,000 items, {top:,} entries")
    await timed("snapshot", snapshot_of(store, "yard"))
    await timed("items", store.items("yard"))
    await timed("page of 100 of a type", store.page("yard", "inventory", Seq(50_000), 100))
    await timed("10,000 entries", store.entries(HALL, Seq(top - 10_000), 10_000))
    await timed("1,000 entries", store.entries(HALL, Seq(top - 1_000), 1_000))
    await timed("trim half", trim(store, Retention(top // 2, 0, 0)))
    await timed("checkpoint", store.checkpoint())


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "journal.db")
        async with open_sqlite(str(path)) as store:
            await write(store)
            await read(store)
        megabytes = path.stat().st_size / 1e6  # noqa: ASYNC240 - nothing else waits
        began = time.perf_counter()
        async with open_sqlite(str(path)):
            print(f"opening {megabytes:.0f} MB: {(time.perf_counter() - began) * 1e3:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
