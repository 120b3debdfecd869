"""Replies with what agents remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from streamd.core.memory import REPORT, Memory
from streamd.wire.messages.memory_messages import MemoryAction
from streamd.wire.replies import joined_list, reply
from streamd.wire.thread_replies import TextOf

if TYPE_CHECKING:
    from streamd.wire.payloads.thread_data import MemoryData


def memory(
    action: MemoryAction,
    found: Sequence[bytes],
    *,
    count: int | None = None,
    more: bool | None = None,
    request_id: object = None,
) -> bytes:
    """Encode the memories that were found or set, or the number of those that were cleared.

    Args:
        action: the action of the message.
        found: memories as JSON, in the order of the reply: the best first, or the newest.
        count: the number of memories where it is not that of `found`: of `clear`, how many there were.
        more: whether further messages follow; None where one has everything.
        request_id: of the message it answers.

    """
    return reply(
        "memory",
        request_id,
        action=action,
        memories=joined_list(found),
        count=len(found) if count is None else count,
        more=more,
    )


def memory_as_json(memory: Memory, text_of: TextOf) -> MemoryData:
    """Encode one memory. `agent` is empty when all agents share it, `user_id` when it belongs to no user."""
    return {
        "memory_id": memory.memory_id,
        "agent": memory.agent,
        "user_id": memory.user_id,
        "kind": memory.kind,
        "text": memory.text,
        # The mark is the agents' own: clients have the text.
        "data": {key: value for key, value in memory.data.items() if key != REPORT},
        "timestamp": text_of(memory.at_ms),
    }
