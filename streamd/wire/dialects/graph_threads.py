"""Encodes threads as clients of `/threads` read them: our own keys, and beside them those that they know."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from streamd.core.thread import Checkpoint, Thread
from streamd.wire.thread_replies import TextOf, checkpoint_as_json, interrupt_as_json

ThreadKeys: TypeAlias = Mapping[str, object]


def thread_as_json(thread: Thread, text_of: TextOf) -> ThreadKeys:
    """Encode a thread in short: `state` has what was said there and what comes next."""
    told = state_as_json(thread, text_of)
    return {**told, "state": {"messages": told["messages"], "next": told["next"]}}


def state_as_json(thread: Thread, text_of: TextOf) -> ThreadKeys:
    """Encode the state of a thread. An unused one has none, and no `checkpoint_id`."""
    head = thread.head
    place: ThreadKeys = (
        {}
        if head is None
        else {"checkpoint_id": head.checkpoint_id, "checkpoint": checkpoint_as_json(head, text_of)}
    )
    last_run: ThreadKeys = {} if thread.run_id is None else {"run_id": thread.run_id}
    return {
        "thread_id": thread.thread_id,
        "status": thread.status,
        "values": values_of(thread),
        "messages": messages_of(thread),
        "next": next_of(thread),
        "interrupts": [interrupt_as_json(one, text_of) for one in thread.interrupts],
        **last_run,
        **place,
    }


def history_as_json(thread_id: str, checkpoints: Sequence[Checkpoint], text_of: TextOf) -> ThreadKeys:
    """Encode the checkpoints of a thread in the order given, newest first; `index` counts them from 0."""
    return {
        "thread_id": thread_id,
        "total": len(checkpoints),
        "checkpoints": [
            {
                "index": index,
                **checkpoint_as_json(one, text_of),
                "parent_checkpoint_id": one.parent_id,
                "next": list(one.next),
            }
            for index, one in enumerate(checkpoints)
        ],
    }


def run_as_json(status: str, run_id: str, thread: Thread) -> ThreadKeys:
    """Encode how a run ended, with the state that it left in its thread as the `result`."""
    waits = status == "interrupted"
    return {
        "status": status,
        "thread_id": thread.thread_id,
        "run_id": run_id,
        "awaiting_approval": waits,
        "next": next_of(thread) if waits else [],
        "result": values_of(thread),
        "messages": messages_of(thread),
    }


def values_of(thread: Thread) -> ThreadKeys:
    """Return the values of a thread's state."""
    return {} if thread.head is None else thread.head.state


def next_of(thread: Thread) -> Sequence[str]:
    """Return the nodes that come next in a thread."""
    return [] if thread.head is None else list(thread.head.next)


def messages_of(thread: Thread) -> Sequence[object]:
    """Return what was said in a thread, oldest first: objects with `type` and `content`."""
    messages = values_of(thread).get("messages")
    return messages if isinstance(messages, list) else []
