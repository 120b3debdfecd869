"""Edits items, one change, several or all-or-nothing, and undoes changes."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import orjson

from streamd.core.change import Change, fingerprint, json_size
from streamd.core.item import ItemId, Seq
from streamd.core.run import RunId
from streamd.engine.journal import PART, Done, ItemWrite, Receipt, WriteResult, revert_change, revert_run
from streamd.errors import RefusedError
from streamd.ids import derived_id, time_ordered_id
from streamd.long_work import REQUESTS, SharedSlices
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

EDITS_IN_FLIGHT: Final = 256
"""Concurrent edits of one bulk message: enough to fill commits, few enough not to starve other writers."""

NumberedChange: TypeAlias = tuple[int, Change | RefusedError]

_FEW_CHANGES: Final = 64
"""More that are committed together have to wait for their turn."""
_CHANGE_BYTES: Final = 1024
"""Memory of one of many changes that are committed together, at least."""


@use_case("edit")
def edit_item(
    service: Service, actor: Actor, change: Change, done: Done, *, op_id: str | None = None, size: int = 0
) -> None:
    """Submit one change. `done` is called with its result once it is committed; `size` is that of the message, in bytes.

    Raises BusyError when the journal's queue is full, DrainingError when the daemon is stopping.
    """

    def counted(result: WriteResult) -> None:
        if not isinstance(result, Receipt):
            service.count_refusal("edit_item", actor, result)
        done(result)

    asked = None if op_id is None else fingerprint(change)
    service.engine.journal.submit(
        ItemWrite(
            actor.workspace,
            (change,),
            actor.author,
            counted,
            None if op_id is None else actor.op_key(op_id),
            asked,
            size=size,
            flow=actor.flow,
        )
    )


@use_case("edit")
async def edit_each(
    service: Service,
    actor: Actor,
    changes: Iterable[NumberedChange] | AsyncIterable[Sequence[NumberedChange]],
    *,
    op_id: str | None = None,
    asked: str | None = None,
) -> AsyncGenerator[WriteResult, None]:
    """Submit changes independently of each other; yields the result of each, in order.

    Raises OpIdReusedError, before any change, where the `op_id` was used for something else.

    Args:
        service: the service.
        actor: the author.
        changes: each with its number, under which its result is recorded when there is an `op_id`: a repetition must
            number the changes alike. An error in place of a change is yielded as its result. They may come in blocks; then a
            block is asked for when most of the one before is done.
        op_id: idempotency key of the whole sequence.
        asked: fingerprint of the whole sequence; required with an `op_id`.

    """
    slices = SharedSlices()
    if op_id is not None:
        # Without changes: it only records what the key stands for.
        begun = await (await _submit(service, actor, (), op_id, asked))
        if not isinstance(begun, Receipt):
            raise begun
    pending: deque[asyncio.Future[WriteResult]] = deque()
    async for block in _blocks(changes):
        done_by_older: Mapping[int, Receipt] = {}
        if op_id is not None:
            done_by_older = await _done_by_older(service, actor, op_id, [number for number, _ in block])
        for number, change in block:
            await slices.rest()
            if len(pending) >= EDITS_IN_FLIGHT:
                yield await pending.popleft()
            if isinstance(change, RefusedError) or number in done_by_older:
                known: asyncio.Future[WriteResult] = asyncio.get_running_loop().create_future()
                known.set_result(change if isinstance(change, RefusedError) else done_by_older[number])
                pending.append(known)
                continue
            part = None if op_id is None else part_key(op_id, number)
            pending.append(await _submit(service, actor, (change,), part, asked, size=json_size(change)))
    while pending:
        yield await pending.popleft()


async def _blocks(
    changes: Iterable[NumberedChange] | AsyncIterable[Sequence[NumberedChange]],
) -> AsyncIterator[Sequence[NumberedChange]]:
    if isinstance(changes, AsyncIterable):
        async for block in changes:
            yield block
    else:
        yield list(changes)


async def _done_by_older(
    service: Service, actor: Actor, op_id: str, numbers: Sequence[int]
) -> Mapping[int, Receipt]:
    """The results of the parts of an operation that streamd 0.1 began, under keys that a client could write, too."""
    scope, _ = actor.op_key(op_id) or ("", "")
    keys = {(actor.workspace, scope, f"{op_id}/{number}"): number for number in numbers}
    recorded = {
        keys[key]: orjson.loads(result) for key, result in (await service.engine.store.results(keys)).items()
    }
    # Since then every result of a client's operation says what was asked for.
    return {
        number: Receipt(results, repeated=True)
        for number, results in recorded.items()
        if isinstance(results, list)
    }


def part_key(op_id: str, number: int) -> str:
    """Key under which the result of one change of `edit_each` is recorded."""
    return f"{op_id}{PART}{number}"


@use_case("edit")
async def edit_all(
    service: Service, actor: Actor, changes: Sequence[Change], *, op_id: str | None = None
) -> Receipt:
    """Apply all of these changes, or none. Raises the error of the first that is refused."""
    size = sum(map(json_size, changes))
    asked = None if op_id is None else await REQUESTS.compute(size, fingerprint, "all", *changes)
    submitted = partial(_submit, service, actor, tuple(changes), op_id, asked, size=size, is_one_change=True)
    if len(changes) > _FEW_CHANGES:
        async with service.engine.journal.long_writes.turn("edit", *actor.flow.keys):
            result = await (await submitted())
    else:
        result = await (await submitted())
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


def new_item_id(
    service: Service, actor: Actor, item_type: object, op_id: str | None = None, number: int = 0
) -> ItemId:
    """Make an id with the item's type as prefix: a new one, or the same again for the same part of an operation."""
    prefix, key = str(item_type or "item"), actor.op_key(op_id)
    if key is None:
        return ItemId(time_ordered_id(prefix, service.engine.clock.now_ms()))
    return ItemId(derived_id(prefix, *key, number))


async def _submit(
    service: Service,
    actor: Actor,
    changes: tuple[Change, ...],
    op_id: str | None,
    asked: str | None,
    *,
    size: int = 0,
    is_one_change: bool = False,
) -> "asyncio.Future[WriteResult]":
    """Wait for room in the journal's queue and submit changes as one write; returns the future of its result."""
    journal = service.engine.journal
    await journal.room(actor.workspace, actor.flow)
    return journal.submit_for_result(
        lambda done: ItemWrite(
            actor.workspace,
            changes,
            actor.author,
            done,
            actor.op_key(op_id),
            asked,
            is_one_change,
            size=max(size, _CHANGE_BYTES * len(changes)),
            flow=actor.flow,
        )
    )
