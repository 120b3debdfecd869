"""Takes a user's words out of a workspace."""

import attrs

from streamd.core.event import Author
from streamd.engine import lifecycle
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("admin")
async def forget_user(service: Service, actor: Actor, user_id: str) -> lifecycle.Forgotten:
    """Forget a user. Raises as the engine's `forget_user` does."""
    engine = service.engine
    scope, _ = attrs.evolve(actor, author=Author(user_id)).op_key("") or ("", "")
    return await lifecycle.forget_user(
        engine.runs.services, engine.threads, actor.workspace, user_id, scope, actor.user_id
    )
