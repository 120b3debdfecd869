"""Replies about threads and the questions that wait there.

Times come in as Unix milliseconds; `text_of` makes RFC 3339 text of them, as the clock's `text` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import orjson

from streamd.core.json.typed_schemas import without_none
from streamd.core.thread import Checkpoint, Interrupt, Thread
from streamd.wire.message_parts import in_parts
from streamd.wire.replies import joined_list, reply
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES

if TYPE_CHECKING:
    from streamd.wire.payloads.reply_data import ThreadReply
    from streamd.wire.payloads.thread_data import (
        AskedQuestionData,
        CheckpointData,
        InterruptData,
        QuestionStatusData,
    )

TextOf: TypeAlias = Callable[[int], str]
"""From Unix milliseconds to RFC 3339 in UTC."""


def thread_state(thread: Thread, text_of: TextOf, *, request_id: object = None) -> bytes:
    """Encode the state of a thread at its `head`, the newest or an older checkpoint. An unused thread has none."""
    head = thread.head
    keys: ThreadReply = {
        "thread_id": thread.thread_id,
        "status": thread.status,
        "values": {} if head is None else dict(head.state),
        "next": [] if head is None else list(head.next),
        "checkpoint": None if head is None else checkpoint_as_json(head, text_of),
        "interrupts": [
            part for interrupt in thread.interrupts for part in interrupt_in_parts(interrupt, text_of)
        ],
        "run_id": thread.run_id,
    }
    return reply("thread", request_id, **keys)


def thread_history(
    thread_id: str,
    checkpoints: Sequence[bytes],
    *,
    more: bool | None = None,
    request_id: object = None,
) -> bytes:
    """Encode the checkpoints of a thread, each as `past_checkpoint` does, in the order given (newest first).

    `more` says whether further messages follow; None where one has everything.
    """
    return reply("thread", request_id, thread_id=thread_id, checkpoints=joined_list(checkpoints), more=more)


def past_checkpoint(checkpoint: Checkpoint, text_of: TextOf) -> bytes:
    """Encode a checkpoint for a history: with its next nodes, without the values of its state."""
    return orjson.dumps({**checkpoint_as_json(checkpoint, text_of), "next": list(checkpoint.next)})


def interrupts(waiting: Sequence[bytes], *, more: bool | None = None, request_id: object = None) -> bytes:
    """Encode the questions that wait for a person, each a JSON object.

    `more` says whether further messages follow; None: it is the only one.
    """
    return reply("interrupts", request_id, interrupts=joined_list(waiting), more=more)


def interrupt_in_parts(interrupt: Interrupt, text_of: TextOf) -> Sequence[InterruptData]:
    """Encode a question for a list: in parts that each fit into a message, where its `value` is long."""
    data = interrupt_as_json(interrupt, text_of)
    parts = in_parts(orjson.dumps(data), MAX_PAGE_BYTES)
    return [data] if len(parts) == 1 else [orjson.loads(part) for part in parts]


def checkpoint_as_json(checkpoint: Checkpoint, text_of: TextOf) -> CheckpointData:
    """Encode a checkpoint without its state and its next nodes. `node` is absent at the start."""
    data: CheckpointData = {
        "checkpoint_id": checkpoint.checkpoint_id,
        "parent_id": checkpoint.parent_id,
        "source": checkpoint.source,
        "node": checkpoint.node or None,
        "agent": checkpoint.agent,
        "run_id": checkpoint.run_id,
        "timestamp": text_of(checkpoint.at_ms),
    }
    return without_none(data)


def question_told(interrupt: Interrupt, user_id: str, text_of: TextOf) -> AskedQuestionData:
    """Encode a new question of a run of this user, without what may be long, its `value` and its `response_schema`."""
    data: AskedQuestionData = {
        "interrupt_id": interrupt.interrupt_id,
        "run_id": interrupt.run_id,
        "thread_id": interrupt.thread_id,
        "user_id": user_id,
        "agent": interrupt.agent,
        "node": interrupt.node,
        "reason": interrupt.reason,
        "message": interrupt.message,
    }
    if interrupt.expires_ms is not None:
        data["expires_at"] = text_of(interrupt.expires_ms)
    return data


def question_now(interrupt: Interrupt) -> QuestionStatusData:
    """Encode how a question stands: whether it waits, or how it was closed and by whom."""
    data: QuestionStatusData = {
        "interrupt_id": interrupt.interrupt_id,
        "run_id": interrupt.run_id,
        "thread_id": interrupt.thread_id,
        "status": interrupt.status,
    }
    if interrupt.status in ("resolved", "cancelled") and interrupt.answered_by:
        data["by"] = interrupt.answered_by
    if interrupt.answer is not None:
        data["decision"] = interrupt.answer.decision
    if interrupt.resumed_run_id is not None:
        data["resumed_run_id"] = interrupt.resumed_run_id
    return data


def interrupt_as_json(interrupt: Interrupt, text_of: TextOf) -> InterruptData:
    """Encode a question to a person: for lists, for its thread, and for the last response of the run that asked it."""
    data: InterruptData = {
        "interrupt_id": interrupt.interrupt_id,
        "run_id": interrupt.run_id,
        "thread_id": interrupt.thread_id,
        "agent": interrupt.agent,
        "node": interrupt.node,
        "reason": interrupt.reason,
        "message": interrupt.message,
        "response_schema": None if interrupt.response_schema is None else dict(interrupt.response_schema),
        "value": interrupt.value,
        "expires_at": None if interrupt.expires_ms is None else text_of(interrupt.expires_ms),
        "timestamp": text_of(interrupt.at_ms),
        "status": interrupt.status,
    }
    return without_none(data)
