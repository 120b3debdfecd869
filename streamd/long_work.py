"""Work for which the event loop has no time: pure computations over what one message holds, in a thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

import orjson

P = ParamSpec("P")
T = TypeVar("T")

LONG_BYTES: Final = 16_384
"""Up to this size, as JSON, a computation is quicker than handing it to a thread."""
SLICE_SECONDS: Final = 0.01
"""After so long, work that goes on in the event loop gives everybody else a turn."""


def json_size(value: object) -> int:
    """Size of a value as JSON: finding it costs next to nothing beside anything else that is done with the value."""
    return len(orjson.dumps(value))


class LongWork:
    """A thread for one kind of long work: it is done piece by piece, in the order in which it was asked for.

    One thread, because only one can hold the interpreter anyway, and each further one makes the event loop wait longer.
    """

    def __init__(self, kind: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=kind)

    async def compute(self, size: int, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute over `size` bytes: at once when they are few, in the thread when others would have to wait."""
        if size <= LONG_BYTES:
            return compute(*args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, partial(compute, *args, **kwargs)
        )


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
IMPORTS: Final = LongWork("imports")
"""Judges files and reads their rows, block by block."""
CALLS: Final = LongWork("calls")
"""Reads what models and agents want to do with items, and records it."""
