"""Runs long computations outside the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

_IN_LOOP: Final = 300
"""Up to this many items a computation is quicker than handing it to a thread."""
_COMPUTING: Final = ThreadPoolExecutor(1, thread_name_prefix="analysis")
"""One thread for all runs: only one of them can hold the interpreter anyway, and each further one that wants it makes the
loop wait longer for its turn. Measured while forecasts are computed: 20 ms at most with one thread, 300 ms with three."""


async def run_cpu_bound(size: int, compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Compute over `size` items: at once when they are few, in the thread when others would have to wait."""
    if size <= _IN_LOOP:
        return compute(*args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_COMPUTING, partial(compute, *args, **kwargs))


async def each_cpu_bound(compute: Callable[[T], R], parts: Iterable[T]) -> AsyncGenerator[R, None]:
    """Compute one part after the other in the thread. Runs that compute at the same time take turns, part by part."""
    loop = asyncio.get_running_loop()
    for part in parts:
        yield await loop.run_in_executor(_COMPUTING, compute, part)
