"""Work for which the event loop has no time: computations in threads, one for each kind, and slices of what stays in the loop.

All threads that compute are here. Only one of them can hold the interpreter, and each further one that wants it makes the
loop wait longer: measured while forecasts are computed, 20 ms at most with one thread, 300 ms with three. So each kind has
one, in which it is done piece by piece, in the order in which it was asked for; and kinds are apart where one would
otherwise wait for seconds behind another:

- `REQUESTS`: what a message brings. All messages of a client wait for it, so nothing may stand before it that takes long.
- `CALLS`: what models and agents want to do. Runs wait for it, and are many.
- The journal's own (`engine/journal/writer.py`): decisions on long writes, for which all other writes wait.
- `ANALYSES`: what agents compute over all items, for seconds.
- `ITEMS`: all else that goes through many items or long texts. It has two threads, so that one long list holds up nobody.

SQLite's connections have threads of their own (`stores/sqlite/connection.py`). What only waits, for a disk or a library, is for
`asyncio.to_thread`: it hardly wants the interpreter.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

import orjson

P = ParamSpec("P")
T = TypeVar("T")

LONG_BYTES: Final = 16_384
"""Up to this size, as JSON, a computation is quicker than handing it to a thread."""
LONG_ITEMS: Final = 300
"""Up to this many items one is."""
SLICE_SECONDS: Final = 0.01
"""After so long, work that goes on in the event loop gives everybody else a turn."""


def json_size(value: object) -> int:
    """Size of a value as JSON: finding it costs next to nothing beside anything else that is done with the value."""
    return len(orjson.dumps(value))


class LongWork:
    """The thread, or the few, for one kind of long work."""

    def __init__(self, kind: str, *, threads: int = 1, most_at_once: int = LONG_BYTES) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=kind)
        self._most_at_once = most_at_once

    async def compute(self, size: int, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute over so much: at once when it is little, in the thread when others would have to wait."""
        if size <= self._most_at_once:
            return compute(*args, **kwargs)
        return await self.run(compute, *args, **kwargs)

    def run(self, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        """Compute in the thread, with the context variables of the caller."""
        call = partial(copy_context().run, compute, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def run_to_end(self, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute in the thread. A cancelled caller waits for it all the same: it may hold a lock that the work depends on."""
        working = self.run(compute, *args, **kwargs)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise


class Slices:
    """Parts what has to go on in the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    @property
    def are_over(self) -> bool:
        """Whether this turn has been long. An await costs more than to ask."""
        return self._loop.time() - self._since >= SLICE_SECONDS

    async def rest(self) -> None:
        """Give others a turn if this one has been long. Called between any two steps."""
        if self.are_over:
            await asyncio.sleep(0)
            self._since = self._loop.time()


REQUESTS: Final = LongWork("requests")
"""Reads messages and what they ask for."""
CALLS: Final = LongWork("calls")
"""Reads what models and agents want to do with items, and records it."""
ANALYSES: Final = LongWork("analyses", most_at_once=LONG_ITEMS)
"""Analyses and forecasts. Its sizes are numbers of items. Runs that compute at the same time take turns, part by part."""
ITEMS: Final = LongWork("items", threads=2)
"""Lists, snapshots, files, the past, and sentences about many items."""
