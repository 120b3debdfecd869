"""Reads, updates, rewinds and forks the states of threads; renames and deletes threads.

Each raises ForbiddenError for a thread of others; see `streamd.service._ownership`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from streamd.core.thread import Checkpoint, CheckpointId, Thread
from streamd.service._ownership import check_thread
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("read")
async def get_thread(
    service: Service, actor: Actor, thread_id: str, checkpoint_id: CheckpointId | None = None
) -> Thread:
    """Read the current state of a thread, or that at a checkpoint. Raises NotFoundError."""
    await check_thread(service, actor, thread_id)
    return await service.engine.threads.state(actor.workspace, thread_id, checkpoint_id)


@use_case("read")
async def get_thread_history(
    service: Service, actor: Actor, thread_id: str, limit: int, before: CheckpointId | None = None
) -> AsyncGenerator[Sequence[Checkpoint], None]:
    """List the checkpoints of a thread, the newest first, in blocks. Raises NotFoundError."""
    await check_thread(service, actor, thread_id)
    async with aclosing(service.engine.threads.history(actor.workspace, thread_id, limit, before)) as found:
        async for block in found:
            yield block


@use_case("request")
async def update_thread(
    service: Service,
    actor: Actor,
    thread_id: str,
    values: Mapping[str, object],
    as_node: str | None = None,
) -> Thread:
    """Update a thread's state, with `as_node` as if that node had returned it. Raises as `Threads.update` does.

    `as_node` requires the right `respond`, too: it passes over nodes that wait for approval.
    """
    if as_node is not None:
        actor.check("respond")
    await check_thread(service, actor, thread_id)
    return await service.engine.threads.update(
        actor.workspace, thread_id, values, as_node, actor.user_id, actor.principal
    )


@use_case("request")
async def rewind_thread(
    service: Service, actor: Actor, thread_id: str, checkpoint_id: CheckpointId
) -> Thread:
    """Rewind a thread to one of its checkpoints. Raises as `Threads.rewind` does."""
    await check_thread(service, actor, thread_id)
    return await service.engine.threads.rewind(
        actor.workspace, thread_id, checkpoint_id, actor.user_id, actor.principal
    )


@use_case("request")
async def fork_thread(
    service: Service,
    actor: Actor,
    thread_id: str,
    checkpoint_id: CheckpointId | None = None,
    to_thread_id: str | None = None,
) -> Thread:
    """Fork a new thread from this one's current state or from a checkpoint. Raises as `Threads.fork` does."""
    await check_thread(service, actor, thread_id)
    return await service.engine.threads.fork(
        actor.workspace, thread_id, checkpoint_id, to_thread_id, actor.user_id, actor.principal
    )


@use_case("request")
async def rename_thread(service: Service, actor: Actor, thread_id: str, title: str) -> None:
    """Give a thread a title. Raises NotFoundError."""
    await check_thread(service, actor, thread_id)
    await service.engine.threads.rename(actor.workspace, thread_id, title)


@use_case("request")
async def delete_thread(service: Service, actor: Actor, thread_id: str) -> int:
    """Delete a thread with its runs; returns their number. Raises as `Threads.delete` does."""
    await check_thread(service, actor, thread_id)
    return await service.engine.threads.delete(actor.workspace, thread_id, actor.user_id)
