"""Lists workspaces, and the conversations, runs and interrupts of one."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import attrs

from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.core.thread import Interrupt, ThreadFilter, ThreadSummary
from streamd.errors import NotFoundError
from streamd.service._ownership import check_thread, is_own_question, own_user
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("read")
async def list_threads(
    service: Service, actor: Actor, wanted: ThreadFilter, limit: int, before: int | None = None
) -> Sequence[ThreadSummary]:
    """List threads, the last used first; with `before` those after that place in the list.

    Those of others than the actor require the right `admin`.
    """
    wanted = attrs.evolve(wanted, user_id=own_user(actor, wanted.user_id))
    await service.engine.journal.flushed(actor.workspace)  # so that a run that has just begun is there
    return await service.engine.store.threads(actor.workspace, wanted, limit, before)


@use_case("read")
async def list_runs(
    service: Service, actor: Actor, wanted: RunFilter, limit: int, before: RunId | None = None
) -> Sequence[RunRecord]:
    """List runs, the last one first; with `before` those that are older than this one.

    Those of others than the actor require the right `admin`. Raises NotFoundError where there is no run `before`.
    """
    wanted = attrs.evolve(wanted, user_id=own_user(actor, wanted.user_id))
    await service.engine.journal.flushed(actor.workspace)
    if before is not None and await service.engine.store.run(actor.workspace, before) is None:
        raise NotFoundError(
            f"there is no run {before} here; it may be too old to be kept: list from the first page again"
        )
    return await service.engine.store.runs(actor.workspace, wanted, limit, before)


@use_case("read")
async def list_interrupts(
    service: Service, actor: Actor, thread_id: str | None = None
) -> AsyncGenerator[Sequence[Interrupt], None]:
    """List the pending interrupts of the actor's runs, for `admin` of all, or of one thread, the oldest first, in blocks."""
    if thread_id is not None:
        await check_thread(service, actor, thread_id)
    async with aclosing(service.engine.interrupts.pending(actor.workspace, thread_id)) as found:
        async for block in found:
            if thread_id is None:
                block = [one for one in block if await is_own_question(service, actor, one)]  # noqa: PLW2901
            yield block


@use_case("read")
async def list_workspaces(service: Service, actor: Actor, limit: int, after: str = "") -> Sequence[str]:
    """List the workspaces that anything was ever written in and that the actor may read, by name, after a name."""
    names = await service.engine.store.workspaces()
    readable = (name for name in names if name > after and actor.principal.may("read", name))
    return sorted(readable)[:limit]
