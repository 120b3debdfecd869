"""Remembering: what is written to memory, and under which id."""

from collections.abc import Mapping, Sequence

from streamd.core.memory import Memory, MemoryId, MemoryKind, Wanted
from streamd.engine.ids import derived_id
from streamd.ports.store import Store


def remembered(
    kind: MemoryKind,
    text: str,
    data: Mapping[str, object],
    *,
    workspace: str,
    user_id: str,
    agent: str,
    origin: str,
    at_ms: int,
) -> Memory:
    """A memory whose id follows from what it is: of a preference whose and which, else where it came from."""
    if kind == "preference":
        memory_id = preference_id(workspace, user_id, str(data.get("key", text)))
        agent = ""  # a preference holds for every agent
    else:
        memory_id = MemoryId(derived_id("memory", origin, agent, kind, text))
    return Memory(memory_id, workspace, agent, user_id, kind, text, at_ms, data)


def preference_id(workspace: str, user_id: str, key: str) -> MemoryId:
    """Under which a user's preference is kept."""
    return MemoryId(derived_id("memory", workspace, user_id, key))


async def preferences_of(store: Store, workspace: str, user_id: str) -> Sequence[Memory]:
    """What a user wants to hold, the newest first."""
    wanted = Wanted(workspace, user_id=user_id, kinds=frozenset({"preference"}))
    return await store.memories.latest(wanted)
