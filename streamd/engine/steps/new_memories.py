"""Remembering: what is written to memory, and under which id; and forgetting what was withdrawn."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.memory import Memory, MemoryFilter, MemoryId, MemoryKind
from streamd.core.tool_calls import Preference
from streamd.engine.journal import Journal, RunUpdates, delete_memories
from streamd.ids import derived_id
from streamd.ports.language import Language
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
        memory_id = preference_id(workspace, user_id, str(data.get("key", text)), text)
        agent = ""  # a preference holds for every agent
    else:
        memory_id = MemoryId(derived_id("memory", origin, agent, kind, text))
    return Memory(memory_id, workspace, agent, user_id, kind, text, at_ms, data)


def preference_id(workspace: str, user_id: str, key: str, text: str = "") -> MemoryId:
    """Under which a user's preference is kept. Of notes there are many, each under its own words."""
    words = (text,) if key == "note" and text else ()
    return MemoryId(derived_id("memory", workspace, user_id, key, *words))


async def preferences_of(store: Store, workspace: str, user_id: str) -> Sequence[Memory]:
    """What a user wants to hold, the newest first."""
    wanted = MemoryFilter(workspace, user_id=user_id, kinds=frozenset({"preference"}))
    return await store.memories.latest(wanted)


async def withdraw_preference(
    journal: Journal, store: Store, language: Language, workspace: str, user_id: str, withdrawn: Preference
) -> list[str]:
    """Forget what a user withdrew; returns the texts of it.

    Nothing is forgotten when nothing of the kind was kept. Something remains where one of several suppliers or places was
    withdrawn.
    """
    if withdrawn.key == "*" and not withdrawn.value:
        kept = await preferences_of(store, workspace, user_id)
        wanted = MemoryFilter(workspace, user_id=user_id, kinds=frozenset({"preference"}))
        await delete_memories(journal, store.memories, wanted)
        return [memory.text for memory in kept]
    forgotten: list[Memory] = []
    remaining: list[Memory] = []
    for memory in await preferences_of(store, workspace, user_id):
        if withdrawn.key not in ("*", memory.data.get("key")) or not _is_of(memory, withdrawn):
            continue
        forgotten.append(memory)
        if (rest := _rest_of(memory, withdrawn, language)) is not None:
            remaining.append(rest)
    if forgotten:
        gone = tuple(memory.memory_id for memory in forgotten)
        await journal.persist(workspace, RunUpdates(forgotten=gone, memories=tuple(remaining)))
    return [memory.text for memory in forgotten]


def _is_of(memory: Memory, withdrawn: Preference) -> bool:
    if not withdrawn.value:
        return True
    said, kept = _folded(withdrawn.value), _folded(memory.data.get("value"))
    if withdrawn.key in ("note", "*"):
        text = memory.text.casefold()
        return any(one in text or any(len(other) > 2 and other in one for other in kept) for one in said)
    return bool(said & kept)


def _rest_of(memory: Memory, withdrawn: Preference, language: Language) -> Memory | None:
    """What is left of a preference for several suppliers or places when some of them are withdrawn."""
    key, value = str(memory.data.get("key")), memory.data.get("value")
    said = _folded(withdrawn.value)
    if not withdrawn.value or not isinstance(value, list | tuple):
        return None
    left = language.preference_for(key, [str(one) for one in value if str(one).casefold() not in said])
    if left is None or len(_folded(left.value)) == len(_folded(value)):
        return None
    return attrs.evolve(memory, text=left.text, data={**memory.data, "value": list(_texts(left.value))})


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def _folded(value: object) -> frozenset[str]:
    members = value if isinstance(value, list | tuple) else () if value is None else (value,)
    return frozenset(str(one).casefold() for one in members)
