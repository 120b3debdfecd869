"""Long computations beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_IN_LOOP: Final = 300
"""Up to this many items a computation is quicker than handing it to a thread."""


async def off_loop(size: int, compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Compute over `size` items: at once when they are few, in a thread when others would have to wait."""
    if size <= _IN_LOOP:
        return compute(*args, **kwargs)
    return await asyncio.to_thread(compute, *args, **kwargs)
