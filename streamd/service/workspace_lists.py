"""Lists workspaces."""

from collections.abc import Sequence

from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("read")
async def list_workspaces(service: Service, actor: Actor, limit: int, after: str = "") -> Sequence[str]:
    """List the workspaces that anything was ever written in and that the actor may read, by name, after a name."""
    names = await service.engine.store.workspaces()
    readable = (name for name in names if name > after and actor.principal.may("read", name))
    return sorted(readable)[:limit]
