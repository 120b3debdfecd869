"""Edits of many different items, several as one write: a write costs as much as a change."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence
from typing import Final, TypeAlias

from streamd.core.change import Change, json_size
from streamd.engine.journal import ItemWrite, Receipt, WriteResult
from streamd.long_work import LONG_BYTES, SharedSlices
from streamd.service.actor import Actor
from streamd.service.use_case import Service

_MOST_CHANGES: Final = 32
"""Most changes of one write; also bounded in bytes, so that the event loop decides it."""
_IN_FLIGHT: Final = 8
"""Writes of one import that are not committed yet."""

_Changes: TypeAlias = tuple[Change, ...]


async def edit_groups(
    service: Service, actor: Actor, blocks: AsyncIterable[Sequence[Change]]
) -> AsyncGenerator[WriteResult, None]:
    """Submit changes of items that have nothing to do with each other, each item once; yields the result of each, in order.

    Where one of a group is refused, and with it the group, its changes are submitted one by one.
    """
    slices = SharedSlices()
    pending: deque[tuple[_Changes, asyncio.Future[WriteResult]]] = deque()
    async for block in blocks:
        for group, size in _groups(block):
            await slices.rest()
            if len(pending) >= _IN_FLIGHT:
                for result in await _results(service, actor, *pending.popleft()):
                    yield result
            pending.append((group, await _submit(service, actor, group, size)))
    while pending:
        for result in await _results(service, actor, *pending.popleft()):
            yield result


def _groups(changes: Sequence[Change]) -> Iterator[tuple[_Changes, int]]:
    """Groups of changes, each with its size."""
    group: list[Change] = []
    size = 0
    for change in changes:
        added = json_size(change)
        if group and (len(group) >= _MOST_CHANGES or size + added > LONG_BYTES):
            yield tuple(group), size
            group, size = [], 0
        group.append(change)
        size += added
    if group:
        yield tuple(group), size


async def _results(
    service: Service, actor: Actor, group: _Changes, committed: "asyncio.Future[WriteResult]"
) -> Sequence[WriteResult]:
    """The result of each change of a group."""
    result = await committed
    if isinstance(result, Receipt):
        return [Receipt((one,)) for one in result.results]
    if len(group) == 1:
        service.count_refusal("import_table", actor, result)
        return [result]
    alone = [await _submit(service, actor, (change,), json_size(change)) for change in group]
    return [
        one for change, future in zip(group, alone, strict=True) for one in await _results(service, actor, (change,), future)
    ]  # fmt: skip


async def _submit(
    service: Service, actor: Actor, group: _Changes, size: int
) -> "asyncio.Future[WriteResult]":
    journal = service.engine.journal
    await journal.room(actor.workspace, actor.flow)
    return journal.submit_for_result(
        lambda done: ItemWrite(actor.workspace, group, actor.author, done, size=size, flow=actor.flow)
    )
