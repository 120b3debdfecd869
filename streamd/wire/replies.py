"""Encodes replies to one client: their types, and those that answer many kinds of messages.

Keys that do not apply are absent, never null. Times come in as RFC 3339 text in UTC. Every builder takes the `request_id`
of the message it answers; None where there was none. The other replies stand by subject in `connection_replies.py`,
`item_replies.py`, `run_replies.py`, `thread_replies.py`, `list_replies.py`, `memory_replies.py` and `usage_replies.py`.
"""

from collections.abc import Sequence
from typing import Final, Literal, get_args

import orjson

from streamd.wire.refusals import error_keys

ReplyType = Literal[
    "connected", "pong", "ack", "error", "subscribed", "position", "snapshot", "items", "item", "history", "progress",
    "export", "attached", "memory", "thread", "interrupts", "progress_report", "describe", "threads", "runs", "usage",
]  # fmt: skip
REPLY_TYPES: Final[frozenset[str]] = frozenset(get_args(ReplyType))
"""Every `type` of a reply; responses of runs have types of their own."""


def reply(type_: ReplyType, request_id: object = None, **keys: object) -> bytes:
    """Encode a reply of any type. Keys that are None are left out."""
    body: dict[str, object] = {"type": type_, "request_id": request_id, **keys}
    return orjson.dumps({key: value for key, value in body.items() if value is not None})


def joined_list(members: Sequence[bytes]) -> orjson.Fragment:
    """A list of members that are JSON already, as a value of a reply."""
    return orjson.Fragment(b"[" + b",".join(members) + b"]")


def result(**keys: object) -> bytes:
    """Encode the result of an operation, so that it can be stored for a repetition. None and {} are left out."""
    return orjson.dumps({key: value for key, value in keys.items() if value is not None and value != {}})


def ack(outcome: bytes, *, request_id: object = None) -> bytes:
    """Acknowledge what is committed. `outcome` is a JSON object: a `result`, new or stored for the `op_id`."""
    head = b'{"type":"ack"'
    if request_id is not None:
        head += b',"request_id":' + orjson.dumps(request_id)
    return head + (b"}" if outcome == b"{}" else b"," + outcome[1:])


def error(failure: BaseException, *, request_id: object = None) -> bytes:
    """Report a refusal or a failure. The request_id is the one given, or else the one `parse` found in the message."""
    body: dict[str, object] = {"type": "error", **error_keys(failure)}
    if request_id is not None:
        body["request_id"] = request_id
    return orjson.dumps(body)


def progress(
    *,
    step: int,
    total_steps: int,
    message: str = "",
    timestamp: str | None = None,
    request_id: object = None,
) -> bytes:
    """Report the progress of a bulk edit or an import: `progress` is 0.0 to 1.0."""
    return reply(
        "progress",
        request_id,
        progress=round(step / total_steps, 4) if total_steps else 1.0,
        message=message or None,
        step=step,
        total_steps=total_steps,
        timestamp=timestamp,
    )
