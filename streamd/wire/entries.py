"""Entries of the journal as bytes: what everyone hears about items, and what a run tells.

A body is kept without its position; `with_position` puts it in front when bytes are prepared. Clients tell the two kinds
apart by one key: an event has `event_type` and no `type`, a response has `type` and no `event_type`.
"""

from typing import Final, Literal

import orjson

from streamd.core.event import Author, Event
from streamd.core.run import Response
from streamd.errors import InvalidMessageError

StreamKind = Literal["workspace", "run"]

RESERVED_KEYS: Final = frozenset({
    "type", "event_type", "run_id", "thread_id", "request_id", "message", "data", "timestamp",
    "seq", "run_seq", "replayed",
})  # fmt: skip
"""Keys at the top of a response that an agent cannot add on its own."""


def event_body(
    event: Event, *, workspace: str, author: Author, timestamp: str, op_id: str | None = None
) -> bytes:
    """An event as a JSON object without its position. Keys that do not apply are absent."""
    body: dict[str, object] = {"event_type": event.event_type}
    if event.item_id is not None:
        body["item_id"] = event.item_id
    body["data"] = event.data
    body["timestamp"] = timestamp
    body["agent_id"] = author.agent_id
    body["user_id"] = author.user_id
    body["workspace"] = workspace
    if author.run_id is not None:
        body["run_id"] = author.run_id
    if op_id is not None:
        body["op_id"] = op_id
    return orjson.dumps(body)


def response_body(
    response: Response,
    *,
    run_id: str,
    thread_id: str,
    timestamp: str,
    request_id: object = None,
    agent_id: str | None = None,
) -> bytes:
    """What a run tells, as a JSON object without its position.

    Raises:
        InvalidMessageError: `extra` holds a key that belongs to the protocol.

    """
    body: dict[str, object] = {"type": response.type, "run_id": run_id, "thread_id": thread_id}
    if request_id is not None:
        body["request_id"] = request_id
    if response.message:
        body["message"] = response.message
    if agent_id is not None:
        body["agent_id"] = agent_id
    if response.extra:
        taken = RESERVED_KEYS.intersection(response.extra)
        if taken:
            key = min(taken)
            raise InvalidMessageError(f"a response cannot bring its own `{key}`", path=f"extra.{key}")
        body.update(response.extra)
    if response.data is not None:
        body["data"] = response.data
    body["timestamp"] = timestamp
    return orjson.dumps(body)


def with_position(body: bytes, seq: int, kind: StreamKind, *, replayed: bool = False) -> bytes:
    """A body with its position in front: `seq` and `version` for a workspace's stream, `run_seq` for a run's.

    `replayed` marks a run's response that is told again to somebody who attached later.
    """
    if kind == "workspace":
        return b'{"seq":%d,"version":%d,%b' % (seq, seq, body[1:])
    if replayed:
        return b'{"run_seq":%d,"replayed":true,%b' % (seq, body[1:])
    return b'{"run_seq":%d,%b' % (seq, body[1:])
