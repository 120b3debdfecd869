"""Merging: several that tell at the same time, told one after the other as it comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs

from streamd.core.run import Response
from streamd.engine.live import InterruptRaisedError, StopAfterTurnError
from streamd.errors import RunError


@attrs.frozen(eq=False)
class _Told:
    """What one of them tells. It goes on only when that has been passed on: its next step may rest on it being told."""

    response: Response
    passed_on: asyncio.Event = attrs.field(factory=asyncio.Event)


async def merged(name: str, *streams: AsyncGenerator[Response, None]) -> AsyncGenerator[Response, None]:
    """What the streams tell, as it comes.

    One that fails ends the others. One that waits for a person, or stops after its turn, does not: the others come to their
    end first, and what they did is kept.
    """
    if len(streams) == 1:
        async with aclosing(streams[0]):
            async for response in streams[0]:
                yield response
        return
    told: asyncio.Queue[_Told | None] = asyncio.Queue()
    tasks = [
        asyncio.create_task(_follow(stream, told), name=f"{name} {index}")
        for index, stream in enumerate(streams)
    ]
    for task in tasks:
        task.add_done_callback(lambda _: told.put_nowait(None))
    try:
        going_on = len(tasks)
        while going_on:
            came = await told.get()
            if came is None:
                going_on -= 1
                if any(_has_failed(task) for task in tasks):
                    break
            else:
                yield came.response
                came.passed_on.set()
        cancelled = [task for task in tasks if task.cancelled()]
    finally:
        await _end(tasks)
    for task in sorted(tasks, key=lambda task: not _has_failed(task)):
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
    if cancelled:  # not by us: what it should have done is missing
        raise RunError("a branch of the agent was cancelled by itself")


async def _follow(stream: AsyncGenerator[Response, None], told: asyncio.Queue[_Told | None]) -> None:
    async with aclosing(stream):
        async for response in stream:
            came = _Told(response)
            told.put_nowait(came)
            await came.passed_on.wait()


def _has_failed(task: "asyncio.Task[None]") -> bool:
    if not task.done():
        return False
    if task.cancelled():
        return True
    error = task.exception()
    return error is not None and not isinstance(error, InterruptRaisedError | StopAfterTurnError)


async def _end(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
