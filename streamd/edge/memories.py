"""What agents remember, as sessions ask for it and change it."""

from typing import Final

from streamd.core.memory import Memory, Wanted
from streamd.edge.client import Client
from streamd.engine.journal.sliced_writes import clear_memories, forget_memories
from streamd.engine.journal.writes import RunUpdates
from streamd.engine.steps.new_memories import remembered
from streamd.wire import memories as replies
from streamd.wire import messages

_EXPORTED_AT_MOST: Final = 10_000


async def memory(client: Client, message: messages.Memory) -> None:
    """Search, list, export or clear memories, or set a preference."""
    changes = message.action in ("set_preference", "clear")
    client.check("request" if changes else "read")
    await client.engine.journal.flushed()  # what a run has just remembered is found
    memories = client.engine.store.memories
    # Whose memories: everybody's in the workspace, unless somebody is named; preferences are set for oneself.
    named = None if message.user_id is None else client.principal.acting_as(message.user_id)
    wanted = Wanted(client.workspace, message.agent, named, message.kinds)
    count: int | None = None
    found: list[Memory] = []
    match message.action:
        case "search":
            found = list(await memories.search(wanted, message.query or "", message.limit))
        case "list":
            found = list(await memories.latest(wanted, message.limit))
        case "export":
            found = list(await memories.latest(wanted, _EXPORTED_AT_MOST))
        case "clear":
            count = await clear_memories(client.engine.journal, memories, wanted)
        case "set_preference":
            found = await _set_preference(client, message, named or client.user_id)
    client.send(
        replies.memory(
            message.action, found, client.engine.clock.text, count=count, request_id=message.request_id
        )
    )


async def _set_preference(client: Client, message: messages.Memory, user_id: str) -> list[Memory]:
    key = message.key or ""
    if message.value is None:
        memories = client.engine.store.memories
        wanted = Wanted(client.workspace, user_id=user_id, kinds=frozenset({"preference"}))
        found = await memories.latest(wanted, _EXPORTED_AT_MOST)
        withdrawn = [memory.memory_id for memory in found if memory.data.get("key") == key]
        await forget_memories(client.engine.journal, client.workspace, withdrawn)
        return []
    text = message.value if isinstance(message.value, str) and key == "note" else f"{key}: {message.value}"
    kept = remembered(
        "preference", str(text), {"key": key, "value": message.value}, workspace=client.workspace,
        user_id=user_id, agent="", origin="", at_ms=client.engine.clock.now_ms(),
    )  # fmt: skip
    await client.engine.journal.persist(client.workspace, RunUpdates(memories=(kept,)))
    return [kept]
