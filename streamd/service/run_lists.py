"""Lists workspaces, and the conversations and runs of one."""

from collections.abc import Sequence

from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.core.thread import ThreadFilter, ThreadSummary
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("read")
async def list_threads(
    service: Service, actor: Actor, wanted: ThreadFilter, limit: int, before: int | None = None
) -> Sequence[ThreadSummary]:
    """List threads, the last used first; with `before` those after that place in the list."""
    await service.engine.journal.flushed(actor.workspace)  # so that a run that has just begun is there
    return await service.engine.store.threads(actor.workspace, wanted, limit, before)


@use_case("read")
async def list_runs(
    service: Service, actor: Actor, wanted: RunFilter, limit: int, before: RunId | None = None
) -> Sequence[RunRecord]:
    """List runs, the last one first; with `before` those that are older than this one."""
    await service.engine.journal.flushed(actor.workspace)
    return await service.engine.store.runs(actor.workspace, wanted, limit, before)


@use_case("read")
async def list_workspaces(service: Service, actor: Actor, limit: int, after: str = "") -> Sequence[str]:
    """List the workspaces that anything was ever written in and that the actor may read, by name, after a name."""
    names = await service.engine.store.workspaces()
    readable = (name for name in names if name > after and actor.principal.may("read", name))
    return sorted(readable)[:limit]
