"""Takes a user's words out of a workspace."""

import attrs

from streamd.core.event import Author
from streamd.engine import lifecycle
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("admin")
async def forget_user(
    service: Service, actor: Actor, user_id: str, *, everywhere: bool = False
) -> lifecycle.Forgotten:
    """Forget a user, also `everywhere` that the actor has the right `admin`. Raises as the engine's `forget_user` does."""
    if not everywhere:
        return await _forget(service, actor, user_id)
    await service.engine.journal.flushed(actor.workspace)
    gone = lifecycle.Forgotten()
    for workspace in await service.engine.store.workspaces():
        if actor.principal.may("admin", workspace):
            gone.add(await _forget(service, actor.within(workspace), user_id))
            gone.workspaces += 1
    return gone


async def _forget(service: Service, actor: Actor, user_id: str) -> lifecycle.Forgotten:
    engine = service.engine
    scope, _ = attrs.evolve(actor, author=Author(user_id)).op_key("") or ("", "")
    return await lifecycle.forget_user(
        engine.runs.services, engine.threads, actor.workspace, user_id, scope, actor.user_id
    )
