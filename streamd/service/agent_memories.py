"""Searches, lists, clears and sets memories of agents, and searches the documents that they have."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

import attrs

from streamd.core.document_passage import Passage
from streamd.core.event import Author
from streamd.core.memory import Memory, MemoryFilter, MemoryKind
from streamd.engine import lifecycle
from streamd.engine.journal import RunUpdates, delete_memories, forget_memories
from streamd.ports.store import BLOCK, BLOCK_BYTES
from streamd.service._ownership import reader_of
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

_EXPORTED_AT_MOST: Final = 10_000
_FOUND_BYTES: Final = 1024 * 1024
"""Most that a search finds, beside the last one: what is found is in the order of the best, and read at once."""
"""Memories that are read at once; each may be long."""


@use_case("read")
async def search_memories(
    service: Service,
    actor: Actor,
    query: str,
    *,
    agent: str | None = None,
    user_id: str | None = None,
    kinds: frozenset[MemoryKind] | None = None,
    limit: int,
) -> Sequence[Memory]:
    """Search memories by the words of a query, best match first."""
    await service.engine.journal.flushed(
        actor.workspace
    )  # so that memories of a step that has just ended are found
    wanted = MemoryFilter(actor.workspace, agent, user_id, kinds, reader_of(actor))
    return await service.engine.store.memories.search(wanted, query, limit, most_bytes=_FOUND_BYTES)


@use_case("read")
def list_memories(
    service: Service,
    actor: Actor,
    *,
    agent: str | None = None,
    user_id: str | None = None,
    kinds: frozenset[MemoryKind] | None = None,
    limit: int = _EXPORTED_AT_MOST,
) -> AsyncGenerator[Sequence[Memory], None]:
    """List memories, the newest first, in blocks."""
    wanted = MemoryFilter(actor.workspace, agent, user_id, kinds, reader_of(actor))
    return _blocks(service, wanted, limit)


async def _blocks(
    service: Service, wanted: MemoryFilter, limit: int
) -> AsyncGenerator[Sequence[Memory], None]:
    await service.engine.journal.flushed(wanted.workspace)
    block: Sequence[Memory] = ()
    while limit > 0:
        before = block[-1].memory_id if block else None
        block = await service.engine.store.memories.latest(
            wanted, min(limit, BLOCK), before=before, most_bytes=BLOCK_BYTES
        )
        if not block:
            return
        yield block
        limit -= len(block)


@use_case("request")
async def clear_memories(
    service: Service,
    actor: Actor,
    *,
    agent: str | None = None,
    user_id: str | None = None,
    kinds: frozenset[MemoryKind] | None = None,
) -> int:
    """Clear memories; returns their number. Those of other users than the actor require the right `admin`."""
    if user_id is None or user_id != actor.user_id:
        actor.check("admin")
    await service.engine.journal.flushed(actor.workspace)
    engine = service.engine
    return await delete_memories(
        engine.journal, engine.store.memories, MemoryFilter(actor.workspace, agent, user_id, kinds)
    )


@use_case("request")
async def set_preference(service: Service, actor: Actor, key: str, value: object) -> Sequence[Memory]:
    """Set a preference of the actor, or withdraw it with None. Returns the memory that holds now, if any."""
    from streamd.engine.steps import remembered

    engine = service.engine
    await engine.journal.flushed(actor.workspace)
    if value is None:
        own = MemoryFilter(actor.workspace, user_id=actor.user_id, kinds=frozenset({"preference"}))
        preferences = await engine.store.memories.latest(own, _EXPORTED_AT_MOST)
        withdrawn = [memory.memory_id for memory in preferences if memory.data.get("key") == key]
        await forget_memories(engine.journal, actor.workspace, withdrawn)
        return []
    text = value if isinstance(value, str) and key == "note" else f"{key}: {value}"
    preference = remembered(
        "preference", str(text), {"key": key, "value": value}, workspace=actor.workspace,
        user_id=actor.user_id, agent="", origin="", at_ms=engine.clock.now_ms(),
    )  # fmt: skip
    await engine.journal.persist(actor.workspace, RunUpdates(memories=(preference,)))
    return [preference]


@use_case("read")
async def search_knowledge(service: Service, actor: Actor, query: str, limit: int) -> Sequence[Passage]:
    """Search the documents for passages, the best first. They are the same in every workspace."""
    del actor
    return await service.engine.runs.services.knowledge.search(query, limit)


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
