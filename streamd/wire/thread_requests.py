"""Parsing messages about threads, what waits for a person there, and what agents remember."""

from typing import Final

from streamd.core.memory import MEMORY_KINDS, MemoryKind
from streamd.core.thread import DECISIONS, CheckpointId, InterruptAnswer, InterruptId
from streamd.errors import InvalidMessageError
from streamd.wire import messages
from streamd.wire.fields import Body, choice, facts, flag, json_value, name, names, required_name, text, whole
from streamd.wire.request_id import RequestId
from streamd.wire.run_messages import DEFAULT_LIMIT, MEMORY_ACTIONS, THREAD_ACTIONS

MAX_LIMIT: Final = 1000
MAX_QUERY_CHARS: Final = 2000
MAX_PREFERENCE_BYTES: Final = 65_536
MAX_STATE_BYTES: Final = 1_000_000


def respond(body: Body, request_id: RequestId) -> messages.Respond:
    """`respond`: by `decision` and `value`, or as older clients do by `approved` and `modified_args`."""
    interrupt_id = InterruptId(required_name(body, "interrupt_id"))
    return messages.Respond(interrupt_id, _answer(body), name(body, "user_id"), request_id)


def _answer(body: Body) -> InterruptAnswer:
    decision = choice(body, "decision", DECISIONS)
    approved = None if body.get("approved") is None else flag(body, "approved")
    value = json_value(body, "value", most_bytes=MAX_STATE_BYTES)
    # nothing modified is no edit
    modified = json_value(body, "modified_args", most_bytes=MAX_STATE_BYTES) or None
    if decision is None:
        if approved is None:
            raise InvalidMessageError(f"decision is required: one of {', '.join(DECISIONS)}", path="decision")
        decision = "reject" if not approved else "approve" if modified is None else "edit"
    elif approved is not None and approved == (decision == "reject"):
        raise InvalidMessageError("decision and approved differ; give one of them", path="decision")
    if value is None and decision == "edit":
        value = modified
        if value is None:
            raise InvalidMessageError("value is required with edit: what to go on with", path="value")
    return InterruptAnswer(decision, value)


def list_interrupts(body: Body, request_id: RequestId) -> messages.ListInterrupts:
    """`list_interrupts`."""
    return messages.ListInterrupts(name(body, "thread_id"), request_id)


def thread(body: Body, request_id: RequestId) -> messages.Thread:
    """`thread`."""
    thread_id = required_name(body, "thread_id")
    action = choice(body, "action", THREAD_ACTIONS) or "state"
    values = facts(body, "values")
    checkpoint_id, before = name(body, "checkpoint_id"), name(body, "before")
    if action == "update":
        if values is None:
            raise InvalidMessageError(
                "values is required with update: an object of names and what they are now", path="values"
            )
        json_value(body, "values", most_bytes=MAX_STATE_BYTES)
    if action == "rewind" and checkpoint_id is None:
        raise InvalidMessageError(
            "checkpoint_id is required with rewind; the action history tells which there are",
            path="checkpoint_id",
        )
    return messages.Thread(
        thread_id,
        action,
        values if action == "update" else None,
        name(body, "as_node"),
        None if checkpoint_id is None else CheckpointId(checkpoint_id),
        name(body, "to_thread_id"),
        whole(body, "limit", least=1, most=MAX_LIMIT) or DEFAULT_LIMIT,
        None if before is None else CheckpointId(before),
        request_id,
    )


def memory(body: Body, request_id: RequestId) -> messages.Memory:
    """`memory`."""
    action = choice(body, "action", MEMORY_ACTIONS) or "search"
    query, key = text(body, "query"), name(body, "key")
    if query is not None and len(query) > MAX_QUERY_CHARS:
        raise InvalidMessageError(f"query has at most {MAX_QUERY_CHARS} characters", path="query")
    if action == "search" and (query is None or not query.strip()):
        raise InvalidMessageError("query is required with search: words to look for", path="query")
    if action == "set_preference" and key is None:
        raise InvalidMessageError("key is required with set_preference: what it is about", path="key")
    return messages.Memory(
        action,
        name(body, "agent"),
        query,
        _kinds(body),
        key,
        json_value(body, "value", most_bytes=MAX_PREFERENCE_BYTES),
        whole(body, "limit", least=1, most=MAX_LIMIT) or DEFAULT_LIMIT,
        name(body, "user_id"),
        request_id,
    )


def _kinds(body: Body) -> frozenset[MemoryKind] | None:
    given = names(body, "kinds")
    if given is None:
        return None
    known = frozenset(kind for kind in MEMORY_KINDS if kind in given)
    if len(known) < len(given):
        raise InvalidMessageError(f"kinds must be of: {', '.join(MEMORY_KINDS)}", path="kinds")
    return known
