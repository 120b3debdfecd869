"""A process that writes to a store until it is killed: `python writer.py <path> <what>`."""
# ruff: noqa: T201 - what it prints is read by the tests

import asyncio
import random
import resource
import sys

from streamd.core.item import Seq
from streamd.errors import StoreError
from streamd.ports.store import Batch, Store
from streamd.stores.sqlite import open_sqlite
from tests.stores.samples import HALL, changed, commit, entry, holding, item, result

BLOWN_UP = "x" * 2_000


def batch_at(first: int, count: int, text: str = "") -> Batch:
    """Entries, each with a new item, a change of the first item, and a result."""
    batch = Batch("hall")
    for seq in range(first, first + count):
        batch.entries.append(entry(seq, text=f"{seq}{text}"))
        batch.items |= holding(item(f"item-{seq}", seq))
        batch.results.append(result(str(seq)))
    last = first + count - 1
    batch.items |= holding(changed(item("item-1", 1), max(last, 2), last=last))
    return batch


async def hold(_: Store) -> None:
    """Keep the file open, doing nothing."""
    print("open", flush=True)
    await asyncio.Event().wait()


async def write(store: Store) -> None:
    """Commit batches of any size without an end, and say after each what is acknowledged."""
    top = (await store.span(HALL)).top
    print(top, flush=True)
    while True:
        count = random.randint(1, 64)
        await commit(store, batch_at(top + 1, count))
        top = Seq(top + count)
        print(top, flush=True)


async def fill(store: Store) -> None:
    """Write until files may not grow any more, then let them grow again; say where the stream stands each time."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    top = 0
    try:
        while True:
            await commit(store, batch_at(top + 1, 4, BLOWN_UP))
            top += 4
    except StoreError as error:
        print(error.message, flush=True)
    print(top, (await store.span(HALL)).top, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await commit(store, batch_at(top + 1, 4))
    print(top + 4, (await store.span(HALL)).top, flush=True)


async def main(path: str, what: str) -> None:
    async with open_sqlite(path) as store:
        await {"hold": hold, "write": write, "fill": fill}[what](store)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
