"""Merges response streams in arrival order."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs

from streamd.core.run import Response
from streamd.engine.graph.retries import NodeFailedError
from streamd.engine.live import InterruptRaisedError, StopAfterTurnError
from streamd.errors import RunError
from streamd.facts import frozen


@frozen(eq=False)
class _Pending:
    """A response of one stream, which continues only when it is passed on: its next step may rely on that."""

    response: Response
    passed_on: asyncio.Event = attrs.field(factory=asyncio.Event)


async def merged(name: str, *streams: AsyncGenerator[Response, None]) -> AsyncGenerator[Response, None]:
    """Merge the streams' responses in arrival order.

    A stream that fails ends the others. One that waits for a person or is to be retried, or stops after its turn, does not:
    the others run to their end first, and their changes stay.
    """
    if len(streams) == 1:
        async with aclosing(streams[0]):
            async for response in streams[0]:
                yield response
        return
    queue: asyncio.Queue[_Pending | None] = asyncio.Queue()
    tasks = [
        asyncio.create_task(_follow(stream, queue), name=f"{name} {index}")
        for index, stream in enumerate(streams)
    ]
    for task in tasks:
        task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        active = len(tasks)
        while active:
            pending = await queue.get()
            if pending is None:
                active -= 1
                if any(_has_failed(task) for task in tasks):
                    break
            else:
                yield pending.response
                pending.passed_on.set()
        cancelled = [task for task in tasks if task.cancelled()]
    finally:
        await _end(tasks)
    for task in sorted(tasks, key=lambda task: not _has_failed(task)):
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
    if cancelled:  # not by this merge: the branch's work is missing
        raise RunError("a branch of the agent was cancelled by itself")


async def _follow(stream: AsyncGenerator[Response, None], queue: asyncio.Queue[_Pending | None]) -> None:
    async with aclosing(stream):
        async for response in stream:
            pending = _Pending(response)
            queue.put_nowait(pending)
            await pending.passed_on.wait()


def _has_failed(task: "asyncio.Task[None]") -> bool:
    if not task.done():
        return False
    if task.cancelled():
        return True
    error = task.exception()
    return error is not None and not isinstance(
        error, InterruptRaisedError | NodeFailedError | StopAfterTurnError
    )


async def _end(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
