"""Tasks that the engine owns: a failure in one is logged and stops nothing else; at the end they have a while."""

import asyncio
from collections.abc import Coroutine
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_END_SECONDS: Final = 2.0
"""How long work that was begun for clients may go on once nothing can be changed any more."""


async def ended_in_time(tasks: set[asyncio.Task[None]]) -> None:
    """Wait for tasks, and cancel those that are late: nothing can be changed any more, and nobody is answered."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_END_SECONDS)
        for task in late:
            log.warning("task_late", task=task.get_name())
            task.cancel()


async def guarded(work: Coroutine[object, object, None], name: str) -> None:
    """Do work; log its failure."""
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException:
        log.exception("task_failed", task=name)
