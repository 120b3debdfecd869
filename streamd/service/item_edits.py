"""Edits items: one change, many, or all or none; and undoes what was done."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from streamd.core.change import Change
from streamd.core.item import ItemId, Seq
from streamd.core.run import RunId
from streamd.engine.journal import undo_writes
from streamd.engine.journal.writes import Done, ItemWrite, Receipt, WriteResult
from streamd.errors import RefusedError
from streamd.ids import time_ordered_id
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

EDITS_IN_FLIGHT: Final = 64
"""Edits of one bulk message that wait for the disk at a time: enough to fill commits, few enough to let others in."""


@use_case("edit")
def edit_item(
    service: Service, actor: Actor, change: Change, done: Done, *, op_id: str | None = None, size: int = 0
) -> None:
    """Submit one change. `done` is called with its result, later; `size` is that of the message, in bytes.

    Raises BusyError when too many changes wait, DrainingError when the daemon is stopping.
    """
    service.engine.journal.submit(
        ItemWrite(actor.workspace, (change,), actor.author, done, actor.op_key(op_id), size=size)
    )


@use_case("edit")
def edit_each(
    service: Service,
    actor: Actor,
    changes: Iterable[tuple[int, Change | RefusedError]],
    *,
    op_id: str | None = None,
) -> AsyncIterator[WriteResult]:
    """Make changes one by one; yields the result of each, in order.

    Args:
        service: the service.
        actor: who edits.
        changes: each with its number, under which its result is recorded when there is an `op_id`: a repetition must
            give the same change the same number. An error stands for a change that cannot be made.
        op_id: makes the whole repeatable.

    """
    return _edit_each(service, actor, changes, op_id)


async def _edit_each(
    service: Service, actor: Actor, changes: Iterable[tuple[int, Change | RefusedError]], op_id: str | None
) -> AsyncIterator[WriteResult]:
    waiting: deque[asyncio.Future[WriteResult]] = deque()
    for number, change in changes:
        if len(waiting) >= EDITS_IN_FLIGHT:
            yield await waiting.popleft()
        if isinstance(change, RefusedError):
            refused: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()
            refused.set_result(change)
            waiting.append(refused)
            continue
        part = None if op_id is None else f"{op_id}/{number}"
        waiting.append(await _submit(service, actor, (change,), part))
    while waiting:
        yield await waiting.popleft()


@use_case("edit")
async def edit_all(
    service: Service, actor: Actor, changes: Sequence[Change], *, op_id: str | None = None
) -> Receipt:
    """Make all of these changes, or none. Raises the error of the first that is refused."""
    result = await (await _submit(service, actor, tuple(changes), op_id))
    if not isinstance(result, Receipt):
        raise result
    return result


@use_case("edit")
async def undo_run(service: Service, actor: Actor, run_id: RunId, *, op_id: str | None = None) -> Receipt:
    """Take back everything that a run changed; all of it, or nothing. Raises as `undo_writes.undo_run` does."""
    engine = service.engine
    return await undo_writes.undo_run(
        engine.journal, engine.store, actor.workspace, run_id, actor.author, actor.op_key(op_id)
    )


@use_case("edit")
async def undo_change(service: Service, actor: Actor, seq: Seq, *, op_id: str | None = None) -> Receipt:
    """Take back one change of an item. Raises as `undo_writes.undo_change` does."""
    engine = service.engine
    return await undo_writes.undo_change(
        engine.journal, engine.store, actor.workspace, seq, actor.author, actor.op_key(op_id)
    )


def new_item_id(service: Service, item_type: object) -> ItemId:
    """A new id that begins with the item's type."""
    return ItemId(time_ordered_id(str(item_type or "item"), service.engine.clock.now_ms()))


async def _submit(
    service: Service, actor: Actor, changes: tuple[Change, ...], op_id: str | None
) -> "asyncio.Future[WriteResult]":
    """Submit changes when there is room, as one write; the future of its result."""
    journal = service.engine.journal
    await journal.room()
    return journal.submit_for_result(
        lambda done: ItemWrite(actor.workspace, changes, actor.author, done, actor.op_key(op_id))
    )
