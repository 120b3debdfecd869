"""What the daemon says about what agents remember."""

from collections.abc import Sequence

from streamd.core.memory import Memory
from streamd.wire.memory_messages import MemoryAction
from streamd.wire.replies import reply
from streamd.wire.thread_replies import TextOf


def memory(
    action: MemoryAction,
    found: Sequence[Memory],
    text_of: TextOf,
    *,
    count: int | None = None,
    request_id: object = None,
) -> bytes:
    """What was found, set or forgotten.

    Args:
        action: what was asked for.
        found: memories in the order they are told: the best first, or the newest.
        text_of: makes RFC 3339 text of Unix milliseconds.
        count: how many it is about, where that is not how many are told: of `clear`, how many there were.
        request_id: of the message it answers.

    """
    return reply(
        "memory",
        request_id,
        action=action,
        memories=[memory_as_json(one, text_of) for one in found],
        count=len(found) if count is None else count,
    )


def memory_as_json(memory: Memory, text_of: TextOf) -> dict[str, object]:
    """One memory. `agent` is empty when everyone remembers it, `user_id` when it is nobody's in particular."""
    return {
        "memory_id": memory.memory_id,
        "agent": memory.agent,
        "user_id": memory.user_id,
        "kind": memory.kind,
        "text": memory.text,
        "data": dict(memory.data),
        "timestamp": text_of(memory.at_ms),
    }
