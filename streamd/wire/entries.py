"""Encodes journal entries: events of items, responses of runs, and the feeds of progress and quality.

A body is stored without its position; `with_position` puts it in front when bytes are prepared. One key tells broadcasts
and responses apart: an event has `event_type` and no `type`, a response has `type` and no `event_type`. An entry of a
feed is a broadcast without a position: it says how something stands, and the next one replaces it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, assert_never, get_args

import orjson

from streamd.core.brackets import BracketType
from streamd.core.event import NAMES_CHANGED, Author, Event
from streamd.core.position import StreamKind
from streamd.core.run import Response
from streamd.errors import InvalidMessageError

FeedEventType = Literal[
    "agent_progress", "interrupt_asked", "interrupt_closed", "quality_updated", "section_updated"
]  # fmt: skip
FEED_EVENT_TYPES: Final[frozenset[str]] = frozenset(get_args(FeedEventType))
"""Types of the entries of feeds."""

LEFT_REASON: Final = "it is not among the items of this subscription any more"

_NO_ID: Final = b"null"

RESERVED_KEYS: Final = frozenset({
    "type", "event_type", "run_id", "thread_id", "request_id", "message", "data", "timestamp",
    "seq", "run_seq", "replayed",
})  # fmt: skip
"""Top-level keys of a response that an agent cannot set on its own."""


def event_body(
    event: Event,
    *,
    workspace: str,
    author: Author,
    timestamp: str,
    op_id: str | None = None,
    change: int | None = None,
    undoes: Sequence[int] = (),
    names: Mapping[str, str] | None = None,
) -> bytes:
    """Encode an event as a JSON object without its position. Keys that do not apply are absent.

    Args:
        event: the event.
        workspace: where it happened.
        author: whose change it is.
        timestamp: when, as RFC 3339.
        op_id: the idempotency key that the client gave.
        change: the position of the first event of the same change, where this is not the first.
        undoes: the positions of the events that it takes back.
        names: the names of the items that its new values refer to, by id.

    """
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
    if change is not None:
        body["change"] = change
    if undoes:
        body["undoes"] = undoes
    if names:
        body["names"] = names
    return orjson.dumps(body)


def entering_body(event: Mapping[str, object], item: Mapping[str, object]) -> bytes:
    """Encode the event that brought an item into a subscriber's view: the whole item, as if it were added."""
    return orjson.dumps({**event, "event_type": "item_added", "data": item, "view": "entered"})


def leaving_body(event: Mapping[str, object]) -> bytes:
    """Encode the event that took an item out of a subscriber's view, as if it were removed."""
    data = {"reason": LEFT_REASON}
    return orjson.dumps({**event, "event_type": "item_removed", "data": data, "view": "left"})


def renaming_body(event: Mapping[str, object], names: Mapping[str, object]) -> bytes:
    """Encode the event that renamed an item, for subscribers who do not follow it, but may have items that refer to it."""
    told = {key: value for key, value in event.items() if key != "item_id"}
    return orjson.dumps({**told, "event_type": NAMES_CHANGED, "data": {}, "names": names, "view": "referred"})


def response_body(
    response: Response,
    *,
    run_id: str,
    thread_id: str,
    timestamp: str,
    at_ms: int,
    request_id: object = None,
    agent_id: str | None = None,
) -> bytes:
    """Encode a response of a run as a JSON object without its position.

    Args:
        response: the response; its `step` is not encoded.
        run_id: the run.
        thread_id: the thread it belongs to.
        timestamp: when it was emitted, as RFC 3339.
        at_ms: the same instant as Unix time: of `content`, clients read the time as a number (requirements, C2).
        request_id: of the message that started the run.
        agent_id: the agent that emitted it, as events name agents.

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
    body["timestamp"] = at_ms if response.type == "content" else timestamp
    return orjson.dumps(body)


def bracket_body(
    bracket_type: BracketType,
    fields: Mapping[str, object],
    *,
    run_id: str,
    thread_id: str,
    timestamp: str,
    request_id: object = None,
) -> bytes:
    """A bracket as a JSON object without its position."""
    body: dict[str, object] = {"type": bracket_type, "run_id": run_id, "thread_id": thread_id}
    if request_id is not None:
        body["request_id"] = request_id
    return orjson.dumps({**body, **fields, "timestamp": timestamp})


def answering_body(response: Mapping[str, object], request_id: bytes) -> bytes:
    """Encode a response or a bracket for whoever asked for it with another message, whose id this is in JSON."""
    told = {key: value for key, value in response.items() if key != "request_id"}
    if request_id != _NO_ID:
        told["request_id"] = orjson.Fragment(request_id)
    return orjson.dumps(told)


def feed_body(
    event_type: str, agent_id: str, data: Mapping[str, object], workspace: str, timestamp: str
) -> bytes:
    """Encode an entry of a feed as a JSON object. `event_type` is one of `FEED_EVENT_TYPES`."""
    return orjson.dumps(
        {
            "event_type": event_type,
            "agent_id": agent_id,
            "data": dict(data),
            "timestamp": timestamp,
            "workspace": workspace,
        }
    )


def with_position(body: bytes, seq: int, kind: StreamKind, *, replayed: bool = False) -> bytes:
    """Put the position in front of a body: `seq` and `version` for a workspace's stream, `run_seq` for a run's.

    An entry of a feed has none. `replayed` marks a response from before the client attached.
    """
    match kind:
        case "workspace":
            return b'{"seq":%d,"version":%d,%b' % (seq, seq, body[1:])
        case "run" if replayed:
            return b'{"run_seq":%d,"replayed":true,%b' % (seq, body[1:])
        case "run":
            return b'{"run_seq":%d,%b' % (seq, body[1:])
        case "feed":
            return body
        case _:
            assert_never(kind)
