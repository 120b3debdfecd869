"""Edits items, one change, several or all-or-nothing, and undoes changes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from streamd.core.change import Change
from streamd.core.item import ItemId, Seq
from streamd.core.run import RunId
from streamd.engine.journal import Done, ItemWrite, Receipt, WriteResult, revert_change, revert_run
from streamd.errors import RefusedError
from streamd.ids import time_ordered_id
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

EDITS_IN_FLIGHT: Final = 64
"""Concurrent edits of one bulk message: enough to fill commits, few enough not to starve other writers."""


@use_case("edit")
def edit_item(
    service: Service, actor: Actor, change: Change, done: Done, *, op_id: str | None = None, size: int = 0
) -> None:
    """Submit one change. `done` is called with its result once it is committed; `size` is that of the message, in bytes.

    Raises BusyError when the journal's queue is full, DrainingError when the daemon is stopping.
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
    """Submit changes independently of each other; yields the result of each, in order.

    Args:
        service: the service.
        actor: the author.
        changes: each with its number, under which its result is recorded when there is an `op_id`: a repetition must
            number the changes alike. An error in place of a change is yielded as its result.
        op_id: idempotency key of the whole sequence.

    """
    return _edit_each(service, actor, changes, op_id)


async def _edit_each(
    service: Service, actor: Actor, changes: Iterable[tuple[int, Change | RefusedError]], op_id: str | None
) -> AsyncIterator[WriteResult]:
    pending: deque[asyncio.Future[WriteResult]] = deque()
    for number, change in changes:
        if len(pending) >= EDITS_IN_FLIGHT:
            yield await pending.popleft()
        if isinstance(change, RefusedError):
            refused: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()
            refused.set_result(change)
            pending.append(refused)
            continue
        part = None if op_id is None else f"{op_id}/{number}"
        pending.append(await _submit(service, actor, (change,), part))
    while pending:
        yield await pending.popleft()


@use_case("edit")
async def edit_all(
    service: Service, actor: Actor, changes: Sequence[Change], *, op_id: str | None = None
) -> Receipt:
    """Apply all of these changes, or none. Raises the error of the first that is refused."""
    result = await (await _submit(service, actor, tuple(changes), op_id))
    if not isinstance(result, Receipt):
        raise result
    return result


@use_case("edit")
async def undo_run(service: Service, actor: Actor, run_id: RunId, *, op_id: str | None = None) -> Receipt:
    """Undo all changes of a run, or none. Raises as `revert_run` does."""
    engine = service.engine
    return await revert_run(
        engine.journal, engine.store, actor.workspace, run_id, actor.author, actor.op_key(op_id)
    )


@use_case("edit")
async def undo_change(service: Service, actor: Actor, seq: Seq, *, op_id: str | None = None) -> Receipt:
    """Undo one change of an item. Raises as `revert_change` does."""
    engine = service.engine
    return await revert_change(
        engine.journal, engine.store, actor.workspace, seq, actor.author, actor.op_key(op_id)
    )


def new_item_id(service: Service, item_type: object) -> ItemId:
    """Make a new id with the item's type as prefix."""
    return ItemId(time_ordered_id(str(item_type or "item"), service.engine.clock.now_ms()))


async def _submit(
    service: Service, actor: Actor, changes: tuple[Change, ...], op_id: str | None
) -> "asyncio.Future[WriteResult]":
    """Wait for room in the journal's queue and submit changes as one write; returns the future of its result."""
    journal = service.engine.journal
    await journal.room()
    return journal.submit_for_result(
        lambda done: ItemWrite(actor.workspace, changes, actor.author, done, actor.op_key(op_id))
    )
